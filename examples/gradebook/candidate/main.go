// Command candidate is the rewrite of the gradebook in Go, on
// graph-gophers/graphql-go, pgx and go-redis. Where legacy depends on how Python
// calculates and writes, it does the same on purpose (python.go).
//
// GRADEBOOK_BREAK names one mistake of package breaks that it makes on purpose.
package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
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
	for _, name := range [...]string{"PORT", "DATABASE_URL", "REDIS_URL"} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set", name)
		}
	}
	broken, err := chosenBreak(os.Getenv("GRADEBOOK_BREAK"))
	if err != nil {
		return err
	}
	db, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer db.Close()
	to, err := redis.ParseURL(os.Getenv("REDIS_URL"))
	if err != nil {
		return fmt.Errorf("REDIS_URL: %w", err)
	}
	cache := redis.NewClient(to)
	defer func() { _ = cache.Close() }() // the process ends

	handler, err := newHandler(&server{db: db, cache: cache, brk: broken, told: os.Getenv("GRADEBOOK_CLOCK") == "header"})
	if err != nil {
		return err
	}
	return serve(ctx, &http.Server{
		Addr:              net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), os.Getenv("PORT")),
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
