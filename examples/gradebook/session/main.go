// Command session drives a gradebook server through a few weeks at a school: the
// operations from which the corpus is recorded. Each has an expected outcome, so
// that a wrong one is not recorded unnoticed. It starts from school.yaml, and later
// operations see what earlier ones wrote.
//
//	go run ./examples/gradebook/session --endpoint http://127.0.0.1:8080/graphql
package main

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
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	s := newSession(ctx, *endpoint)
	for _, part := range []func(*session){
		reading, admitting, numbering, founding, scoringBy, enrolling, seating,
		assessing, scoring, curving, commenting, giving, leaving, removing, wrongRequests,
	} {
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
