//go:build unix

// Package socket looks at connections without taking anything from them.
package socket

import (
	"errors"
	"net"
	"syscall"
)

// State is what a connection has for its reader.
type State int

const (
	// Quiet is an open connection by which nothing has come.
	Quiet State = iota
	// Waiting is one by which something has come that nobody has read.
	Waiting
	// Ended is one that the other side has closed, or broken.
	Ended
)

// Look returns the state of a connection of TCP, while others may read from it.
// Of another kind of connection it says that it ended.
func Look(c net.Conn) State {
	s, ok := c.(syscall.Conn)
	if !ok {
		return Ended
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return Ended
	}
	state := Ended
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		n, _, e := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case errors.Is(e, syscall.EAGAIN), errors.Is(e, syscall.EINTR):
			state = Quiet
		case e == nil && n > 0:
			state = Waiting
		}
	})
	if err != nil {
		return Ended
	}
	return state
}
