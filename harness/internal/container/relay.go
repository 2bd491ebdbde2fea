package container

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Relay passes TCP connections on, both ways: from a container's network to what
// listens on this machine's loopback alone, and from there to a container.
type Relay struct {
	listener net.Listener
	target   string
	mu       sync.Mutex
	open     map[net.Conn]bool // nil once closed
	wg       sync.WaitGroup
}

// Forward listens at an address and connects each connection with the target.
func Forward(listen, target string) (*Relay, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("listen for containers: %w", err)
	}
	r := &Relay{listener: l, target: target, open: map[net.Conn]bool{}}
	r.wg.Go(r.accept)
	return r, nil
}

// Addr is where it listens.
func (r *Relay) Addr() string { return r.listener.Addr().String() }

// Close ends it with all its connections.
func (r *Relay) Close() error {
	err := r.listener.Close()
	r.mu.Lock()
	for c := range r.open {
		err = errors.Join(err, ignoreClosed(c.Close()))
	}
	r.open = nil
	r.mu.Unlock()
	r.wg.Wait()
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (r *Relay) accept() {
	for {
		from, err := r.listener.Accept()
		if err != nil {
			return // closed
		}
		r.wg.Go(func() { r.connect(from) })
	}
}

func (r *Relay) connect(from net.Conn) {
	to, err := net.Dial("tcp", r.target)
	if err != nil {
		// Nobody listens there: a reset says so as the target itself would.
		_ = from.(*net.TCPConn).SetLinger(0)
		_ = from.Close()
		return
	}
	if !r.keep(from, to) {
		return
	}
	defer r.drop(from, to)
	var wg sync.WaitGroup
	wg.Go(func() { copyAndClose(to, from) })
	wg.Go(func() { copyAndClose(from, to) })
	wg.Wait()
}

// copyAndClose passes the end of what is sent on: the other direction stays open.
func copyAndClose(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if t, ok := to.(*net.TCPConn); ok {
		if err != nil {
			_ = t.SetLinger(0) // a connection that broke ends as one
			_ = t.Close()
			return
		}
		_ = t.CloseWrite()
	}
}

func (r *Relay) keep(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		if r.open == nil {
			_ = c.Close()
			continue
		}
		r.open[c] = true
	}
	return r.open != nil
}

func (r *Relay) drop(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(r.open, c)
	}
}
