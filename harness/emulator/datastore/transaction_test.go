package datastore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

func TestConflicts(t *testing.T) {
	query := func(filter *pb.Filter, limit string) *pb.RunQueryRequest {
		gql := &pb.GqlQuery{QueryString: "SELECT * FROM T " + limit, AllowLiterals: true}
		if filter == nil {
			return &pb.RunQueryRequest{ProjectId: "demo", QueryType: &pb.RunQueryRequest_GqlQuery{GqlQuery: gql}}
		}
		q := &pb.Query{Kind: []*pb.KindExpression{{Name: "T"}}, Filter: filter}
		return &pb.RunQueryRequest{ProjectId: "demo", QueryType: &pb.RunQueryRequest_Query{Query: q}}
	}
	over5 := propertyFilter("n", pb.PropertyFilter_GREATER_THAN, intValue(5))
	remove := func(name string) *pb.Mutation {
		return &pb.Mutation{Operation: &pb.Mutation_Delete{Delete: namedKey("T", name)}}
	}
	for _, row := range []struct {
		reason  string
		lookup  string
		query   *pb.RunQueryRequest
		between *pb.Mutation
		want    codes.Code
	}{
		{"a key that was read changed", "a", nil, upsert(namedKey("T", "a"), 9), codes.Aborted},
		{"a key that was read is gone", "a", nil, remove("a"), codes.Aborted},
		{"a key that was missing came", "new", nil, upsert(namedKey("T", "new"), 1), codes.Aborted},
		{"another key changed", "a", nil, upsert(namedKey("T", "b"), 9), codes.OK},
		{"what was read was written as it was", "a", nil, upsert(namedKey("T", "a"), 1), codes.OK},
		{"an entity entered the range", "", query(over5, ""), upsert(namedKey("T", "a"), 6), codes.Aborted},
		{"an entity left the range", "", query(over5, ""), upsert(namedKey("T", "c"), 1), codes.Aborted},
		{"an entity of the range changed", "", query(over5, ""), upsert(namedKey("T", "c"), 8), codes.Aborted},
		{"a change outside the range", "", query(over5, ""), upsert(namedKey("T", "a"), 2), codes.OK},
		{"a change behind the limit", "", query(nil, "ORDER BY n LIMIT 1"), upsert(namedKey("T", "c"), 8), codes.OK},
		{"a new first before the limit", "", query(nil, "ORDER BY n LIMIT 1"), upsert(namedKey("T", "c"), 0), codes.Aborted},
		{"nothing was read", "", nil, upsert(namedKey("T", "out"), 9), codes.OK},
	} {
		e := start(t, datastore.Options{})
		c := rawClient(t, e.Addr())
		ctx := context.Background()
		seed := write(upsert(namedKey("T", "a"), 1), upsert(namedKey("T", "b"), 3), upsert(namedKey("T", "c"), 7))
		wantCode(t, "seed", commit(c, seed), codes.OK)
		tx, err := c.BeginTransaction(ctx, &pb.BeginTransactionRequest{ProjectId: "demo"})
		if err != nil {
			t.Fatal(err)
		}
		if row.lookup != "" {
			_, err = c.Lookup(ctx, &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{namedKey("T", row.lookup)}, ReadOptions: in(tx.Transaction)})
			wantCode(t, "lookup", err, codes.OK)
		}
		if row.query != nil {
			row.query.ReadOptions = in(tx.Transaction)
			_, err = c.RunQuery(ctx, row.query)
			wantCode(t, "query", err, codes.OK)
		}
		wantCode(t, "the write between", commit(c, write(row.between)), codes.OK)
		wantCode(t, row.reason, commit(c, writeIn(tx.Transaction, upsert(namedKey("T", "out"), 1))), row.want)
		wantCode(t, "the token again", commit(c, writeIn(tx.Transaction, upsert(namedKey("T", "out"), 1))), codes.InvalidArgument)
	}
}

func TestReadOnlyTransactionsNeverConflict(t *testing.T) {
	c := rawClient(t, start(t, datastore.Options{}).Addr())
	ctx := context.Background()
	wantCode(t, "seed", commit(c, write(upsert(namedKey("T", "a"), 1))), codes.OK)
	ro := &pb.TransactionOptions{Mode: &pb.TransactionOptions_ReadOnly_{ReadOnly: &pb.TransactionOptions_ReadOnly{}}}
	opts := &pb.ReadOptions{ConsistencyType: &pb.ReadOptions_NewTransaction{NewTransaction: ro}}
	first, err := c.Lookup(ctx, &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{namedKey("T", "a")}, ReadOptions: opts})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, "write", commit(c, write(upsert(namedKey("T", "a"), 2))), codes.OK)
	again, err := c.Lookup(ctx, &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{namedKey("T", "a")}, ReadOptions: in(first.Transaction)})
	if err != nil {
		t.Fatal(err)
	}
	if n := again.Found[0].Entity.Properties["n"].GetIntegerValue(); n != 1 {
		t.Errorf("the second read saw %d, want what was there at the begin", n)
	}
	wantCode(t, "commit of nothing", commit(c, writeIn(first.Transaction)), codes.OK)
}

// TestCountersAddUp has goroutines add to one counter in transactions that are
// retried until they get through.
func TestCountersAddUp(t *testing.T) {
	e := start(t, datastore.Options{NoJournal: true})
	c := rawClient(t, e.Addr())
	ctx := context.Background()
	wantCode(t, "seed", commit(c, write(upsert(namedKey("T", "n"), 0))), codes.OK)
	add := func() error {
		tx, err := c.BeginTransaction(ctx, &pb.BeginTransactionRequest{ProjectId: "demo"})
		if err != nil {
			return err
		}
		r, err := c.Lookup(ctx, &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{namedKey("T", "n")}, ReadOptions: in(tx.Transaction)})
		if err != nil {
			return err
		}
		n := r.Found[0].Entity.Properties["n"].GetIntegerValue()
		return commit(c, writeIn(tx.Transaction, upsert(namedKey("T", "n"), n+1)))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				for err := add(); err != nil; err = add() {
					if status.Code(err) != codes.Aborted {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	if n := e.State().Get(demo(namedKey("T", "n"))).Properties["n"].GetIntegerValue(); n != 160 {
		t.Errorf("the counter is at %d, want 160", n)
	}
}

// TestDifferentialTransactions interleaves two transactions and plain writes on
// this emulator and on A, which is optimistic, too. Keys are roots, so that A's
// entity groups are single entities.
func TestDifferentialTransactions(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the official emulators take long to start")
	}
	us := rawClient(t, start(t, datastore.Options{NoJournal: true}).Addr())
	them := officialEmulator(t, "A").client
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		project := fmt.Sprintf("tx-%d", n)
		names := rapid.SampledFrom([]string{"a", "b", "c"})
		var steps []string
		draw := func(label string, most int, ops ...string) {
			for range rapid.IntRange(1, most).Draw(t, label) {
				steps = append(steps, rapid.SampledFrom(ops).Draw(t, "op")+" "+names.Draw(t, "name"))
			}
		}
		// A reads an entity as of its first read, this emulator as of the begin:
		// the reads come first.
		draw("reads", 4, "read1", "read2")
		draw("writes", 8, "write", "write1", "write2", "commit1", "commit2")
		ours, theirs := interleave(us, project, steps), interleave(them, project, steps)
		if sharedRead(steps) && strings.Count(fmt.Sprint(ours), "true") > strings.Count(fmt.Sprint(theirs), "true") {
			return // to A a commit touches what its transaction has read, too
		}
		if fmt.Sprint(ours) != fmt.Sprint(theirs) {
			t.Fatalf("steps %v\nours: %v\nA:    %v", steps, ours, theirs)
		}
	})
}

// sharedRead tells whether both transactions read one entity.
func sharedRead(steps []string) bool {
	return slices.ContainsFunc(steps, func(s string) bool {
		name, ok := strings.CutPrefix(s, "read1 ")
		return ok && slices.Contains(steps, "read2 "+name)
	})
}

// interleave runs the steps and tells which commits got through and what is
// stored in the end. A may abort a doomed transaction at a read already, this
// emulator does so at the commit; both count as a commit that failed.
func interleave(c pb.DatastoreClient, project string, steps []string) []string {
	ctx := context.Background()
	value := int64(0)
	mutation := func(name string) *pb.Mutation {
		value++
		return upsert(namedKey("T", name), value)
	}
	var tokens [2][]byte
	var pending [2][]*pb.Mutation
	for i := range tokens {
		r, err := c.BeginTransaction(ctx, &pb.BeginTransactionRequest{ProjectId: project})
		if err != nil {
			return []string{err.Error()}
		}
		tokens[i] = r.Transaction
	}
	var got []string
	for _, step := range steps {
		var op, name string
		_, _ = fmt.Sscan(step, &op, &name) // the steps are well-formed
		i := int(op[len(op)-1] - '1')
		var err error
		switch op {
		case "write":
			req := write(mutation(name))
			req.ProjectId = project
			_, err = c.Commit(ctx, req)
		case "read1", "read2":
			_, err = c.Lookup(ctx, &pb.LookupRequest{ProjectId: project, Keys: []*pb.Key{namedKey("T", name)}, ReadOptions: in(tokens[i])})
		case "write1", "write2":
			pending[i] = append(pending[i], mutation(name))
		case "commit1", "commit2":
			req := writeIn(tokens[i], pending[i]...)
			req.ProjectId = project
			_, err = c.Commit(ctx, req)
		}
		if op[:len(op)-1] != "read" {
			got = append(got, fmt.Sprintf("%s %t", op, err == nil))
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		r, err := c.Lookup(ctx, &pb.LookupRequest{ProjectId: project, Keys: []*pb.Key{namedKey("T", name)}})
		if err != nil {
			return append(got, err.Error())
		}
		for _, f := range r.Found {
			got = append(got, fmt.Sprint(name, " = ", f.Entity.Properties["n"].GetIntegerValue()))
		}
	}
	return got
}

// TestReadersSeeWholeEntities writes parts of an entity while others read it;
// the race detector is the judge.
func TestReadersSeeWholeEntities(t *testing.T) {
	c := rawClient(t, start(t, datastore.Options{NoJournal: true}).Addr())
	at := &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: &timestamppb.Timestamp{Seconds: 1, Nanos: 1000}}}
	seed := upsert(namedKey("T", "x"), 0)
	seed.GetUpsert().Properties["at"] = at
	wantCode(t, "seed", commit(c, write(seed)), codes.OK)
	var wg sync.WaitGroup
	for i := range int64(4) {
		wg.Go(func() {
			for range 50 {
				m := upsert(namedKey("T", "x"), i)
				m.PropertyMask = &pb.PropertyMask{Paths: []string{"n"}}
				wantCode(t, "masked write", commit(c, write(m)), codes.OK)
				r, err := c.Lookup(context.Background(), &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{namedKey("T", "x")}})
				if err != nil || len(r.Found[0].Entity.Properties) != 2 {
					t.Errorf("read %v %v", r, err)
				}
			}
		})
	}
	wg.Wait()
}
