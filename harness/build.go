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

// build runs the build command of each implementation that this run starts.
func (r *runner) build(ctx context.Context) error {
	for _, i := range []*Implementation{r.config.Legacy, r.config.Candidate} {
		if i == nil || i.Name == "legacy" && r.recorded {
			continue
		}
		if r.opts.Log != nil && len(i.Build) > 0 {
			r.opts.Log("building " + i.Name)
		}
		if err := i.build(ctx, r.out); err != nil {
			return err
		}
		if err := i.provide(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (i *Implementation) build(ctx context.Context, out string) error {
	if len(i.Build) == 0 {
		return nil
	}
	command := expandAll(i.Build, map[string]string{"OUT": out})
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	tail := newLogTail(nil)
	cmd.Dir, cmd.Stdout, cmd.Stderr = i.Dir, tail, tail
	if i.buildEnv != nil {
		cmd.Env = append(os.Environ(), i.buildEnv...)
	}
	ownGroup(cmd)
	cmd.Cancel = func() error { signalGroup(cmd, syscall.SIGKILL); return nil }
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ErrInterrupted
		}
		return &StartError{i.Name, fmt.Sprintf("build %q in %s: %v", strings.Join(command, " "), i.Dir, reason(err)), tail.Last(3 * logLines)}
	}
	return nil
}
