package server

import "syscall"

// attributes have the kernel end the process when this program is killed, by the
// signal that lets it clean up.
func attributes(user *syscall.Credential, stop syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: stop, Credential: user}
}
