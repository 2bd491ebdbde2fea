package recorder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// Upstreams are the reverse proxies through which legacy reaches other services
// while it is recorded. They pass everything on, byte for byte as it comes, and
// take down each request with its answer for the operation that it belongs to. The
// zero Upstreams have no proxies: they know the operations in flight, for [Client].
type Upstreams struct {
	targets  map[string]*url.URL
	listener net.Listener
	server   *http.Server
	proxy    *httputil.ReverseProxy

	mu     sync.Mutex
	active []*operationCalls
	strays int
}

// NewUpstreams listens on the loopback for requests to the services of these
// names and addresses. The caller closes it.
func NewUpstreams(targets map[string]*url.URL) (*Upstreams, error) {
	for name, target := range targets {
		if target == nil || target.Host == "" {
			return nil, fmt.Errorf("record upstream %q: no target: say where the service is", name)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("record upstreams: %w", err)
	}
	u := &Upstreams{targets: targets, listener: l}
	u.proxy = &httputil.ReverseProxy{
		Transport:      &http.Transport{Proxy: http.ProxyFromEnvironment, DisableCompression: true, MaxIdleConnsPerHost: 8},
		FlushInterval:  -1,
		Rewrite:        u.rewrite,
		ModifyResponse: func(r *http.Response) error { exchangeOf(r.Request).answered(r); return nil },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "recorder: the upstream gave no answer: "+err.Error(), http.StatusBadGateway)
		},
		ErrorLog: log.New(io.Discard, "", 0), //nolint:forbidigo // keeps the proxy from writing to standard error
	}
	u.server = &http.Server{Handler: u, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = u.server.Serve(l) }()
	return u, nil
}

// URL is where legacy reaches a service.
func (u *Upstreams) URL(name string) string {
	return "http://" + u.listener.Addr().String() + "/" + name
}

// Close ends the proxies; there may be none.
func (u *Upstreams) Close() {
	if u != nil && u.server != nil {
		_ = u.server.Close() // nobody is served any more, whatever it says
	}
}

// ServeHTTP passes one request on. The first segment of its path names the
// service.
func (u *Upstreams) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, path, slash := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if slash {
		path = "/" + path
	}
	target := u.targets[name]
	if target == nil {
		http.Error(w, fmt.Sprintf("recorder: there is no upstream %q", name), http.StatusBadGateway)
		return
	}
	e := newExchange(name, path, target, r)
	if owner := u.owner(r.Context(), r.Header.Get("Traceparent"), e); owner != nil {
		defer func() { owner.finish(e, e.read) }()
	}
	u.proxy.ServeHTTP(w, r.WithContext(e.context(r.Context())))
}

// rewrite sends a request to its target, with nothing added.
func (u *Upstreams) rewrite(p *httputil.ProxyRequest) {
	e := exchangeOf(p.Out)
	out := *e.target
	if e.path != "" {
		out.RawPath = strings.TrimSuffix(e.target.EscapedPath(), "/") + e.path
		if path, err := url.PathUnescape(out.RawPath); err == nil {
			out.Path = path
		}
	}
	out.RawQuery = strings.Trim(e.target.RawQuery+"&"+p.In.URL.RawQuery, "&")
	p.Out.URL, p.Out.Host = &out, ""
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := p.In.Header[name]; ok {
			p.Out.Header[name] = values
		}
	}
	if p.Out.Body != nil {
		p.Out.Body = e.request
	}
}

// begin starts the recording of an operation's calls; nil without upstreams.
func (u *Upstreams) begin(m Mark) *operationCalls {
	if u == nil {
		return nil
	}
	c := &operationCalls{upstreams: u, mark: m}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.active = append(u.active, c)
	return c
}

// owner is the operation that a call belongs to for certain: the one in whose context
// it is made or whose trace it carries, else the only one in flight. Where that cannot
// be told, nobody's calls are known.
func (u *Upstreams) owner(ctx context.Context, header string, e *exchange) *operationCalls {
	u.mu.Lock()
	defer u.mu.Unlock()
	owner, _ := ctx.Value(callsKey{}).(*operationCalls)
	if owner != nil && owner.upstreams != u {
		owner = nil
	}
	var traced []*operationCalls
	if m := traceparent.FindStringSubmatch(header); owner == nil && m != nil {
		for _, c := range u.active {
			if c.mark.Trace == m[1] {
				traced = append(traced, c)
			}
		}
	}
	var open []*operationCalls // what comes after the answer of an operation is no part of it
	for _, c := range u.active {
		if !c.late {
			open = append(open, c)
		}
	}
	switch {
	case owner != nil:
		owner.marked++
	case len(traced) == 1:
		owner = traced[0]
		owner.marked++
	case len(traced) > 1:
		for _, c := range traced {
			c.suspect("several operations of one trace at a time", e.what)
		}
		return nil
	case len(open) == 0:
		u.strays++
		return nil
	case len(open) == 1 && open[0].mark.Sole:
		owner = open[0]
	default:
		for _, c := range open {
			c.suspect("call of several operations", e.what)
		}
		return nil
	}
	if owner.late {
		u.strays++
		owner.spoil("call after the answer", e.what)
		return nil
	}
	owner.calls++
	if owner.mark.Bystander { // it may go on for hours
		return nil
	}
	if owner.twice(e) {
		owner.spoil("call not recorded", e.what+": a Client takes it down, and so does the proxy through which it goes; keep one of them")
	}
	owner.list = append(owner.list, e)
	return owner
}

// strayCalls counts the calls that came while no operation was in flight.
func (u *Upstreams) strayCalls() int {
	if u == nil {
		return 0
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.strays
}

// operationCalls are the calls of one operation, in the order in which they
// began. Its fields are guarded by upstreams.mu.
type operationCalls struct {
	upstreams *Upstreams
	mark      Mark
	late      bool // legacy has answered
	list      []*exchange
	spoiled   *Unrecorded
	// calls are those of the operation, or that may be its; marked are those that are
	// by its context or trace.
	calls, marked int
}

// twice says whether a call to the same upstream is under way that a Client takes down
// where this one is taken down by a proxy: they are most likely one.
func (c *operationCalls) twice(e *exchange) bool {
	for _, other := range c.list {
		if !e.byClient && other.byClient && !other.ended && other.name == e.name {
			return true
		}
	}
	return false
}

// suspect is spoil for a call that may be the operation's.
func (c *operationCalls) suspect(reason, detail string) {
	c.calls++
	c.spoil(reason, detail)
}

// told tells how many calls there were, and how many were marked.
func (c *operationCalls) told() (calls, marked int) {
	if c == nil {
		return 0, 0
	}
	c.upstreams.mu.Lock()
	defer c.upstreams.mu.Unlock()
	return c.calls, c.marked
}

func (c *operationCalls) spoil(reason, detail string) {
	if c.spoiled == nil {
		c.spoiled = &Unrecorded{reason, detail}
	}
}

// finish takes down a call that has ended. Reading it must not cost its answer.
func (c *operationCalls) finish(e *exchange, read func() (corpus.Call, error)) {
	call, err := guardedRead(read)
	c.upstreams.mu.Lock()
	defer c.upstreams.mu.Unlock()
	if err != nil {
		c.spoil("call not recorded", e.what+": "+err.Error())
	}
	e.call, e.ended = call, true
	close(e.done)
}

func guardedRead(read func() (corpus.Call, error)) (_ corpus.Call, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("recording panicked: %v", p)
		}
	}()
	return read()
}

// callGrace is how long the end of a call may lag behind legacy's answer: legacy
// has all of a call's answer a moment before the proxy knows that it has.
const callGrace = time.Second

// answered ends the operation. Calls that begin later are not part of it.
func (c *operationCalls) answered() {
	if c == nil {
		return
	}
	c.upstreams.mu.Lock()
	defer c.upstreams.mu.Unlock()
	c.late = true
}

// over says whether no call is in flight.
func (c *operationCalls) over() bool {
	if c == nil {
		return true
	}
	c.upstreams.mu.Lock()
	defer c.upstreams.mu.Unlock()
	for _, e := range c.list {
		if !e.ended {
			return false
		}
	}
	return true
}

// wait waits for the end of the calls. Those that are not over soon after the answer
// are not part of a case: legacy answered without them.
func (c *operationCalls) wait() {
	c.upstreams.mu.Lock()
	list := c.list
	c.upstreams.mu.Unlock()
	grace := time.NewTimer(callGrace)
	defer grace.Stop()
	for _, e := range list {
		select {
		case <-e.done:
		case <-grace.C:
			c.upstreams.mu.Lock()
			c.spoil("call not over", e.what+" had no whole answer when legacy answered")
			c.upstreams.mu.Unlock()
			return
		}
	}
}

// end forgets the operation.
func (c *operationCalls) end() {
	if c == nil {
		return
	}
	c.upstreams.mu.Lock()
	defer c.upstreams.mu.Unlock()
	for i, other := range c.upstreams.active {
		if other == c {
			c.upstreams.active = append(c.upstreams.active[:i:i], c.upstreams.active[i+1:]...)
			return
		}
	}
}

// calls takes down what legacy called for the operation.
func (t *take) calls() {
	c := t.upstream
	if c == nil || t.skipped {
		return
	}
	c.wait()
	c.upstreams.mu.Lock()
	defer c.upstreams.mu.Unlock()
	if c.spoiled != nil {
		t.unrecorded(c.spoiled.Reason, "", c.spoiled)
		return
	}
	for _, e := range c.list {
		if !e.ended {
			t.unrecorded("call not over", e.name, errors.New(e.what))
			return
		}
		t.c.Expect.Calls = append(t.c.Expect.Calls, e.call)
	}
}

// callsKey finds the calls of an operation in a context.
type callsKey struct{}
