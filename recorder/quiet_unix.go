//go:build unix

package recorder

import (
	"errors"
	"net"
	"syscall"
)

// quiet says whether a connection that nobody uses is open, and nothing has come by it.
func quiet(c net.Conn) bool {
	raw, err := c.(syscall.Conn).SyscallConn() // it is one of TCP
	if err != nil {
		return false
	}
	open := false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, e := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		open = errors.Is(e, syscall.EAGAIN)
		return true
	})
	return err == nil && open
}
