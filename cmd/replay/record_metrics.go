package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// serveMetrics serves metrics at an address of their own until the caller closes
// them; "" serves none. The address is the one that was chosen.
func serveMetrics(address string, h http.Handler) (url string, end func(), err error) {
	if address == "" {
		return "", func() {}, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, incomplete(fmt.Errorf("listen on --metrics %q: %w; choose another address", address, err))
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }() // it ends with an error, always
	return "http://" + l.Addr().String() + "/metrics", func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if srv.Shutdown(ctx) != nil {
			_ = srv.Close() // a reader that takes longer gets nothing more
		}
	}, nil
}
