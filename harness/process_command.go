package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// command is an implementation that runs as a process of this machine.
type command struct {
	cmd    *exec.Cmd
	exited chan struct{}
	exit   error // valid once exited is closed
}

// startCommand runs the command, and waits until the implementation is ready.
func (l launch) startCommand(ctx context.Context) (*process, error) {
	values, err := l.values()
	if err != nil {
		return nil, err
	}
	c := l.config
	p := &process{config: c, endpoint: expand(c.Endpoint, values), client: newClient(), log: newLogTail(l.log)}
	if !l.choosesPort() {
		if err := portFree(c.Name, p.endpoint); err != nil {
			return nil, err
		}
	}
	words := expandAll(c.Command, values)
	run := &command{cmd: exec.Command(words[0], words[1:]...), exited: make(chan struct{})} //nolint:gosec // the user's own command
	run.cmd.Dir = c.Dir
	run.cmd.Env = environment(l.env, c.Env, values)
	run.cmd.Stdout, run.cmd.Stderr = p.log, p.log
	// A grandchild that keeps the pipe open must not hold Wait up.
	run.cmd.WaitDelay = time.Second
	ownGroup(run.cmd)
	if err := run.cmd.Start(); err != nil {
		return nil, &StartError{c.Name, fmt.Sprintf("run %q in %s: %v; check command, dir and build", strings.Join(words, " "), c.Dir, reason(err)), ""}
	}
	go func() {
		run.exit = run.cmd.Wait()
		close(run.exited)
	}()
	p.instance = run
	if err := p.awaitReady(ctx, expand(c.Ready, values)); err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

// Exited is closed when the process is gone.
func (c *command) Exited() <-chan struct{} { return c.exited }

// Why is the process's exit status.
func (c *command) Why() string {
	if c.exit == nil {
		return "exit status 0"
	}
	return c.exit.Error()
}

// Stop asks the process group to end, and ends it after the time.
func (c *command) Stop(grace time.Duration) error {
	signalGroup(c.cmd, syscall.SIGTERM)
	select {
	case <-c.exited:
	case <-time.After(grace):
	}
	return c.Close()
}

// Close ends the process group at once.
func (c *command) Close() error {
	signalGroup(c.cmd, syscall.SIGKILL)
	<-c.exited
	return nil
}

// environment is what the implementation sees: the caller's own, without
// credentials of real services, then what replay sets, then the configuration's.
func environment(ours, configured, values map[string]string) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if !secretVariable[name] {
			env = append(env, kv)
		}
	}
	add := func(k, v string) { env = append(env, k+"="+v) }
	add("PORT", values["PORT"])
	for k, v := range ours {
		add(k, v)
	}
	for k, v := range configured {
		add(k, expand(v, values))
	}
	return env
}

// secretVariable names credentials with which an implementation under test could
// reach something real.
var secretVariable = map[string]bool{
	"GOOGLE_APPLICATION_CREDENTIALS": true, "GOOGLE_API_KEY": true,
	"AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true,
	"DATABASE_URL": true, "REDIS_URL": true, "PGPASSWORD": true,
}
