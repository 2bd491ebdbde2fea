// Package server runs the private server of a store: a process of installed
// binaries in a temporary folder, which ends with this program and leaves
// nothing behind.
package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/sidebyside/replay/harness/internal/guard"
)

// Options say what is run.
type Options struct {
	// Name is that of the server in messages.
	Name string
	// Command is the program with its arguments. It stays in the foreground.
	Command []string
	// Folder is the temporary folder, removed by Close.
	Folder string
	// User runs the process as another one, given by its ids; nil for this one.
	User *syscall.Credential
	// Stop is the signal that ends it, SIGTERM when 0.
	Stop syscall.Signal
	// Children says that it has some that outlive it: its whole process group is
	// ended.
	Children bool
	// Env are further variables, NAME=VALUE.
	Env []string
	// Timeout bounds the start, 30 s when 0.
	Timeout time.Duration
	// Ready tries the server; it is asked again until it returns nil.
	Ready func(ctx context.Context) error
}

// Server is a process that runs.
type Server struct {
	opts   Options
	cmd    *exec.Cmd
	log    *os.File
	exited chan struct{}
	guard  *guard.Guard
	once   sync.Once
}

// Time limits of a server.
const (
	startTimeout = 30 * time.Second
	stopTimeout  = 5 * time.Second
	readyEvery   = 5 * time.Millisecond
	logLines     = 10
)

// Start runs a server and waits until it is ready. The error has the last lines
// of its log. The folder is removed when it does not start.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	s := &Server{opts: o, exited: make(chan struct{})}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if s.log, err = os.Create(filepath.Join(o.Folder, "log")); err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Name, err)
	}
	cmd := exec.Command(o.Command[0], o.Command[1:]...) //nolint:gosec // the program is one of a store's own
	cmd.Dir, cmd.Stdout, cmd.Stderr = o.Folder, s.log, s.log
	cmd.Env = append(environment(o.Folder), o.Env...)
	cmd.SysProcAttr = attributes(o.User, o.stop())
	if err := run(cmd, s.exited); err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Name, err)
	}
	s.cmd = cmd
	s.guard = guard.Start(guardScript, []string{strconv.Itoa(cmd.Process.Pid), o.Folder}, nil)
	err = s.wait(ctx)
	return s, err
}

// guardScript ends what is left of a process group, and removes the folder. The
// process has been told by the kernel, and has a moment to end by itself.
const guardScript = `
sleep 0.5
kill -KILL -- "-$1"
rm -rf -- "$2"`

// environment keeps what programs need, and nothing that configures a server.
func environment(folder string) []string {
	env := []string{"HOME=" + folder, "LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func (s *Server) wait(ctx context.Context) error {
	limit := startTimeout
	if s.opts.Timeout > 0 {
		limit = s.opts.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := s.opts.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return s.Blame(fmt.Errorf("start %s: it exited (%s)", s.opts.Name, s.cmd.ProcessState))
		case <-ctx.Done():
			return s.Blame(fmt.Errorf("start %s: not ready: %w", s.opts.Name, errors.Join(context.Cause(ctx), err)))
		case <-time.After(readyEvery):
		}
	}
}

// Exited is closed when the process has ended.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Blame adds the last lines of the log to an error, and says when the process is
// gone.
func (s *Server) Blame(err error) error {
	select {
	case <-s.exited:
		err = fmt.Errorf("%w; the server is gone (%s)", err, s.cmd.ProcessState)
	default:
	}
	data, readErr := os.ReadFile(filepath.Join(s.opts.Folder, "log"))
	if readErr != nil || len(data) == 0 {
		return err
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	lines = lines[max(0, len(lines)-logLines):]
	return fmt.Errorf("%w\nlast lines of its log:\n    %s", err, strings.Join(lines, "\n    "))
}

// Close ends the process and removes the folder.
func (s *Server) Close() (err error) {
	s.once.Do(func() {
		if s.cmd != nil {
			s.stop()
		}
		if s.log != nil {
			_ = s.log.Close()
		}
		err = os.RemoveAll(s.opts.Folder)
		s.guard.Done()
	})
	return err
}

func (s *Server) stop() {
	s.signal(s.opts.stop())
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
	}
	if s.opts.Children || s.running() {
		s.signal(syscall.SIGKILL)
	}
	<-s.exited
}

// stop is the signal that ends it.
func (o Options) stop() syscall.Signal {
	if o.Stop == 0 {
		return syscall.SIGTERM
	}
	return o.Stop
}

func (s *Server) running() bool {
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

// signal sends to the process, or to its group. Who is gone needs none.
func (s *Server) signal(signal syscall.Signal) {
	if s.opts.Children {
		_ = syscall.Kill(-s.cmd.Process.Pid, signal)
		return
	}
	_ = s.cmd.Process.Signal(signal)
}
