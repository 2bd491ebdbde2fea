package server

import (
	"errors"
	"fmt"
	"net"
)

// ErrRefused is the reason of a refusal: replaying there could destroy what
// somebody needs.
var ErrRefused = errors.New("not a place to replay on")

// Loopback reports whether a host is this machine by its loopback, or a Unix
// socket. Names other than localhost are not looked up.
func Loopback(host string) bool {
	if host == "" || host == "localhost" || host[0] == '/' || host[0] == '@' {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Refuse is the refusal of an address, before anything is sent there.
func Refuse(kind, address, why string) error {
	return fmt.Errorf("%s at %s: %w: %s; its whole content is replaced for every case, so mark it with disposable: true only if nobody needs it", kind, address, ErrRefused, why)
}
