// Package server runs the private server of a store: a process of installed
// binaries in a temporary folder, which ends with this program and leaves
// nothing behind.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
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
	// ended, also when this program is killed.
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
	life   *os.File // closed when this program ends; nil without children
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
	if o.Children {
		if cmd, err = s.watched(); err != nil {
			return nil, fmt.Errorf("start %s: %w", o.Name, err)
		}
		defer cmd.ExtraFiles[0].Close() //nolint:errcheck // the process has its own
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = o.Folder, s.log, s.log
	cmd.Env = append(environment(o.Folder), o.Env...)
	cmd.SysProcAttr = attributes(o.User)
	if err := run(cmd, s.exited); err != nil {
		return nil, fmt.Errorf("start %s: %w", o.Name, err)
	}
	s.cmd = cmd
	return s, s.wait(ctx)
}

// watched is the command beside a process that ends the whole group when we are
// gone: it reads a pipe of which we alone hold the other end.
func (s *Server) watched() (*exec.Cmd, error) {
	const script = `(read -r _ <&3; kill -KILL 0) & exec "$@"`
	ours, err := exec.LookPath(s.opts.Command[0])
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.life = write
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, "sh", ours}, s.opts.Command[1:]...)...) //nolint:gosec // our own script
	cmd.ExtraFiles = []*os.File{read}
	return cmd, nil
}

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
		for _, f := range []*os.File{s.log, s.life} {
			if f != nil {
				_ = f.Close()
			}
		}
		err = os.RemoveAll(s.opts.Folder)
	})
	return err
}

func (s *Server) stop() {
	signal := s.opts.Stop
	if signal == 0 {
		signal = syscall.SIGTERM
	}
	s.signal(signal)
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
	}
	if s.opts.Children || s.running() {
		s.signal(syscall.SIGKILL)
	}
	<-s.exited
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

// FreePort is a TCP port of the loopback that nobody uses now.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close() //nolint:errcheck // nothing was written
	return l.Addr().(*net.TCPAddr).Port, nil
}
