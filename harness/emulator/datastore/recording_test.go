package datastore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	replaypb "cloud.google.com/go/rpcreplay/proto/rpcreplay"
	"github.com/google/go-cmp/cmp"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

// exchange is a recorded request with the answer of the live service.
type exchange struct {
	method string
	req    proto.Message
	resp   proto.Message // nil for an error
	err    *spb.Status
}

// readRecording reads a file of cloud.google.com/go/rpcreplay: a magic word, the
// initial state, and entries, each behind its length.
func readRecording(t *testing.T, file string) []exchange {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(int64(len("RPCReplay")), io.SeekStart); err != nil {
		t.Fatal(err)
	}
	record := func() []byte {
		var size uint32
		if err := binary.Read(f, binary.LittleEndian, &size); errors.Is(err, io.EOF) {
			return nil
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(f, b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	record() // the initial state
	var all []exchange
	at := map[int32]int{} // entry number of a request -> exchange
	for n := int32(1); ; n++ {
		b := record()
		if b == nil {
			return all
		}
		var e replaypb.Entry
		if err := proto.Unmarshal(b, &e); err != nil {
			t.Fatal(err)
		}
		switch e.Kind {
		case replaypb.Entry_REQUEST:
			req, err := e.Message.UnmarshalNew()
			if err != nil {
				t.Fatal(err)
			}
			at[n] = len(all)
			all = append(all, exchange{method: e.Method, req: req})
		case replaypb.Entry_RESPONSE:
			x := &all[at[e.RefIndex]]
			if e.IsError {
				x.err = &spb.Status{}
				err = e.Message.UnmarshalTo(x.err)
			} else {
				x.resp, err = e.Message.UnmarshalNew()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// translation maps what the live service made up to what this emulator makes up.
type translation struct {
	ids    map[int64]int64
	tokens map[string][]byte // transactions and cursors
}

func (tr *translation) key(k *pb.Key) {
	for _, p := range k.GetPath() {
		if id, ok := p.IdType.(*pb.Key_PathElement_Id); ok && tr.ids[id.Id] != 0 {
			id.Id = tr.ids[id.Id]
		}
	}
}

func (tr *translation) value(v *pb.Value) {
	switch t := v.GetValueType().(type) {
	case *pb.Value_KeyValue:
		tr.key(t.KeyValue)
	case *pb.Value_EntityValue:
		tr.entity(t.EntityValue)
	case *pb.Value_ArrayValue:
		for _, x := range t.ArrayValue.Values {
			tr.value(x)
		}
	}
}

func (tr *translation) entity(e *pb.Entity) {
	tr.key(e.GetKey())
	for _, v := range e.GetProperties() {
		tr.value(v)
	}
}

func (tr *translation) filter(f *pb.Filter) {
	tr.value(f.GetPropertyFilter().GetValue())
	for _, sub := range f.GetCompositeFilter().GetFilters() {
		tr.filter(sub)
	}
}

func (tr *translation) token(b *[]byte) {
	if ours, ok := tr.tokens[string(*b)]; ok {
		*b = ours
	}
}

func (tr *translation) options(o *pb.ReadOptions) {
	if t, ok := o.GetConsistencyType().(*pb.ReadOptions_Transaction); ok {
		tr.token(&t.Transaction)
	}
}

// request rewrites a recorded request for this emulator.
func (tr *translation) request(m proto.Message) {
	switch r := m.(type) {
	case *pb.LookupRequest:
		tr.options(r.ReadOptions)
		for _, k := range r.Keys {
			tr.key(k)
		}
	case *pb.RunQueryRequest:
		tr.options(r.ReadOptions)
		q := r.GetQuery()
		tr.filter(q.GetFilter())
		tr.token(&q.StartCursor)
		tr.token(&q.EndCursor)
	case *pb.RollbackRequest:
		tr.token(&r.Transaction)
	case *pb.BeginTransactionRequest:
		if w := r.GetTransactionOptions().GetReadWrite(); w != nil {
			tr.token(&w.PreviousTransaction)
		}
	case *pb.CommitRequest:
		if t, ok := r.TransactionSelector.(*pb.CommitRequest_Transaction); ok {
			tr.token(&t.Transaction)
		}
		for _, mu := range r.Mutations {
			tr.key(mu.GetDelete())
			tr.entity(mu.GetInsert())
			tr.entity(mu.GetUpdate())
			tr.entity(mu.GetUpsert())
		}
	case *pb.ReserveIdsRequest:
		for _, k := range r.Keys {
			tr.key(k)
		}
	}
}

func (tr *translation) learnKey(theirs, ours *pb.Key) {
	for i, p := range theirs.GetPath() {
		if p.GetId() != 0 && i < len(ours.GetPath()) {
			tr.ids[p.GetId()] = ours.Path[i].GetId()
		}
	}
}

// learn notes what the two answers made up.
func (tr *translation) learn(theirs, ours proto.Message) {
	switch r := theirs.(type) {
	case *pb.BeginTransactionResponse:
		tr.tokens[string(r.Transaction)] = ours.(*pb.BeginTransactionResponse).Transaction
	case *pb.CommitResponse:
		for i, res := range r.MutationResults {
			tr.learnKey(res.Key, ours.(*pb.CommitResponse).MutationResults[i].Key)
		}
	case *pb.AllocateIdsResponse:
		for i, k := range r.Keys {
			tr.learnKey(k, ours.(*pb.AllocateIdsResponse).Keys[i])
		}
	case *pb.RunQueryResponse:
		o := ours.(*pb.RunQueryResponse).Batch
		for i, e := range r.Batch.EntityResults {
			if i < len(o.EntityResults) {
				tr.tokens[string(e.Cursor)] = o.EntityResults[i].Cursor
			}
		}
		tr.tokens[string(r.Batch.EndCursor)] = o.EndCursor
		if len(r.Batch.SkippedCursor) > 0 {
			tr.tokens[string(r.Batch.SkippedCursor)] = o.SkippedCursor
		}
	}
}

// answerText is an answer without what is made up; the rows of a query without
// an order are sorted, as ids order differently.
func (tr *translation) answerText(req, resp proto.Message, theirs bool) []string {
	var lines []string
	results := func(what string, list []*pb.EntityResult, inOrder bool) {
		var rows []string
		for _, r := range list {
			e := proto.CloneOf(r.Entity)
			if theirs {
				tr.entity(e)
			}
			rows = append(rows, what+" "+entityText(e))
		}
		if !inOrder {
			slices.Sort(rows)
		}
		lines = append(lines, rows...)
	}
	switch r := resp.(type) {
	case *pb.LookupResponse:
		results("found", r.Found, false)
		results("missing", r.Missing, false)
	case *pb.RunQueryResponse:
		q := req.(*pb.RunQueryRequest).GetQuery()
		results("result", r.Batch.EntityResults, len(q.GetOrder()) > 0)
		lines = append(lines, fmt.Sprint("skipped ", r.Batch.SkippedResults))
		if len(r.Batch.EntityResults) > 0 { // the service said FULL for no keys
			lines = append(lines, r.Batch.EntityResultType.String())
		}
	case *pb.CommitResponse:
		for _, m := range r.MutationResults {
			lines = append(lines, fmt.Sprintf("allocated %t, conflict %t", m.Key != nil, m.ConflictDetected))
		}
	case *pb.AllocateIdsResponse:
		lines = append(lines, fmt.Sprint("keys ", len(r.Keys)))
	}
	return lines
}

// TestRecordedService re-drives the requests that the official client's authors
// recorded from the live service, and compares the answers.
func TestRecordedService(t *testing.T) {
	exchanges := readRecording(t, filepath.Join(moduleDir(t, clientModule), "datastore.replay"))
	e := start(t, datastore.Options{})
	conn, err := grpc.NewClient("passthrough:///"+e.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	tr := &translation{ids: map[int64]int64{}, tokens: map[string][]byte{}}
	for i, x := range exchanges {
		tr.request(x.req)
		var got proto.Message
		if x.resp != nil {
			got = x.resp.ProtoReflect().New().Interface()
		} else {
			got = responseFor(x.method)
		}
		err := conn.Invoke(context.Background(), x.method, x.req, got)
		want := codes.OK
		if x.err != nil {
			want = codes.Code(x.err.Code)
		}
		if status.Code(err) != want {
			t.Errorf("request %d %s %v: got %v, the service said %v %v", i, x.method, x.req, err, want, x.err.GetMessage())
			continue
		}
		if x.resp == nil {
			continue
		}
		tr.learn(x.resp, got)
		if q, ok := x.req.(*pb.RunQueryRequest); ok && q.GetReadOptions().GetReadConsistency() == pb.ReadOptions_EVENTUAL {
			continue // the service had not yet indexed what this emulator returns at once
		}
		if d := cmp.Diff(tr.answerText(x.req, x.resp, true), tr.answerText(x.req, got, false)); d != "" {
			t.Errorf("request %d %s %v:\n%s", i, x.method, x.req, d)
		}
	}
	t.Logf("%d requests", len(exchanges))
}

func responseFor(method string) proto.Message {
	switch method[strings.LastIndex(method, "/")+1:] {
	case "Lookup":
		return &pb.LookupResponse{}
	case "RunQuery":
		return &pb.RunQueryResponse{}
	case "BeginTransaction":
		return &pb.BeginTransactionResponse{}
	case "Rollback":
		return &pb.RollbackResponse{}
	}
	return &pb.CommitResponse{}
}
