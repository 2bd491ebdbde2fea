package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder"
)

// newScribe is the process that makes and writes the cases of "replay record", which
// starts it. It has the lowest priority: recording is what comes last.
func newScribe() *cobra.Command {
	f := recordFlags{}
	cmd := &cobra.Command{
		Use:    "scribe",
		Short:  "Make and write the cases of a recording (started by record)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			lowestPriority(os.Getpid())
			runtime.GOMAXPROCS(1) // and leaves the others alone
			c, err := harness.LoadRecordConfig(f.config)
			if err != nil {
				return usage(err)
			}
			o := recorder.Options{Out: f.out, Identify: identify(c)}
			if o.Redact, err = redactor(c); err != nil {
				return usage(err)
			}
			if err := f.keep.apply(&o); err != nil {
				return usage(err)
			}
			signal.Ignore(syscall.SIGPIPE) // a recorder that was killed wants no answers: what came is written
			// What a signal ends is the recording, and that ends this.
			return recorder.Scribe(context.WithoutCancel(cmd.Context()), os.Stdin, cmd.OutOrStdout(), o)
		},
	}
	configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.out, "out", "", "corpus `directory` to write to")
	f.keep.define(cmd.Flags())
	return cmd
}

// scribe is a running one, as a pipe.
type scribe struct {
	io.Reader
	io.WriteCloser
	cmd *exec.Cmd
}

// startScribe starts this program once more, in a process group of its own, so that
// Ctrl-C does not reach it: it ends when its input does.
func (f *recordFlags) startScribe(stderr io.Writer) (*scribe, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start the process that writes cases: %w", err)
	}
	cmd := exec.Command(program, "scribe", "--config", f.config, "--out", f.out, "--per-shape", strconv.Itoa(f.keep.perShape))
	cmd.Args[0] = os.Args[0]
	cmd.Stderr, cmd.SysProcAttr = stderr, &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err == nil {
		var out io.Reader
		if out, err = cmd.StdoutPipe(); err == nil {
			err = cmd.Start()
			return &scribe{out, in, cmd}, wrapStart(err)
		}
	}
	return nil, wrapStart(err)
}

func wrapStart(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("start the process that writes cases: %w", err)
}

// hurry lets a scribe do what is left as quickly as it can: nobody is answered any more.
func (s *scribe) hurry() { usualPriority(s.cmd.Process.Pid) }

// wait waits for the end of a scribe whose pipe was closed, at most for some seconds.
func (s *scribe) wait() error {
	stop := time.AfterFunc(10*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer stop.Stop()
	if err := s.cmd.Wait(); err != nil {
		return incomplete(errors.Join(errors.New("the process that writes cases did not end well"), err))
	}
	return nil
}
