package recorder

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"sync"
	"time"
)

// direct sends small requests whose bodies are in memory, and reads the answers, in the
// goroutine that asks. http.Transport has two more for each connection, and waking them
// is a good part of what a proxy adds to an answer. Everything else goes by Transport.
type direct struct {
	*http.Transport
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

const (
	mostDirect = 64 << 10 // bytes of a body, so that it fits the buffers of a connection
	mostIdle   = 256      // links per address
)

func newDirect() *direct {
	return &direct{Transport: newTransport(), idle: map[string][]*link{}}
}

// RoundTrip is that of a http.RoundTripper.
func (d *direct) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "http" || req.GetBody == nil || req.ContentLength < 0 || req.ContentLength > mostDirect || req.URL.Port() == "" {
		return d.Transport.RoundTrip(req)
	}
	var text bytes.Buffer
	err := req.Write(&text)
	if req.Body != nil {
		_ = req.Body.Close() // it is in memory
	}
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	ctx := req.Context()
	l, err := d.link(ctx, req.URL.Host)
	if err != nil {
		return nil, err
	}
	giveUp := context.AfterFunc(ctx, func() { _ = l.Close() })
	resp, err := l.ask(text.Bytes(), req)
	if err != nil {
		giveUp()
		_ = l.Close()
		return nil, errors.Join(ctx.Err(), err)
	}
	resp.Body = &reply{ReadCloser: resp.Body, giveUp: giveUp, end: func(whole bool) {
		if whole && !resp.Close {
			d.keep(req.URL.Host, l)
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
		if time.Since(l.since) < d.IdleConnTimeout && l.open() {
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
	for old < len(list)-mostIdle || old < len(list) && l.since.Sub(list[old].since) > d.IdleConnTimeout {
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
	return quiet(l.Conn)
}

// ask sends a request and reads the head of the answer. Interim answers (RFC 9110,
// section 15.2) go to the trace of the request, as those of Transport do.
func (l *link) ask(text []byte, req *http.Request) (*http.Response, error) {
	if _, err := l.Write(text); err != nil {
		return nil, err
	}
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
		if t := httptrace.ContextClientTrace(req.Context()); t != nil && t.Got1xxResponse != nil {
			if err := t.Got1xxResponse(resp.StatusCode, textproto.MIMEHeader(resp.Header)); err != nil {
				return nil, err
			}
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
