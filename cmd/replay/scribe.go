package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder"
)

// scribeGCPercent is for who holds some megabytes, and would collect ten times a second.
const scribeGCPercent = 400

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
			debug.SetGCPercent(scribeGCPercent)
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

// scribes starts the process that makes and writes cases, and another where that ended
// before its time.
type scribes struct {
	flags  *recordFlags
	stderr io.Writer

	mu      sync.Mutex
	current *scribe // nil before the first
}

// scribe is a running one, as a pipe.
type scribe struct {
	io.Reader
	io.WriteCloser
	cmd *exec.Cmd
}

// errNoScribe is the error of a machine that starts no process.
var errNoScribe = errors.New("this program cannot be started once more")

// start starts this program once more, in a process group of its own, so that Ctrl-C does
// not reach it: it ends when its input does. One that was there before has ended.
func (s *scribes) start() (io.ReadWriteCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		end := cmp.Or(s.current.end(), errors.New("without an error"))
		s.current = nil
		_, _ = fmt.Fprintf(s.stderr, "replay: the process that writes cases ended while recording: %v; what it had not written is lost, and counted; starting another\n", end)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoScribe, err)
	}
	cmd := exec.Command(program, "scribe", "--config", s.flags.config, "--out", s.flags.out)
	if n := s.flags.keep.perShape; n > 0 {
		cmd.Args = append(cmd.Args, "--per-shape", n.String())
	}
	cmd.Args[0] = os.Args[0]
	cmd.Stderr, cmd.SysProcAttr = s.stderr, &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoScribe, err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoScribe, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoScribe, err)
	}
	s.current = &scribe{out, in, cmd}
	return s.current, nil
}

// hurry lets the scribe do what is left as quickly as it can: nobody is answered any more.
func (s *scribes) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		usualPriority(s.current.cmd.Process.Pid)
	}
}

// wait waits for the end of the scribe, whose pipe was closed.
func (s *scribes) wait() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return nil
	}
	if err := s.current.end(); err != nil {
		return incomplete(fmt.Errorf("the process that writes cases did not end well: %w", err))
	}
	return nil
}

// end waits for the end of a scribe that has nothing to do any more, at most for some
// seconds.
func (s *scribe) end() error {
	_ = s.Close()
	stop := time.AfterFunc(10*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer stop.Stop()
	return s.cmd.Wait()
}
