// Package ports finds ports for programs that listen by themselves.
package ports

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// A program listens some time after its port was chosen. Ports below the ranges from
// which systems give out ports by themselves (Linux from 32768, ip_local_port_range in
// ip(7); others from 49152, RFC 6335) are not taken by a connection or a listener of
// somebody else meanwhile.
const from, to = 15000, 32000

// given are the ports of this process that were chosen; none is chosen twice.
var given sync.Map

// Free is a TCP port of the loopback that nobody uses now.
func Free() (int, error) {
	for range 1000 {
		port := from + rand.IntN(to-from) //nolint:gosec // it is no secret
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		if _, taken := given.LoadOrStore(port, true); !taken {
			return port, nil
		}
	}
	return 0, errors.New("find a free port: none left between 15000 and 32000")
}

// FreeAddress is the address of a free port, HOST:PORT.
func FreeAddress() (string, error) {
	port, err := Free()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), err
}
