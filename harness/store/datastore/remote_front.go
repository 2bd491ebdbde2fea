package datastore

import (
	"context"
	"math"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
)

// front passes calls on to the emulator, and notes them.
type front struct {
	pb.UnimplementedDatastoreServer
	*Remote
}

func (r *Remote) serve() {
	r.grpc = grpc.NewServer(
		grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32),
		// Official clients ping once a minute even without a stream.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
	)
	pb.RegisterDatastoreServer(r.grpc, front{Remote: r})
	calls, others := emulator.REST(r.answerREST), httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: r.target})
	r.http = &http.Server{ReadHeaderTimeout: 30 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost && strings.Contains(req.URL.Path, ":") {
			calls.ServeHTTP(w, req)
			return
		}
		others.ServeHTTP(w, req)
	})}
	forGRPC, other := emulator.Split(r.listener)
	go func() { _ = r.grpc.Serve(forGRPC) }() // both end with Close
	go func() { _ = r.http.Serve(other) }()
}

// call is a method of the emulator.
type call[Q, A proto.Message] func(ctx context.Context, req Q, opts ...grpc.CallOption) (A, error)

// pass makes a call, and notes it.
func pass[Q, A proto.Message](ctx context.Context, r *Remote, method string, req Q, do call[Q, A]) (A, error) {
	r.flight.Add(1)
	defer r.flight.Add(-1)
	md, _ := metadata.FromIncomingContext(ctx)
	event := emulator.Event{Method: method, Time: time.Now(), Metadata: md}
	r.mayHold(req)
	answer, err := do(metadata.NewOutgoingContext(ctx, ownMetadata(md)), req)
	if event.Err = err; err == nil {
		event.Err = r.describe(ctx, &event, req, answer)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.journal = append(r.journal, event)
	return answer, err
}

// ownMetadata are those that are the service's, and not the connection's.
func ownMetadata(md metadata.MD) metadata.MD {
	out := metadata.MD{}
	for name, values := range md {
		if strings.HasPrefix(name, "x-goog-") || strings.HasPrefix(name, "google-cloud-") {
			out[name] = values
		}
	}
	return out
}

// mayHold notes the namespaces that a commit writes to, before it does.
func (r *Remote) mayHold(req proto.Message) {
	commit, ok := req.(*pb.CommitRequest)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range commit.GetMutations() {
		for _, k := range []*pb.Key{m.GetInsert().GetKey(), m.GetUpdate().GetKey(), m.GetUpsert().GetKey()} {
			r.namespaces[k.GetPartitionId().GetNamespaceId()] = true
		}
	}
}

// describe adds what a request asked for and what came of it.
func (r *Remote) describe(ctx context.Context, e *emulator.Event, req, answer proto.Message) (err error) {
	switch q := req.(type) {
	case *pb.LookupRequest:
		a, _ := answer.(*pb.LookupResponse)
		e.Transaction, e.Found, e.Missing = transaction(q.GetReadOptions(), a.GetTransaction()), keysOf(a.GetFound()), keysOf(a.GetMissing())
	case *pb.RunQueryRequest:
		a, _ := answer.(*pb.RunQueryResponse)
		e.Transaction, e.Found = transaction(q.GetReadOptions(), a.GetTransaction()), keysOf(a.GetBatch().GetEntityResults())
		e.Query, err = emulator.Structured(q)
	case *pb.RunAggregationQueryRequest:
		a, _ := answer.(*pb.RunAggregationQueryResponse)
		e.Transaction = transaction(q.GetReadOptions(), a.GetTransaction())
		if e.Query, err = emulator.UnderAggregation(q); err == nil {
			err = r.aggregated(ctx, e)
		}
	case *pb.CommitRequest:
		a, _ := answer.(*pb.CommitResponse)
		e.Transaction, e.Mutations, e.Results = q.GetTransaction(), q.GetMutations(), a.GetMutationResults()
		for _, result := range a.GetMutationResults() {
			if result.GetKey() != nil {
				e.Allocated = append(e.Allocated, result.GetKey())
			}
		}
	case *pb.AllocateIdsRequest:
		e.Allocated = answer.(*pb.AllocateIdsResponse).GetKeys()
	case *pb.ReserveIdsRequest:
		e.Reserved = q.GetKeys()
	case *pb.BeginTransactionRequest:
		e.Transaction = answer.(*pb.BeginTransactionResponse).GetTransaction()
	case *pb.RollbackRequest:
		e.Transaction = q.GetTransaction()
	}
	return err
}

// aggregated lists the keys under an aggregation, which its answer does not name.
func (r *Remote) aggregated(ctx context.Context, e *emulator.Event) error {
	q := proto.CloneOf(e.Query.GetQuery())
	q.Projection = []*pb.Projection{{Property: &pb.PropertyReference{Name: "__key__"}}}
	return r.each(ctx, e.Query.GetPartitionId().GetNamespaceId(), q, func(found *pb.Entity) { e.Found = append(e.Found, found.GetKey()) })
}

// transaction is that which a read belongs to: one that was begun before, or with
// the read.
func transaction(o *pb.ReadOptions, begun []byte) []byte {
	if len(begun) > 0 {
		return begun
	}
	return o.GetTransaction()
}

func keysOf(results []*pb.EntityResult) []*pb.Key {
	var keys []*pb.Key
	for _, found := range results {
		keys = append(keys, found.GetEntity().GetKey())
	}
	return keys
}

func (f front) Lookup(ctx context.Context, req *pb.LookupRequest) (*pb.LookupResponse, error) {
	return pass(ctx, f.Remote, "Lookup", req, f.client.Lookup)
}

func (f front) RunQuery(ctx context.Context, req *pb.RunQueryRequest) (*pb.RunQueryResponse, error) {
	return pass(ctx, f.Remote, "RunQuery", req, f.client.RunQuery)
}

func (f front) RunAggregationQuery(ctx context.Context, req *pb.RunAggregationQueryRequest) (*pb.RunAggregationQueryResponse, error) {
	return pass(ctx, f.Remote, "RunAggregationQuery", req, f.client.RunAggregationQuery)
}

func (f front) BeginTransaction(ctx context.Context, req *pb.BeginTransactionRequest) (*pb.BeginTransactionResponse, error) {
	return pass(ctx, f.Remote, "BeginTransaction", req, f.client.BeginTransaction)
}

func (f front) Commit(ctx context.Context, req *pb.CommitRequest) (*pb.CommitResponse, error) {
	return pass(ctx, f.Remote, "Commit", req, f.client.Commit)
}

func (f front) Rollback(ctx context.Context, req *pb.RollbackRequest) (*pb.RollbackResponse, error) {
	return pass(ctx, f.Remote, "Rollback", req, f.client.Rollback)
}

func (f front) AllocateIds(ctx context.Context, req *pb.AllocateIdsRequest) (*pb.AllocateIdsResponse, error) {
	return pass(ctx, f.Remote, "AllocateIds", req, f.client.AllocateIds)
}

func (f front) ReserveIds(ctx context.Context, req *pb.ReserveIdsRequest) (*pb.ReserveIdsResponse, error) {
	return pass(ctx, f.Remote, "ReserveIds", req, f.client.ReserveIds)
}

// answerREST answers a REST call by the gRPC one.
func (r *Remote) answerREST(ctx context.Context, method string, md metadata.MD, req proto.Message) (proto.Message, error) {
	ctx, f := metadata.NewIncomingContext(ctx, md), front{Remote: r}
	switch q := req.(type) {
	case *pb.LookupRequest:
		return f.Lookup(ctx, q)
	case *pb.RunQueryRequest:
		return f.RunQuery(ctx, q)
	case *pb.RunAggregationQueryRequest:
		return f.RunAggregationQuery(ctx, q)
	case *pb.BeginTransactionRequest:
		return f.BeginTransaction(ctx, q)
	case *pb.CommitRequest:
		return f.Commit(ctx, q)
	case *pb.RollbackRequest:
		return f.Rollback(ctx, q)
	case *pb.AllocateIdsRequest:
		return f.AllocateIds(ctx, q)
	case *pb.ReserveIdsRequest:
		return f.ReserveIds(ctx, q)
	}
	return nil, status.Errorf(codes.Unimplemented, "method %s is unknown", method)
}
