// Command replay proves that a rewritten GraphQL backend behaves like the old
// one: it records operations with the datastore fixtures they depend on, replays
// each against the legacy and the candidate implementation, and reports where
// response, stored data or outbound calls differ.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Exit codes (docs/running.md).
const (
	exitFailing    = 1 // at least one case or bug fails the run
	exitUsage      = 2 // wrong usage, configuration, ledger or corpus: nothing was started
	exitIncomplete = 3 // could not replay: the run is incomplete
)

// exitError is an error with the exit code it leads to. A nil err was reported
// already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usage(err error) error      { return &exitError{exitUsage, err} }
func incomplete(err error) error { return &exitError{exitIncomplete, err} }

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run executes the command line and returns the exit code. The first signal
// stops it gracefully, a second one at once.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	// What cobra itself refuses is wrong usage.
	code, shown := exitUsage, err
	if e, ok := errors.AsType[*exitError](err); ok {
		code, shown = e.code, e.err
	}
	if shown != nil {
		printError(stderr, shown)
	}
	return code
}

// printError shows an error. Problems of files start their lines, so that
// editors and CI servers can link them.
func printError(w io.Writer, err error) {
	problems, ok := strictyaml.AsProblems(err)
	if !ok {
		_, _ = fmt.Fprintf(w, "replay: %v\n", err)
		return
	}
	what := "1 problem"
	if len(problems) > 1 {
		what = fmt.Sprintf("%d problems", len(problems))
	}
	_, _ = fmt.Fprintf(w, "%v\nreplay: %s; nothing was started\n", problems, what)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "replay",
		Short:         "Prove that a rewritten GraphQL backend behaves like the old one",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newRun(), newSignOff(), newGate(), newStatus(), newSelfTest(), newNoise(), newMerge(), newCoverage(), newRecord(), newScribe(), newVerify(), newCheck(), newLedger(), newFeatures(), newFeature(), newScan(), newShow(), newEmulator(), newInit(), newVersion())
	return root
}

// configFlag adds -c.
func configFlag(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVarP(into, "config", "c", "replay.yaml", "configuration `file`, or a directory that holds a replay.yaml")
}
