package datastoreproxy

import (
	"context"
	"fmt"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// request is what all requests of the service have in common.
type request interface {
	proto.Message
	GetProjectId() string
	GetDatabaseId() string
}

type method struct {
	request  func() request
	response func() proto.Message
}

// methods are those of which the proxy knows what they mean.
var methods = map[string]method{
	"Lookup":              {func() request { return &pb.LookupRequest{} }, func() proto.Message { return &pb.LookupResponse{} }},
	"RunQuery":            {func() request { return &pb.RunQueryRequest{} }, func() proto.Message { return &pb.RunQueryResponse{} }},
	"RunAggregationQuery": {func() request { return &pb.RunAggregationQueryRequest{} }, func() proto.Message { return &pb.RunAggregationQueryResponse{} }},
	"BeginTransaction":    {func() request { return &pb.BeginTransactionRequest{} }, func() proto.Message { return &pb.BeginTransactionResponse{} }},
	"Commit":              {func() request { return &pb.CommitRequest{} }, func() proto.Message { return &pb.CommitResponse{} }},
	"Rollback":            {func() request { return &pb.RollbackRequest{} }, func() proto.Message { return &pb.RollbackResponse{} }},
	"AllocateIds":         {func() request { return &pb.AllocateIdsRequest{} }, func() proto.Message { return &pb.AllocateIdsResponse{} }},
	"ReserveIds":          {func() request { return &pb.ReserveIdsRequest{} }, func() proto.Message { return &pb.ReserveIdsResponse{} }},
}

// restNames are the methods as they stand in a REST path.
var restNames = map[string]bool{
	"lookup": true, "runQuery": true, "runAggregationQuery": true, "beginTransaction": true,
	"commit": true, "rollback": true, "allocateIds": true, "reserveIds": true,
}

// call is one call on its way through the proxy.
type call struct {
	name     string
	md       metadata.MD
	at       time.Time
	req      request
	resp     proto.Message // nil where err is set
	err      error
	token    string // of the transaction that it belongs to, begins or ends
	previous string // the transaction that it tries again
	// since is set for a blind commit, of which is looked up when it is over what it
	// replaced: a time at which it had not begun, by the target's clock.
	since time.Time
}

// answer makes a call and takes down what it says. Nothing of the recording may
// cost the answer.
func (p *Proxy) answer(ctx context.Context, name string, md metadata.MD, body []byte) reply {
	c := &call{name: name, md: md, at: time.Now(), req: methods[name].request()}
	if proto.Unmarshal(body, c.req) != nil {
		return p.forward(ctx, name, md, body) // the target will say what is wrong
	}
	c.token, c.previous = tokens(c.req)
	o, ok := p.register.enter(c)
	if !ok {
		return p.forward(ctx, name, md, body)
	}
	defer o.leave()
	o.guarded(func() { o.before(ctx, c) })
	r := p.forward(ctx, name, md, body)
	o.guarded(func() {
		if c.err = r.err; c.err == nil {
			c.resp = methods[name].response()
			if err := proto.Unmarshal(r.body, c.resp); err != nil {
				panic(fmt.Errorf("decode the target's answer: %w", err))
			}
		}
		o.after(ctx, c)
	})
	return r
}

// tokens are the transaction that a request belongs to, and the one that it tries
// again; "" for none.
func tokens(req request) (token, previous string) {
	retried := func(t *pb.TransactionOptions) string { return string(t.GetReadWrite().GetPreviousTransaction()) }
	read := func(o *pb.ReadOptions) (string, string) {
		return string(o.GetTransaction()), retried(o.GetNewTransaction())
	}
	switch r := req.(type) {
	case *pb.LookupRequest:
		return read(r.GetReadOptions())
	case *pb.RunQueryRequest:
		return read(r.GetReadOptions())
	case *pb.RunAggregationQueryRequest:
		return read(r.GetReadOptions())
	case *pb.BeginTransactionRequest:
		return "", retried(r.GetTransactionOptions())
	case *pb.CommitRequest:
		return string(r.GetTransaction()), ""
	case *pb.RollbackRequest:
		return string(r.GetTransaction()), ""
	}
	return "", ""
}

// begun is the transaction that an answer begins, "" for none.
func begun(resp proto.Message) string {
	if r, ok := resp.(interface{ GetTransaction() []byte }); ok {
		return string(r.GetTransaction())
	}
	return ""
}
