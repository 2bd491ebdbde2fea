// Command candidate is the rewrite of the classroom server on
// graph-gophers/graphql-go: typed resolvers, transactions around every write.
//
// CLASSROOM_BREAK names one mistake of package breaks that it makes on purpose.
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
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "candidate:", err)
		os.Exit(1)
	}
}

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	port := os.Getenv("PORT")
	if port == "" {
		return errors.New("PORT is not set; set it to the port to listen on")
	}
	broken, err := chosenBreak(os.Getenv("CLASSROOM_BREAK"))
	if err != nil {
		return err
	}
	db, err := datastore.NewClient(ctx, "") // the project is that of DATASTORE_PROJECT_ID
	if err != nil {
		return fmt.Errorf("connect to datastore: %w", err)
	}
	defer func() { _ = db.Close() }() // the process ends

	handler, err := newHandler(&server{
		db: db, brk: broken, toldTime: os.Getenv("CLASSROOM_CLOCK") == "header",
		services: newServices(os.Getenv("USERS_URL"), os.Getenv("MAIL_URL")),
	})
	if err != nil {
		return err
	}
	return serve(ctx, &http.Server{
		Addr:              net.JoinHostPort("127.0.0.1", port),
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
	})
}

// serve returns when ctx is done and the requests in flight are answered.
func serve(ctx context.Context, srv *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	return srv.Shutdown(grace)
}
