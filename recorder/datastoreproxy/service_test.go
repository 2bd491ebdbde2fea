package datastoreproxy_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"

	"github.com/sidebyside/replay/recorder/datastoreproxy"
)

// The service is asked over TLS with the proxy's credentials; those that an
// implementation sends do not reach it.
func TestServiceGetsOwnCredentials(t *testing.T) {
	unused := httptest.NewUnstartedServer(nil)
	unused.StartTLS() // for its certificate
	t.Cleanup(unused.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var with metadata.MD
	s := grpc.NewServer(grpc.Creds(credentials.NewTLS(&tls.Config{Certificates: unused.TLS.Certificates, MinVersion: tls.VersionTLS12})))
	pb.RegisterDatastoreServer(s, &target{lookup: func(ctx context.Context, _ *pb.LookupRequest) (*pb.LookupResponse, error) {
		with, _ = metadata.FromIncomingContext(ctx)
		return &pb.LookupResponse{}, nil
	}})
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)

	p := startProxy(t, "", func(o *datastoreproxy.Options) {
		o.Service = []option.ClientOption{
			option.WithEndpoint(l.Addr().String()),
			option.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "own"})),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{
				RootCAs: unused.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com", MinVersion: tls.VersionTLS12,
			}))),
		}
	})
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer owner")
	if _, err := rawClient(t, p.URL()).Lookup(ctx, &pb.LookupRequest{ProjectId: project}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Bearer own"}, with.Get("authorization")); diff != "" {
		t.Error(diff)
	}
}

// Without credentials the proxy does not start, and says what to do.
func TestServiceNeedsCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", t.TempDir()+"/none.json")
	_, err := datastoreproxy.Start(t.Context(), datastoreproxy.Options{Project: project})
	if err == nil || !strings.Contains(err.Error(), "give credentials") {
		t.Errorf("got %v", err)
	}
}
