package harness

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the process into a group of its own, so that its children can be
// ended with it, and has the kernel end it when this program is killed.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
