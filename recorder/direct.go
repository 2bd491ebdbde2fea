package recorder

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/sidebyside/replay/recorder/internal/socket"
)

// direct sends small requests, and reads the answers, in the goroutine that asks.
// http.Transport has two more for each connection, and waking them is a good part of
// what a proxy adds to an answer.
type direct struct {
	dialer net.Dialer

	mu   sync.Mutex
	idle map[string][]*link // by address, the latest last
}

// link is a connection to legacy.
type link struct {
	net.Conn
	in    *bufio.Reader
	since time.Time // it is idle
}

const mostIdle = 256 // links per address

func newDirect() *direct { return &direct{idle: map[string][]*link{}} }

// ask sends the text of a request to an address, and reads the head of the answer.
// Answers before the answer (RFC 9110, section 15.2) go to interim, whose error ends the
// exchange. sent is called once the text has been sent, and nothing is to do but to
// wait. The request is req as far as the answer's form depends on it. The body has to
// be closed.
func (d *direct) ask(address string, text []byte, req *http.Request, sent func(), interim func(*http.Response) error) (*http.Response, error) {
	ctx := req.Context()
	l, err := d.link(ctx, address)
	if err != nil {
		return nil, err
	}
	giveUp := context.AfterFunc(ctx, func() { _ = l.Close() })
	resp, err := l.ask(text, req, sent, interim)
	if err != nil {
		giveUp()
		_ = l.Close()
		return nil, errors.Join(ctx.Err(), err)
	}
	resp.Body = &reply{ReadCloser: resp.Body, giveUp: giveUp, end: func(whole bool) {
		if whole && !resp.Close {
			d.keep(address, l)
		} else {
			_ = l.Close()
		}
	}}
	return resp, nil
}

// link is a connection that nobody uses: the latest, if legacy has not closed it, else
// a new one.
func (d *direct) link(ctx context.Context, address string) (*link, error) {
	for {
		d.mu.Lock()
		list := d.idle[address]
		if len(list) == 0 {
			d.mu.Unlock()
			break
		}
		l := list[len(list)-1]
		d.idle[address] = list[:len(list)-1]
		d.mu.Unlock()
		if time.Since(l.since) < idleTimeout && l.open() {
			return l, nil
		}
		_ = l.Close()
	}
	conn, err := d.dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &link{Conn: conn, in: bufio.NewReader(conn)}, nil
}

// keep has a connection used again. Those that nobody used for long are closed.
func (d *direct) keep(address string, l *link) {
	l.since = time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.idle[address]
	list = append(list, l)
	old := 0
	for old < len(list)-mostIdle || old < len(list) && l.since.Sub(list[old].since) > idleTimeout {
		_ = list[old].Close()
		old++
	}
	d.idle[address] = slices.Delete(list, 0, old)
}

// open says whether the other side has left an idle connection open, and sent nothing
// that nobody asked for.
func (l *link) open() bool {
	if l.in.Buffered() > 0 {
		return false
	}
	return socket.Look(l.Conn) == socket.Quiet
}

func (l *link) ask(text []byte, req *http.Request, sent func(), interim func(*http.Response) error) (*http.Response, error) {
	if _, err := l.Write(text); err != nil {
		return nil, err
	}
	sent()
	for {
		resp, err := http.ReadResponse(l.in, req)
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("legacy closed the connection before it answered")
		case err != nil:
			return nil, err
		case resp.StatusCode >= http.StatusOK || resp.StatusCode == http.StatusSwitchingProtocols:
			return resp, nil
		}
		if err := interim(resp); err != nil {
			return nil, err
		}
	}
}

// reply is the body of an answer.
type reply struct {
	io.ReadCloser
	giveUp func() bool
	end    func(whole bool)
	whole  bool
	closed bool
}

func (r *reply) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.whole = r.whole || errors.Is(err, io.EOF)
	return n, err
}

// Close gives the connection back. It is not safe for concurrent use, as Read is not.
func (r *reply) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	// A connection that was given up meanwhile is closed.
	r.end(r.giveUp() && r.whole)
	return nil
}
