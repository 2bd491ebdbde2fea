// Command services are the two services that the classroom servers call: one that
// knows how people want to be reached (GraphQL), and one that sends mail (HTTP and
// JSON). They are small, but real: the corpus is recorded with them behind legacy. A
// replay needs neither.
//
//	go run ./examples/classroom/services
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "services:", err)
		os.Exit(1)
	}
}

func run() error {
	users := flag.String("users", "127.0.0.1:8091", "address of the users service, which serves /graphql")
	mail := flag.String("mail", "127.0.0.1:8092", "address of the mailer, which serves /messages")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	accounts, err := newUsers()
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	for address, handler := range map[string]http.Handler{*users: accounts, *mail: newMailer()} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listen: %w; choose another address", err)
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
		go func() { failed <- server.Serve(l) }() // until the process ends
	}
	// Whoever started the program waits for this line.
	if _, err := fmt.Fprintf(os.Stdout, "users at http://%s/graphql, mail at http://%s\n", *users, *mail); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return errors.Join(err, errors.New("a service ended"))
	case <-ctx.Done():
		return nil
	}
}
