package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/upstream"
)

// exchange is one request to an upstream and its answer, as they pass.
type exchange struct {
	name, path string
	what       string // for people
	byClient   bool   // a Client takes it down, not a proxy
	target     *url.URL
	in         *http.Request
	request    *copied
	status     int // 0 until there is an answer
	header     http.Header
	response   *copied

	call  corpus.Call
	ended bool
	done  chan struct{}
}

type exchangeKey struct{}

func newExchange(name, path string, target *url.URL, r *http.Request) *exchange {
	return &exchange{
		name: name, path: path, what: r.Method + " of upstream " + name + " " + path,
		target: target, in: r, request: &copied{from: r.Body}, done: make(chan struct{}),
	}
}

func (e *exchange) context(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, e)
}

// exchangeOf is the exchange of a request that the proxy made.
func exchangeOf(r *http.Request) *exchange {
	e, _ := r.Context().Value(exchangeKey{}).(*exchange)
	return e
}

// answered is called with the answer's head.
func (e *exchange) answered(r *http.Response) {
	e.status, e.header = r.StatusCode, r.Header.Clone()
	if r.StatusCode == http.StatusSwitchingProtocols {
		return // its body is a connection
	}
	e.response = &copied{from: r.Body}
	r.Body = e.response
}

// read makes the call of what has passed. The error says why the corpus cannot
// hold it.
func (e *exchange) read() (call corpus.Call, err error) {
	switch {
	case e.status == 0:
		return call, errors.New("no answer")
	case e.response == nil:
		return call, errors.New("the connection was upgraded")
	}
	sent, whole, err := e.request.taken()
	if err != nil {
		return call, err
	}
	if n := e.in.ContentLength; n >= 0 && int64(len(sent)) != n || n < 0 && !whole {
		return call, errors.New("the upstream did not read the whole request")
	}
	got, whole, err := e.response.taken()
	switch {
	case err != nil:
		return call, err
	case !whole:
		return call, errors.New("the answer broke off")
	}
	call.Upstream = e.name
	if call.Request, err = upstream.Request(e.in.Method, e.path, e.in.URL.RawQuery, e.in.Header, sent); err != nil {
		return call, err
	}
	call.Response, err = upstream.Response(e.status, e.header, got)
	return call, err
}

// copied is a body of which a copy is kept while it passes.
type copied struct {
	from io.ReadCloser

	mu    sync.Mutex
	bytes bytes.Buffer
	large bool
	ended bool
}

func (c *copied) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.large = c.large || c.bytes.Len()+n > upstream.MaxBody; !c.large {
		c.bytes.Write(p[:n])
	}
	c.ended = c.ended || errors.Is(err, io.EOF)
	return n, err
}

func (c *copied) Close() error { return c.from.Close() }

// taken is the copy, and whether it is whole.
func (c *copied) taken() (body []byte, whole bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.large {
		return nil, false, fmt.Errorf("a body is larger than %d MiB", upstream.MaxBody>>20)
	}
	return bytes.Clone(c.bytes.Bytes()), c.ended, nil
}
