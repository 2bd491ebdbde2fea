// Command legacy is the old classroom server: ten years of maps and helpers on
// graphql-go/graphql. It is the reference; what it does is right by definition.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"cloud.google.com/go/datastore"
	"go.opentelemetry.io/otel"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "legacy:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if os.Getenv("PORT") == "" {
		return errors.New("PORT is not set; set it to the port to listen on")
	}
	otel.SetTextMapPropagator(traces)       // which the client library obeys
	db, err := datastore.NewClient(ctx, "") // the project is that of DATASTORE_PROJECT_ID
	if err != nil {
		return fmt.Errorf("connect to datastore: %w", err)
	}
	defer func() { _ = db.Close() }() // the process ends
	handler, err := newHandler(&app{db: db})
	if err != nil {
		return err
	}
	server := &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", os.Getenv("PORT")),
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
	}
	return serve(ctx, server)
}

// serve returns when ctx is done and the requests in flight are answered.
func serve(ctx context.Context, server *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}
