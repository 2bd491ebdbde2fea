package recorder

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"
)

// idleTimeout is how long connections are kept that nobody uses. Servers close them
// after a second or two, and an operation that meets the end of one cannot be sent
// again.
const idleTimeout = time.Second

// newTransport reaches legacy.
func newTransport() *http.Transport {
	return &http.Transport{
		DisableCompression: true, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: mostIdle, IdleConnTimeout: idleTimeout,
	}
}

// CleartextHTTP2 is a Transport that reaches legacy by HTTP/2 without TLS, with prior
// knowledge (RFC 9113, section 3.3).
func CleartextHTTP2() *http.Transport {
	t := newTransport()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetUnencryptedHTTP2(true)
	return t
}

// proxy passes requests on to legacy as they are, and its answers back, as they
// come: status, headers, body, trailers and interim answers, but for what belongs to
// one connection (RFC 9110, section 7.6.1).
func (r *Recorder) proxy() http.Handler {
	p := &httputil.ReverseProxy{
		Transport:      r.options.Transport,
		Rewrite:        r.rewrite,
		ModifyResponse: watchEnd,
		BufferPool:     buffers{},
		ErrorHandler:   noAnswer,
		ErrorLog:       log.New(io.Discard, "", 0), //nolint:forbidigo // keeps the proxy from writing to standard error
	}
	if p.Transport == nil {
		p.Transport = newTransport()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		// nil keeps net/http from adding what legacy did not say.
		w.Header()["Date"], w.Header()["Content-Type"] = nil, nil
		if r.relay.takes(req) {
			r.relay.ServeHTTP(w, req)
		} else {
			p.ServeHTTP(w, req)
		}
	})
}

// rewrite sends a request to legacy, with nothing added or taken away.
func (r *Recorder) rewrite(p *httputil.ProxyRequest) {
	target := r.options.Target
	p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = target.Scheme, target.Host, ""
	p.Out.URL.RawQuery = r.query(p.In)
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := p.In.Header[name]; ok {
			p.Out.Header[name] = values
		}
	}
}

// query is the query of the URL at which legacy is asked.
func (r *Recorder) query(in *http.Request) string {
	if in.URL.RawQuery == "" && r.atEndpoint(in) {
		return r.options.Target.RawQuery
	}
	return in.URL.RawQuery
}

type takeKey struct{}

// takeOf is the recording of a request on its way through the proxy, nil for none.
func takeOf(ctx context.Context) *take {
	t, _ := ctx.Value(takeKey{}).(*take)
	return t
}

// watchEnd has the recording told when legacy has answered.
func watchEnd(resp *http.Response) error {
	if t := takeOf(resp.Request.Context()); t != nil && resp.StatusCode != http.StatusSwitchingProtocols {
		if n := resp.ContentLength; n > 0 && n <= t.answer.limit {
			t.answer.body.Grow(int(n))
		}
		resp.Body = &ending{ReadCloser: resp.Body, take: t}
	}
	return nil
}

// ending is the body of legacy's answer.
type ending struct {
	io.ReadCloser
	take *take
}

// Read tells of the end before the client can have the whole answer.
func (e *ending) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		e.take.answered()
		e.take.answer.ended = true
	}
	return n, err
}

// noAnswer answers in legacy's stead.
func noAnswer(w http.ResponseWriter, req *http.Request, err error) {
	if t := takeOf(req.Context()); t != nil {
		t.answer.err = err
	}
	http.Error(w, "recorder: legacy gave no answer: "+err.Error(), http.StatusBadGateway)
}

// buffers is a pool for the pieces in which answers are passed on.
type buffers struct{}

var pieces = sync.Pool{New: func() any { return new([32 << 10]byte) }}

func (buffers) Get() []byte { return pieces.Get().(*[32 << 10]byte)[:] }

func (buffers) Put(b []byte) { pieces.Put((*[32 << 10]byte)(b)) }
