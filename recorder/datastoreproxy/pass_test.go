package datastoreproxy_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/sidebyside/replay/recorder/datastoreproxy"
)

// target is a Datastore that says what it was asked.
type target struct {
	pb.UnimplementedDatastoreServer
	lookup func(context.Context, *pb.LookupRequest) (*pb.LookupResponse, error)
}

func (s *target) Lookup(ctx context.Context, req *pb.LookupRequest) (*pb.LookupResponse, error) {
	return s.lookup(ctx, req)
}

// before starts a proxy before the target, with an operation in flight, so that
// the calls are taken down.
func before(t *testing.T, lookup func(context.Context, *pb.LookupRequest) (*pb.LookupResponse, error)) *datastoreproxy.Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer()
	pb.RegisterDatastoreServer(s, &target{lookup: lookup})
	healthpb.RegisterHealthServer(s, health.NewServer())
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	p := startProxy(t, l.Addr().String())
	if err := p.Continue(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// unknownField is a field that this version of the protocol does not have.
var unknownField = protowire.AppendString(protowire.AppendTag(nil, 1999, protowire.BytesType), "from the future")

func TestPassesOnWhatItDoesNotKnow(t *testing.T) {
	var asked *pb.LookupRequest
	var with metadata.MD
	answer := &pb.LookupResponse{}
	answer.ProtoReflect().SetUnknown(unknownField)
	p := before(t, func(ctx context.Context, req *pb.LookupRequest) (*pb.LookupResponse, error) {
		asked = req
		with, _ = metadata.FromIncomingContext(ctx)
		_ = grpc.SetHeader(ctx, metadata.Pairs("x-header", "h", "x-blob-bin", "\x00\xff"))
		_ = grpc.SetTrailer(ctx, metadata.Pairs("x-trailer", "t"))
		return answer, nil
	})
	req := &pb.LookupRequest{ProjectId: project}
	req.ProtoReflect().SetUnknown(unknownField)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-own", "1", "x-own", "2", "x-goog-request-params", "project_id=demo",
		"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	var header, trailer metadata.MD
	got, err := rawClient(t, p.URL()).Lookup(ctx, proto.CloneOf(req), grpc.Header(&header), grpc.Trailer(&trailer))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{
		cmp.Diff(req, asked, protocmp.Transform()), cmp.Diff(answer, got, protocmp.Transform()),
		cmp.Diff([]string{"1", "2"}, with.Get("x-own")), cmp.Diff([]string{"project_id=demo"}, with.Get("x-goog-request-params")),
		cmp.Diff([]string{"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, with.Get("traceparent")),
		cmp.Diff([]string{"h"}, header.Get("x-header")), cmp.Diff([]string{"\x00\xff"}, header.Get("x-blob-bin")),
		cmp.Diff([]string{"t"}, trailer.Get("x-trailer")),
	} {
		if d != "" {
			t.Error(d)
		}
	}
}

// detailed has details of a type that clients read, after a trailer.
func detailed(t *testing.T) error {
	t.Helper()
	s, err := status.New(codes.Aborted, "contention: ä").WithDetails(&errdetails.RetryInfo{}, &errdetails.ErrorInfo{Reason: "R", Domain: "d"})
	if err != nil {
		t.Fatal(err)
	}
	return s.Err()
}

func TestPassesOnStatusDetails(t *testing.T) {
	want := detailed(t)
	p := before(t, func(ctx context.Context, _ *pb.LookupRequest) (*pb.LookupResponse, error) {
		_ = grpc.SetTrailer(ctx, metadata.Pairs("x-trailer", "t"))
		return nil, want
	})
	var trailer metadata.MD
	_, err := rawClient(t, p.URL()).Lookup(t.Context(), &pb.LookupRequest{ProjectId: project}, grpc.Trailer(&trailer))
	if diff := cmp.Diff(status.Convert(want).Proto(), status.Convert(err).Proto(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"t"}, trailer.Get("x-trailer")); diff != "" {
		t.Error(diff)
	}
	resp, err := http.Post("http://"+p.URL()+"/v1/projects/demo:lookup", "application/json", strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusConflict || !bytes.Contains(body, []byte(`"R"`)) || !bytes.Contains(body, []byte("ABORTED")) {
		t.Errorf("REST: %d %s", resp.StatusCode, body)
	}
}

func TestPassesOnDeadlines(t *testing.T) {
	ended := make(chan time.Duration, 1)
	p := before(t, func(ctx context.Context, _ *pb.LookupRequest) (*pb.LookupResponse, error) {
		deadline, _ := ctx.Deadline()
		left := time.Until(deadline)
		<-ctx.Done()
		ended <- left
		return nil, status.FromContextError(ctx.Err()).Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := rawClient(t, p.URL()).Lookup(ctx, &pb.LookupRequest{ProjectId: project})
	if status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("got %v", err)
	}
	if left := <-ended; left <= 0 || left > 200*time.Millisecond {
		t.Errorf("the target had %v left", left)
	}
}

func TestPassesOnOtherMethods(t *testing.T) {
	p := before(t, nil)
	conn := connect(t, p.URL())
	if _, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Errorf("unary: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch, err := healthpb.NewHealthClient(conn).Watch(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := watch.Recv(); err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("stream: %v %v", got, err)
	}
	err = conn.Invoke(t.Context(), "/google.datastore.v2.Datastore/Novelty", &pb.LookupRequest{}, &pb.LookupResponse{})
	if status.Code(err) != codes.Unimplemented {
		t.Errorf("unknown method: %v", err)
	}
	if _, err := p.Observe(t.Context()); err == nil || !strings.Contains(err.Error(), "unknown method") {
		t.Errorf("an operation with an unknown call is recorded: %v", err)
	}
}

// REST asks the same as gRPC, in both of its forms.
func TestREST(t *testing.T) {
	s := openStore(t, school())
	p := startProxy(t, s.URL())
	req := &pb.LookupRequest{Keys: []*pb.Key{rawKey(1, 1), rawKey(1, 99)}}
	asJSON, err := protojson.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	asProto, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	want, err := rawClient(t, s.URL()).Lookup(t.Context(), &pb.LookupRequest{ProjectId: project, Keys: req.Keys})
	if err != nil {
		t.Fatal(err)
	}
	for form, body := range map[string][]byte{"application/json": asJSON, "application/x-protobuf": asProto} {
		if err := p.Continue(t.Context()); err != nil {
			t.Fatal(err)
		}
		resp, err := http.Post("http://"+p.URL()+"/v1/projects/demo:lookup", form, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		var got pb.LookupResponse
		decode := protojson.Unmarshal
		if form == "application/x-protobuf" {
			decode = proto.Unmarshal
		}
		if err := errors.Join(err, decode(text, &got)); err != nil {
			t.Fatalf("%s: %v: %s", form, err, text)
		}
		if diff := cmp.Diff(want.GetFound(), got.GetFound(), protocmp.Transform()); diff != "" || len(got.GetMissing()) != 1 {
			t.Errorf("%s: %s", form, diff)
		}
		if seen, err := p.Observe(t.Context()); err != nil || len(seen.Reads) != 2 {
			t.Errorf("%s: observed %v, %v", form, seen, err)
		}
	}
	resp, err := http.Get("http://" + p.URL() + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the emulator's own page: %d", resp.StatusCode)
	}
}

func rawKey(class, id int64) *pb.Key {
	return &pb.Key{PartitionId: &pb.PartitionId{ProjectId: project}, Path: []*pb.Key_PathElement{
		{Kind: "Class", IdType: &pb.Key_PathElement_Id{Id: class}}, {Kind: "Task", IdType: &pb.Key_PathElement_Id{Id: id}},
	}}
}
