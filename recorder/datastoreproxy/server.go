package datastoreproxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
)

// window is how many bytes of an answer are on their way at most before they are read.
// gRPC measures what a connection can do by a ping with every message where it is not
// told, which is a quarter of all writes.
const window = 1 << 20

// frame is a message as it is on the wire.
type frame struct{ bytes []byte }

// raw passes messages on without reading them.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error) {
	f, ok := v.(*frame)
	if !ok {
		return nil, fmt.Errorf("pass on a %T: not a message on the wire", v)
	}
	return f.bytes, nil
}

func (raw) Unmarshal(data []byte, v any) error {
	f, ok := v.(*frame)
	if !ok {
		return fmt.Errorf("pass on to a %T: not a message on the wire", v)
	}
	f.bytes = data
	return nil
}

// Name is that of protobuf: the messages are.
func (raw) Name() string { return "proto" }

// grpcServer takes every method of every service.
func (p *Proxy) grpcServer() *grpc.Server {
	return grpc.NewServer(
		grpc.ForceServerCodec(raw{}),
		grpc.UnknownServiceHandler(p.handle),
		grpc.MaxRecvMsgSize(math.MaxInt32), grpc.MaxSendMsgSize(math.MaxInt32),
		grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window), grpc.NumStreamWorkers(4),
		// Official clients ping once a minute even without a stream.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
	)
}

// reply is what the target answered.
type reply struct {
	body            []byte
	header, trailer metadata.MD
	err             error // its status, with details
}

func (p *Proxy) handle(_ any, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	md, _ := metadata.FromIncomingContext(stream.Context())
	name, ours := strings.CutPrefix(method, "/"+service+"/")
	if _, known := methods[name]; !ours || !known {
		if !strings.HasPrefix(method, "/grpc.") { // health and reflection write nothing
			p.register.unknown(method, md)
		}
		return p.pass(stream, method, md)
	}
	var in frame
	if err := stream.RecvMsg(&in); err != nil {
		return err
	}
	r := p.answer(stream.Context(), name, md, in.bytes)
	// A header that cannot be sent is lost with the connection.
	_ = stream.SetHeader(withoutTransport(r.header))
	stream.SetTrailer(withoutTransport(r.trailer))
	if r.err != nil {
		return r.err
	}
	return stream.SendMsg(&frame{r.body})
}

// forward makes one call of the service.
func (p *Proxy) forward(ctx context.Context, name string, md metadata.MD, body []byte) (r reply) {
	var out frame
	ctx = metadata.NewOutgoingContext(ctx, p.passedOn(md))
	r.err = p.conn.Invoke(ctx, "/"+service+"/"+name, &frame{body}, &out,
		grpc.ForceCodec(raw{}), grpc.Header(&r.header), grpc.Trailer(&r.trailer))
	r.body = out.bytes
	return r
}

// pass connects two streams, whatever the method.
func (p *Proxy) pass(in grpc.ServerStream, method string, md metadata.MD) error {
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(in.Context(), p.passedOn(md)))
	defer cancel()
	out, err := p.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method, grpc.ForceCodec(raw{}))
	if err != nil {
		return err
	}
	go func() {
		for {
			var f frame
			if err := in.RecvMsg(&f); err != nil {
				if errors.Is(err, io.EOF) {
					_ = out.CloseSend() // a failure shows in the answer
				} else {
					cancel()
				}
				return
			}
			if out.SendMsg(&f) != nil {
				return // the reason shows in the answer
			}
		}
	}()
	if header, err := out.Header(); err == nil && header.Len() > 0 {
		if err := in.SendHeader(withoutTransport(header)); err != nil {
			return err
		}
	}
	for {
		var f frame
		if err := out.RecvMsg(&f); err != nil {
			in.SetTrailer(withoutTransport(out.Trailer()))
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := in.SendMsg(&f); err != nil {
			return err
		}
	}
}

// rest serves the service's REST form on the same target, and passes the rest on
// where that is an emulator.
func (p *Proxy) rest() http.Handler {
	calls := emulator.REST(p.answerREST)
	others := http.NotFoundHandler()
	if p.options.Target != "" {
		others = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: p.options.Target})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, method, _ := strings.Cut(r.URL.Path, ":")
		if r.Method == http.MethodPost && restNames[method] {
			calls.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}

// answerREST answers a REST call by the gRPC one.
func (p *Proxy) answerREST(ctx context.Context, name string, md metadata.MD, req proto.Message) (proto.Message, error) {
	body, err := proto.Marshal(req)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "encode request: %v", err)
	}
	project := ""
	if r, ok := req.(request); ok {
		project = r.GetProjectId()
	}
	r := p.answer(ctx, name, ofHTTP(md, project), body)
	if r.err != nil {
		return nil, r.err
	}
	resp := methods[name].response()
	if err := proto.Unmarshal(r.body, resp); err != nil {
		return nil, status.Errorf(codes.Internal, "decode the target's answer: %v", err)
	}
	return resp, nil
}
