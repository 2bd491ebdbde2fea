package datastore

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// BenchmarkTransport compares the split listener with grpc-go behind net/http,
// which could share the port, too.
func BenchmarkTransport(b *testing.B) {
	e := newEmulator(Options{NoJournal: true})
	b.Run("split", func(b *testing.B) {
		l := listen(b)
		s := serve(e, l)
		defer func() { _ = s.close() }()
		lookups(b, l.Addr().String())
	})
	b.Run("ServeHTTP", func(b *testing.B) {
		l := listen(b)
		s := grpc.NewServer()
		s.RegisterService(serviceDesc(e), nil)
		var both http.Protocols
		both.SetHTTP1(true)
		both.SetUnencryptedHTTP2(true)
		h := &http.Server{Handler: s, Protocols: &both, ReadHeaderTimeout: time.Second}
		go func() { _ = h.Serve(l) }() // ends with Close
		defer func() { _ = h.Close() }()
		lookups(b, l.Addr().String())
	})
}

func listen(b *testing.B) net.Listener {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}

func lookups(b *testing.B, addr string) {
	b.Helper()
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	c := pb.NewDatastoreClient(conn)
	k := &pb.Key{Path: []*pb.Key_PathElement{{Kind: "T", IdType: &pb.Key_PathElement_Id{Id: 1}}}}
	for b.Loop() {
		if _, err := c.Lookup(context.Background(), &pb.LookupRequest{ProjectId: "demo", Keys: []*pb.Key{k}}); err != nil {
			b.Fatal(err)
		}
	}
}
