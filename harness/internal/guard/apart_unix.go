//go:build unix

package guard

import "syscall"

// apart is a session of its own.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
