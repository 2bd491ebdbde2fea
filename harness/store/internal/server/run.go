package server

import (
	"os/exec"
	"runtime"
)

// run starts a process and closes exited when it ends. The kernel ends the
// process with the thread that started it, so that thread stays.
func run(cmd *exec.Cmd, exited chan<- struct{}) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // ProcessState tells
			close(exited)
		}
	}()
	return <-started
}
