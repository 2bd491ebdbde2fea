// Package guard removes what this program would leave behind when it is killed
// with a signal that it cannot handle: processes, folders, containers.
//
// A guard is a shell that reads a pipe of which this program alone holds the other
// end. A line on it is an orderly end; its closing is our death, and then the shell
// runs a script. It has a session of its own, so that neither Ctrl-C nor the end
// of our process group reaches it.
package guard

import (
	"io"
	"os"
	"os/exec"
	"strings"
)

// Guard is a shell that waits.
type Guard struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

// Start has a script of /bin/sh run when this program is gone, with arguments and
// with variables beside ours. A nil guard, where there is no shell, guards
// nothing: what it is for is a second line.
func Start(script string, args, env []string) *Guard {
	cmd := exec.Command("/bin/sh", append([]string{"-c", "read -r _ && exit 0\n" + script, "guard"}, args...)...) //nolint:gosec // a script of ours
	cmd.Env, cmd.Dir, cmd.SysProcAttr = append(os.Environ(), env...), "/", apart()
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil
	}
	if cmd.Start() != nil {
		_ = pipe.Close()
		return nil
	}
	return &Guard{cmd, pipe}
}

// Folder has a folder removed.
func Folder(path string) *Guard { return Start(`rm -rf -- "$1"`, []string{path}, nil) }

// Done ends the guard, which has nothing to do any more.
func (g *Guard) Done() {
	if g == nil {
		return
	}
	_, _ = io.Copy(g.pipe, strings.NewReader("done\n")) // one that is gone needs no word
	_ = g.pipe.Close()
	_ = g.cmd.Wait()
}
