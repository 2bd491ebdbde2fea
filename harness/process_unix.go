//go:build unix

package harness

import (
	"os/exec"
	"syscall"
)

// signalGroup sends a signal to the process and its children. An error means
// that they are gone already.
func signalGroup(cmd *exec.Cmd, sig syscall.Signal) {
	_ = syscall.Kill(-cmd.Process.Pid, sig)
}
