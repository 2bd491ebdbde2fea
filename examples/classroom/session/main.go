// Command session drives a classroom server through what happens at a school:
// the operations from which the corpus is recorded. Each has an expected
// outcome, so that a wrong one is not recorded unnoticed. It starts from
// seed.yaml, and later operations see what earlier ones wrote.
//
//	go run ./examples/classroom/session --endpoint http://127.0.0.1:8080/graphql
package main

//go:generate go run github.com/Khan/genqlient genqlient.yaml

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	os.Exit(run())
}

// run returns the exit code: 1 when an operation did not do as expected.
func run() int {
	endpoint := flag.String("endpoint", "http://127.0.0.1:8080/graphql", "URL of the GraphQL server")
	calls := flag.Bool("calls", false, "also send the operations that call other services (start them with go run ./examples/classroom/services)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	s := newSession(ctx, *endpoint)
	parts := []func(*session){
		reading, listing, searching, drafting, revising, renaming, handingOut, submitting, grading,
		inviting, founding, reordering, deleting, byHand, archiving, passing,
	}
	if *calls {
		parts = append(parts, notifying)
	}
	for _, part := range parts {
		part(s)
	}
	for _, p := range s.problems {
		fmt.Fprintln(os.Stderr, "session:", p)
	}
	_, _ = fmt.Fprintf(os.Stdout, "%d operations, %d not as expected\n", s.sent, len(s.problems))
	if len(s.problems) > 0 {
		return 1
	}
	return 0
}
