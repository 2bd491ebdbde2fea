package datastore

import (
	"context"
	"net"
	"net/http"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// Answer answers a request of the service; the method is the RPC's name, such as
// "Lookup", the metadata are the HTTP headers in lower case.
type Answer func(ctx context.Context, method string, md metadata.MD, req proto.Message) (proto.Message, error)

// REST serves POST /v1/projects/{project}:{method} as the service does, in JSON
// and in protobuf, with the answers of a function. Other paths are not found.
func REST(answer Answer) http.Handler {
	mux := http.NewServeMux()
	serve := func(w http.ResponseWriter, r *http.Request) {
		restCall(w, r, func(ctx context.Context, method string, md metadata.MD, req request) (proto.Message, error) {
			return answer(ctx, method, md, req)
		})
	}
	mux.HandleFunc("POST /v1/projects/{call}", serve)
	mux.HandleFunc("POST /emulator/v1/projects/{call}", serve)
	return mux
}

// Split shares a listener between gRPC and everything else: connections that open
// with the preface of HTTP/2 are those of gRPC. Closing l ends both.
func Split(l net.Listener) (grpc, other net.Listener) {
	s := newSplit(l)
	return s.grpc, s.http
}
