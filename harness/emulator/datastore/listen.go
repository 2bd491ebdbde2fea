package datastore

import (
	"net"
	"sync"
	"time"
)

// split shares one listener between gRPC and everything else: a connection
// that opens with the preface of HTTP/2 is gRPC's. Each side then serves the
// bare connection, so that gRPC keeps its own fast transport.
type split struct {
	from net.Listener
	grpc *side
	http *side
}

// side is the listener that one of the two servers sees.
type side struct {
	addr  net.Addr
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newSplit(l net.Listener) *split {
	newSide := func() *side {
		return &side{addr: l.Addr(), conns: make(chan net.Conn), done: make(chan struct{})}
	}
	s := &split{from: l, grpc: newSide(), http: newSide()}
	go s.run()
	return s
}

// run accepts until the listener is closed.
func (s *split) run() {
	for {
		c, err := s.from.Accept()
		if err != nil {
			s.grpc.stop()
			s.http.stop()
			return
		}
		go s.route(c)
	}
}

// patience is how long a fresh connection may stay silent.
const patience = 30 * time.Second

// route reads the first bytes: the preface of HTTP/2 begins with "PRI ", which
// is no method of HTTP/1.
func (s *split) route(c net.Conn) {
	head := make([]byte, 4)
	_ = c.SetReadDeadline(time.Now().Add(patience)) // a failure shows in the read
	n := 0
	for n < len(head) {
		m, err := c.Read(head[n:])
		n += m
		if err != nil {
			_ = c.Close() // nobody is there to be told
			return
		}
		if string(head[:n]) != "PRI "[:n] {
			break
		}
	}
	_ = c.SetReadDeadline(time.Time{})
	to := s.http
	if n == len(head) && string(head) == "PRI " {
		to = s.grpc
	}
	select {
	case to.conns <- &peeked{Conn: c, head: head[:n]}:
	case <-to.done:
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (s *side) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (s *side) Close() error {
	s.stop()
	return nil
}

func (s *side) stop() { s.once.Do(func() { close(s.done) }) }

// Addr implements net.Listener.
func (s *side) Addr() net.Addr { return s.addr }

// peeked gives the bytes back that route has read.
type peeked struct {
	net.Conn
	head []byte
}

func (p *peeked) Read(b []byte) (int, error) {
	if len(p.head) == 0 {
		return p.Conn.Read(b)
	}
	n := copy(b, p.head)
	p.head = p.head[n:]
	return n, nil
}
