package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// Options say what is recorded, and where to. Target, Stores and Out are needed.
type Options struct {
	// Target is legacy's GraphQL endpoint. Requests for its path are operations;
	// those for other paths are passed on to its host.
	Target *url.URL
	// Stores are those that legacy uses, by the names of the configuration.
	Stores map[string]store.Recordable
	// Upstreams are the services that legacy reaches through it; nil for none.
	Upstreams *Upstreams
	// Out is the corpus directory; it is made when the first case is written.
	Out string
	// KeepHeaders names the request headers that become part of a case. All
	// others are passed on, but never written.
	KeepHeaders []string
	// Identify makes of a request's headers the one in which the case keeps who
	// asks, in place of credentials; nil for none. An empty name adds nothing.
	Identify func(http.Header) (name, value string, err error)
	// Redact makes the case that is written of the one that was recorded, before
	// it has a name; nil to write it as it is. An error costs the recording, never
	// the answer, and stands in the Summary: it must hold no values.
	Redact func(*corpus.Case) (*corpus.Case, error)
	// Base is what fixtures stand on ([NewBase]); nil where each is whole.
	Base *Base
	// Exclusive says which operations run alone. Anything but ExclusiveAll needs
	// stores that are Attributors.
	Exclusive Exclusive
	// Guards and Follow say how far a fixture reaches (store.FixtureOptions).
	Guards, Follow int
	// Implementation and Revision say in each case what was recorded.
	Implementation, Revision string
	// Now is the clock, time.Now when nil.
	Now func() time.Time
	// NowHeader names the request header from which legacy takes the time, in RFC
	// 3339; "" for none. A request that has it is recorded at that time.
	NowHeader string
	// Timeout bounds one operation, 1 minute when 0.
	Timeout time.Duration
	// MaxBody is the largest request or answer that is recorded, in bytes; 32 MiB
	// when 0.
	MaxBody int64
	// Transport reaches legacy; a plain one of net/http, without proxies, when
	// nil.
	Transport http.RoundTripper
}

// Recorder is the proxy: an http.Handler.
type Recorder struct {
	options Options
	keep    map[string]bool // header names in canonical form
	// attributes is set where a store is an Attributor, or calls must be told apart.
	attributes bool
	session    session
	turn       *semaphore.Weighted // an operation needs a part of it, or all
	saving     sync.Mutex
	pass       *httputil.ReverseProxy
	counters   counters
}

// New checks the options and returns a Recorder. The session, in which instants
// count as "now" for the names of cases, begins here.
func New(o Options) (*Recorder, error) {
	switch {
	case o.Target == nil || o.Target.Host == "":
		return nil, errors.New("new recorder: no target: give the URL of legacy's GraphQL endpoint")
	case o.Out == "":
		return nil, errors.New("new recorder: no directory to write cases to")
	case o.Guards < 0 || o.Follow < 0:
		return nil, fmt.Errorf("new recorder: guards %d and follow %d must not be negative", o.Guards, o.Follow)
	}
	attributors := 0
	for name, s := range o.Stores {
		if _, ok := s.(Attributor); ok {
			attributors++
		} else if o.Exclusive != ExclusiveAll {
			return nil, fmt.Errorf("new recorder: store %q cannot tell operations apart: record one at a time (exclusive: all)", name)
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	if o.MaxBody == 0 {
		o.MaxBody = 32 << 20
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4}
	}
	r := &Recorder{options: o, turn: semaphore.NewWeighted(whole), attributes: attributors > 0 || o.Upstreams != nil && o.Exclusive != ExclusiveAll, keep: map[string]bool{}}
	r.pass = r.passThrough()
	for _, name := range o.KeepHeaders {
		r.keep[http.CanonicalHeaderKey(strings.TrimSpace(name))] = true
	}
	return r, nil
}

// ServeHTTP passes a request on to legacy, and records it if it can be a case.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !r.graphQL(req) {
		r.pass.ServeHTTP(w, req)
		return
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, r.options.MaxBody+1))
	if err != nil {
		r.counters.skip("request broke off", err.Error())
		http.Error(w, "read request: "+err.Error(), http.StatusBadRequest)
		return
	}
	if int64(len(body)) > r.options.MaxBody {
		r.counters.skip("request too large", fmt.Sprintf("more than %d bytes", r.options.MaxBody))
		req.Body = readCloser{io.MultiReader(bytes.NewReader(body), req.Body), req.Body}
		r.inTurn(req.Context(), whole, func() { r.pass.ServeHTTP(w, req) })
		return
	}
	in := parse(req.Method, req.Header.Get("Content-Type"), req.URL.RawQuery, body)
	switch {
	case in.stream:
		r.counters.skip(in.operations[0].reason, in.operations[0].detail)
		req.Body = io.NopCloser(bytes.NewReader(body))
		r.pass.ServeHTTP(w, req)
	case in.batch:
		r.inTurn(req.Context(), r.weight(in.operations), func() { r.batch(w, req, in.operations) })
	default:
		r.inTurn(req.Context(), r.weight(in.operations), func() { r.single(w, req, body, in.operations[0]) })
	}
}

// graphQL says whether a request asks for an operation: one for the endpoint's
// path that is neither a page for people, nor a preflight, nor a connection that
// stays open.
func (r *Recorder) graphQL(req *http.Request) bool {
	if strings.TrimSuffix(req.URL.Path, "/") != strings.TrimSuffix(r.options.Target.Path, "/") {
		return false
	}
	switch {
	case req.Header.Get("Upgrade") != "":
		r.counters.skip("connection upgrade", req.Header.Get("Upgrade"))
		return false
	case req.Method == http.MethodGet:
		q := req.URL.Query()
		return q.Has("query") || q.Has("extensions")
	default:
		return req.Method == http.MethodPost
	}
}

// inTurn calls f when its part of the turn is free. A client that goes away while
// waiting is not served.
func (r *Recorder) inTurn(ctx context.Context, weight int64, f func()) {
	if r.turn.Acquire(ctx, weight) != nil {
		r.counters.skip("client went away", "while another operation was in flight")
		return
	}
	defer r.turn.Release(weight)
	f()
}

// Summary says what was recorded so far. It waits for the operations in flight.
func (r *Recorder) Summary() Summary {
	_ = r.turn.Acquire(context.Background(), whole) // it cannot end
	defer r.turn.Release(whole)
	s := r.counters.summary()
	s.StrayCalls = r.options.Upstreams.strayCalls()
	return s
}

type readCloser struct {
	io.Reader
	io.Closer
}
