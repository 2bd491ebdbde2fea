package datastore

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
)

// maxRequestBytes is the documented limit of a request.
const maxRequestBytes = 10 << 20

// window is how many bytes of a request are on their way at most before they are read.
// gRPC measures what a connection can do by pings where it is not told.
const window = 1 << 20

// server is the transport of an Emulator: gRPC, REST and admin on one port.
type server struct {
	listener net.Listener
	grpc     *grpc.Server
	http     *http.Server
}

func serve(e *Emulator, l net.Listener) *server {
	s := &server{
		listener: l,
		grpc: grpc.NewServer(
			grpc.MaxRecvMsgSize(maxRequestBytes),
			grpc.NumStreamWorkers(4),
			grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window),
			// Official clients ping once a minute even without a stream.
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
		),
		http: &http.Server{Handler: e.handler(), ReadHeaderTimeout: patience, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)},
	}
	s.grpc.RegisterService(serviceDesc(e), nil)
	both := newSplit(l)
	go func() { _ = s.grpc.Serve(both.grpc) }() // both end with close
	go func() { _ = s.http.Serve(both.http) }()
	return s
}

func (s *server) close() error {
	err := s.listener.Close()
	s.grpc.Stop()
	return errors.Join(err, s.http.Close())
}

func serviceDesc(e *Emulator) *grpc.ServiceDesc {
	return &grpc.ServiceDesc{
		ServiceName: "google.datastore.v1.Datastore",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			method[pb.LookupRequest](e, "Lookup"),
			method[pb.RunQueryRequest](e, "RunQuery"),
			method[pb.RunAggregationQueryRequest](e, "RunAggregationQuery"),
			method[pb.BeginTransactionRequest](e, "BeginTransaction"),
			method[pb.CommitRequest](e, "Commit"),
			method[pb.RollbackRequest](e, "Rollback"),
			method[pb.AllocateIdsRequest](e, "AllocateIds"),
			method[pb.ReserveIdsRequest](e, "ReserveIds"),
		},
		Metadata: "google/datastore/v1/datastore.proto",
	}
}

func method[T any, P interface {
	*T
	request
}](e *Emulator, name string) grpc.MethodDesc {
	handle := func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		req := P(new(T))
		if err := decode(req); err != nil {
			return nil, invalid("cannot decode the request: %v", err)
		}
		md, _ := metadata.FromIncomingContext(ctx)
		resp, err := e.answer(ctx, name, md, req)
		return resp, err
	}
	return grpc.MethodDesc{MethodName: name, Handler: handle}
}
