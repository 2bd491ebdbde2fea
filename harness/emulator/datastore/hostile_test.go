package datastore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

func demo(k *pb.Key) *pb.Key {
	k.PartitionId = &pb.PartitionId{ProjectId: "demo"}
	return k
}

func commit(c pb.DatastoreClient, req *pb.CommitRequest) error {
	req.ProjectId = "demo"
	_, err := c.Commit(context.Background(), req)
	return err
}

func wantCode(t *testing.T, what string, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func nested(depth int) *pb.Value {
	v := intValue(1)
	for range depth {
		e := &pb.Entity{Properties: map[string]*pb.Value{"e": v}}
		v = &pb.Value{ValueType: &pb.Value_EntityValue{EntityValue: e}}
	}
	return v
}

func withValue(v *pb.Value) *pb.CommitRequest {
	e := &pb.Entity{Key: namedKey("T", "x"), Properties: map[string]*pb.Value{"v": v}}
	return write(&pb.Mutation{Operation: &pb.Mutation_Upsert{Upsert: e}})
}

func TestHostileRequests(t *testing.T) {
	e := start(t, datastore.Options{})
	c := rawClient(t, e.Addr())
	big := &pb.Value{ExcludeFromIndexes: true, ValueType: &pb.Value_BlobValue{BlobValue: make([]byte, 11<<20)}}
	wantCode(t, "a request over 10 MiB", commit(c, withValue(big)), codes.ResourceExhausted)
	wantCode(t, "nesting of 21", commit(c, withValue(nested(21))), codes.InvalidArgument)
	wantCode(t, "nesting of 10,000", commit(c, withValue(nested(10000))), codes.InvalidArgument)
	wantCode(t, "nesting of 20", commit(c, withValue(nested(20))), codes.OK)
	list := &pb.ArrayValue{Values: make([]*pb.Value, 21000)}
	for i := range list.Values {
		list.Values[i] = intValue(int64(i))
	}
	many := &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: list}}
	wantCode(t, "21,000 index entries", commit(c, withValue(many)), codes.InvalidArgument)

	filter := propertyFilter("p", pb.PropertyFilter_EQUAL, intValue(1))
	for range 3000 {
		filter = compositeFilter(pb.CompositeFilter_AND, filter)
	}
	query := func(q *pb.Query) error {
		_, err := c.RunQuery(context.Background(), &pb.RunQueryRequest{ProjectId: "demo", QueryType: &pb.RunQueryRequest_Query{Query: q}})
		return err
	}
	kind := []*pb.KindExpression{{Name: "T"}}
	wantCode(t, "a filter 3,000 deep", query(&pb.Query{Kind: kind, Filter: filter}), codes.InvalidArgument)
	wantCode(t, "a garbage cursor", query(&pb.Query{Kind: kind, StartCursor: []byte("garbage")}), codes.InvalidArgument)
	wantCode(t, "a long garbage cursor", query(&pb.Query{Kind: kind, EndCursor: bytes.Repeat([]byte{0x12}, 5000)}), codes.InvalidArgument)
	in := func(n int) *pb.Filter {
		a := &pb.ArrayValue{}
		for i := range n {
			a.Values = append(a.Values, intValue(int64(i)))
		}
		return propertyFilter("p", pb.PropertyFilter_IN, &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: a}})
	}
	wantCode(t, "31 disjunctions", query(&pb.Query{Kind: kind, Filter: in(31)}), codes.InvalidArgument)
	wantCode(t, "30 × 30 disjunctions", query(&pb.Query{Kind: kind, Filter: compositeFilter(pb.CompositeFilter_AND, in(30), in(30))}), codes.InvalidArgument)
	for _, token := range []string{"x", strings.Repeat("x", 17), "\x11" + strings.Repeat("\xff", 16), strings.Repeat("x", 5000)} {
		_, err := c.Rollback(context.Background(), &pb.RollbackRequest{ProjectId: "demo", Transaction: []byte(token)})
		wantCode(t, fmt.Sprintf("the token %.20q", token), err, codes.InvalidArgument)
	}
	if n := e.State().Len(); n != 1 {
		t.Errorf("%d entities are stored, want the one that was valid", n)
	}
}

func TestHostileREST(t *testing.T) {
	e := start(t, datastore.Options{})
	url := "http://" + e.Addr() + "/v1/projects/demo:commit"
	list := io.MultiReader(strings.NewReader(`{"mutations":[`), io.LimitReader(commas{}, 20_000_000), strings.NewReader(`]}`))
	for _, row := range []struct {
		reason string
		body   io.Reader
	}{
		{"a list of 10 million", list},
		{"brackets 10,000 deep", strings.NewReader(`{"mutations":` + strings.Repeat("[", 100_000))},
		{"nothing that is JSON", strings.NewReader("\x00\xff")},
		{"an unknown field", strings.NewReader(`{"wrong":1}`)},
	} {
		code, text := post(t, url, "application/json", row.body)
		if code != http.StatusBadRequest || !strings.Contains(text, "INVALID_ARGUMENT") {
			t.Errorf("%s: %d %.200s", row.reason, code, text)
		}
	}
}

// commas is an endless list of empty objects.
type commas struct{}

func (commas) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = "{},"[i%3]
	}
	return len(b) - len(b)%3, nil
}

func TestManyOpenTransactions(t *testing.T) {
	var now atomic.Int64
	now.Store(1_700_000_000)
	e := start(t, datastore.Options{Clock: func() time.Time { return time.Unix(now.Load(), 0) }})
	c := rawClient(t, e.Addr())
	begin := func() []byte {
		r, err := c.BeginTransaction(context.Background(), &pb.BeginTransactionRequest{ProjectId: "demo"})
		if err != nil {
			t.Fatal(err)
		}
		return r.Transaction
	}
	var tokens [][]byte
	for range 1000 {
		tokens = append(tokens, begin())
	}
	for i, token := range tokens[:500] {
		wantCode(t, "commit", commit(c, writeIn(token, upsert(demo(namedKey("T", fmt.Sprint(i))), 1))), codes.OK)
	}
	if n := e.State().Len(); n != 500 {
		t.Errorf("%d entities, want 500", n)
	}
	now.Add(61)
	wantCode(t, "a transaction idle for 61 s", commit(c, writeIn(tokens[500], upsert(demo(namedKey("T", "late")), 1))), codes.InvalidArgument)
	alive := begin()
	for range 6 {
		now.Add(50)
		_, err := c.Lookup(context.Background(), &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{namedKey("T", "1")}, ReadOptions: in(alive)})
		if err != nil {
			wantCode(t, "a transaction of more than 270 s", err, codes.InvalidArgument)
			return
		}
	}
	t.Error("a busy transaction lived for 300 s")
}

// TestHangUps has clients vanish in the middle of a request: nothing leaks, and
// no acknowledged write is lost.
func TestHangUps(t *testing.T) {
	e := start(t, datastore.Options{})
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			conn, err := net.Dial("tcp", e.Addr())
			if err != nil {
				t.Error(err)
				return
			}
			half := []string{"PRI * HTTP/2.0\r\n\r\nSM", "POST /v1/projects/demo:commit HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"mut", "PR", ""}[i%4]
			_, _ = io.WriteString(conn, half) // it hangs up anyway
			_ = conn.Close()
		})
	}
	var acknowledged atomic.Int64
	for i := range 50 {
		wg.Go(func() {
			conn, err := grpc.NewClient("passthrough:///"+e.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%5+1)*time.Millisecond)
			defer cancel()
			req := write(upsert(demo(namedKey("T", fmt.Sprint(i))), 1))
			req.ProjectId = "demo"
			if _, err := pb.NewDatastoreClient(conn).Commit(ctx, req); err == nil {
				acknowledged.Add(1)
			}
		})
	}
	wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := e.Idle(ctx); err != nil {
		t.Fatal(err)
	}
	if n := int64(e.State().Len()); n < acknowledged.Load() {
		t.Errorf("%d writes were acknowledged, %d are there", acknowledged.Load(), n)
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
	wantCode(t, "a request afterwards", commit(rawClient(t, e.Addr()), write(upsert(demo(namedKey("T", "last")), 1))), codes.OK)
}

func TestEnforceLimits(t *testing.T) {
	strict := rawClient(t, start(t, datastore.Options{EnforceLimits: true}).Addr())
	loose := rawClient(t, start(t, datastore.Options{}).Addr())
	var keys []*pb.Key
	var ms []*pb.Mutation
	for i := range 1001 {
		keys = append(keys, namedKey("T", fmt.Sprint(i)))
		ms = append(ms, upsert(namedKey("T", fmt.Sprint(i)), 1))
	}
	lookup := func(c pb.DatastoreClient, n int) error {
		_, err := c.Lookup(context.Background(), &pb.LookupRequest{ProjectId: "demo", Keys: keys[:n]})
		return err
	}
	wantCode(t, "1,001 keys where they are refused", lookup(strict, 1001), codes.InvalidArgument)
	wantCode(t, "1,000 keys", lookup(strict, 1000), codes.OK)
	wantCode(t, "1,001 keys as the official emulators have it", lookup(loose, 1001), codes.OK)
	wantCode(t, "501 mutations where they are refused", commit(strict, write(ms[:501]...)), codes.InvalidArgument)
	wantCode(t, "500 mutations", commit(strict, write(ms[:500]...)), codes.OK)
	wantCode(t, "501 mutations as the official emulators have it", commit(loose, write(ms[:501]...)), codes.OK)
}
