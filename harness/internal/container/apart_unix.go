//go:build unix

package container

import "syscall"

// apart is a session of its own.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
