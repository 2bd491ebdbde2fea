package recorder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Recorder is an http.Handler: the proxy before legacy, or what stands around it.
type Recorder struct {
	options Options
	legacy  http.Handler    // answers
	proxied bool            // legacy is another process
	relay   relay           // to that
	keep    map[string]bool // header names in canonical form
	// attributes is set where a store is an Attributor, or calls must be told apart.
	attributes bool
	selector   selector
	documents  *remembered[string, string] // texts of persisted queries by their hash
	classes    *classes
	names      []string // of the stores, sorted
	session    session
	turn       turn
	trust      trust
	traces     traces
	backlog    backlog
	counters   counters
	metrics    *metrics
	closed     atomic.Bool
	scribe     *scribe
	desk       *desk // where cases are made elsewhere; nil where the scribe is here
	// unrecorded counts the operations that are not recorded.
	unrecorded atomic.Int64
	// flying are the operations that legacy has not answered; received and sent are
	// bytes.
	flying, received, sent atomic.Int64
}

// New checks the options and returns a Recorder that is a proxy before
// Options.Target. The session, in which instants count as "now" for the names of
// cases, begins here.
func New(o Options) (*Recorder, error) {
	if o.Target == nil || o.Target.Host == "" {
		return nil, errors.New("new recorder: no target: give the URL of legacy's GraphQL endpoint")
	}
	r, err := newRecorder(o)
	if err != nil {
		return nil, err
	}
	r.proxied, r.relay, r.legacy = true, newRelay(r), r.proxy()
	return r, nil
}

// Handler records what next answers, without a proxy: for a service that is written
// in Go. It goes where next went; with a Target of a certain path, requests for other
// paths are passed on unseen.
//
// The service's own calls become part of the cases through [Client], or through the
// proxies of [NewUpstreams]. A store is observed as it is before a proxy: it has to
// be one of Options.Stores that the service uses. Without stores a case holds
// request, answer and calls, and says nothing of what was read or written.
func Handler(next http.Handler, o Options) (*Recorder, error) {
	if next == nil {
		return nil, errors.New("new recorder: no handler to record")
	}
	r, err := newRecorder(o)
	if err != nil {
		return nil, err
	}
	r.legacy = next
	return r, nil
}

func newRecorder(o Options) (*Recorder, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	r := &Recorder{
		options: o, attributes: o.attributed(), selector: newSelector(o.Select), keep: map[string]bool{},
		documents: newRemembered[string, string](), classes: newClasses(o.endpointQuery()), names: slices.Sorted(maps.Keys(o.Stores)),
	}
	for _, name := range o.KeepHeaders {
		r.keep[http.CanonicalHeaderKey(strings.TrimSpace(name))] = true
	}
	r.scribe = newScribe(o, 0)
	if o.Scribe != nil {
		var err error
		if r.desk, err = newDesk(o.Scribe, o.Base); err != nil {
			return nil, fmt.Errorf("new recorder: %w", err)
		}
		r.backlog.making.gather, r.backlog.making.done = gathering, r.desk.flush
	}
	r.backlog.open(o.Queue, o.QueueBytes, r.desk != nil, r.crowded)
	r.metrics = newMetrics(r)
	return r, nil
}

// crowded says whether as many operations are in flight as there are processors.
func (r *Recorder) crowded() bool { return int(r.flying.Load()) >= runtime.GOMAXPROCS(0) }

// ServeHTTP passes a request on to legacy, and records it if it can be a case.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	arrived := time.Now()
	if !r.graphQL(req) {
		r.aside(w, req)
		return
	}
	in, err := r.read(req)
	if err != nil {
		r.counters.saw(1)
		r.counters.skip("request broke off", err.Error())
		http.Error(w, "read request: "+err.Error(), http.StatusBadRequest)
		return
	}
	sampled := r.selector.sampled(req.Header)
	if in.unread != nil {
		r.single(w, req, intent{sampled: sampled, unread: func() operation { return r.readLate(in, sampled) }}, arrived)
		return
	}
	r.counters.saw(len(in.operations))
	recorded := r.selected(&in, sampled)
	switch {
	case !in.batch && in.operations[0].reason == subscription:
		// Its answer may not end, so nobody waits for it.
		r.counters.skip(subscription, in.operations[0].detail)
		r.aside(w, req)
	case in.batch && recorded:
		r.batch(w, req, in, arrived)
	case in.batch:
		r.single(w, req, intent{operation: unsplit(in.operations)}, arrived)
	default:
		r.single(w, req, intent{operation: in.operations[0]}, arrived)
	}
}

// selected says whether any operation of a request is to be recorded, and marks
// those that are left out.
func (r *Recorder) selected(in *incoming, sampled bool) (some bool) {
	for i := range in.operations {
		op := &in.operations[i]
		r.supply(op)
		if op.reason == "" {
			op.leftOut = r.selector.leaves(op, sampled)
		}
		if op.reason == "" && r.closed.Load() {
			op.leftOut = leftOutClosed
		}
		some = some || op.recorded()
	}
	return some
}

// single passes one request on as it is, and records it.
func (r *Recorder) single(w http.ResponseWriter, req *http.Request, i intent, arrived time.Time) {
	t, err := r.begin(req, i)
	if err != nil {
		return
	}
	t.serve(w, arrived)
}

// graphQL says whether a request asks for an operation: one for the endpoint's
// path that is neither a page for people, nor a preflight, nor a connection that
// stays open.
func (r *Recorder) graphQL(req *http.Request) bool {
	if !r.atEndpoint(req) {
		return false
	}
	switch upgrade := req.Header.Get("Upgrade"); {
	case strings.EqualFold(upgrade, "h2c"):
		// Java's clients offer it with each request; a server may ignore it (RFC 9110,
		// section 7.8), and both sides of a proxy are asked for themselves.
		req.Header.Del("Upgrade")
	case upgrade != "":
		r.counters.saw(1)
		r.counters.skip("connection upgrade", upgrade)
		return false
	}
	if req.Method == http.MethodGet {
		q := req.URL.Query()
		return q.Has("query") || q.Has("extensions") || q.Has("documentId")
	}
	return req.Method == http.MethodPost
}

func (r *Recorder) atEndpoint(req *http.Request) bool {
	t := r.options.Target
	return t == nil || strings.TrimSuffix(req.URL.Path, "/") == strings.TrimSuffix(t.Path, "/")
}

// read reads an operation's request so far as it can be one. What it is passed on
// with is the same, byte for byte.
func (r *Recorder) read(req *http.Request) (incoming, error) {
	switch in, ok := unreadable(req); {
	case ok:
		return in, nil
	case req.ContentLength > r.options.MaxBody:
		return single(r.tooLarge()), nil
	}
	body, err := r.readBody(req)
	if err != nil {
		return incoming{}, err
	}
	if int64(len(body)) > r.options.MaxBody {
		req.Body = readCloser{io.MultiReader(bytes.NewReader(body), req.Body), req.Body}
		return single(r.tooLarge()), nil
	}
	rewind(req, body)
	plain, err := unpacked(req.Header.Get("Content-Encoding"), body, r.options.MaxBody)
	if err != nil {
		return single(refused("request is compressed", err.Error())), nil
	}
	read := func() incoming {
		in := r.classes.parse(req.Method, req.Header.Get("Content-Type"), req.URL.RawQuery, plain)
		if !in.batch {
			in.operations[0].bytes = len(body)
		}
		return in
	}
	if r.canWait(req, plain) {
		return incoming{unread: read}, nil
	}
	return read(), nil
}

// readBody reads a body, or a little more than what is recorded of one.
func (r *Recorder) readBody(req *http.Request) ([]byte, error) {
	const most = 64 << 10 // bytes that are believed to come
	var body bytes.Buffer
	if n := req.ContentLength; n > 0 {
		body.Grow(int(min(n, most)) + bytes.MinRead) // of which ReadFrom wants to have so much left
	}
	_, err := body.ReadFrom(io.LimitReader(req.Body, r.options.MaxBody+1))
	return body.Bytes(), err
}

func (r *Recorder) tooLarge() operation {
	return refused("request too large", fmt.Sprintf("more than %d bytes", r.options.MaxBody))
}

// rewind gives a request a body that can be sent again, on another connection.
func rewind(req *http.Request, body []byte) {
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	if len(body) == 0 && req.ContentLength <= 0 {
		req.Body = http.NoBody
		return
	}
	req.Body, _ = req.GetBody() // it gives no error
}

// Summary says what was recorded so far. It waits for the operations in flight and
// for the queue, at most Options.Drain; what is left then is counted.
func (r *Recorder) Summary() Summary {
	ctx, cancel := context.WithTimeout(context.Background(), r.options.Drain)
	defer cancel()
	left := r.backlog.drained(ctx)
	return r.summary(left)
}

// Close ends the recording: what is in the queue is written while ctx lasts, and
// counted as not recorded after that. Requests are still passed on.
func (r *Recorder) Close(ctx context.Context) Summary {
	r.closed.Store(true)
	left := r.backlog.drained(ctx)
	r.backlog.abandon()
	r.desk.close()
	return r.summary(left)
}

func (r *Recorder) summary(left int) Summary {
	s := r.counters.summary()
	s.Unfinished = left
	s.StrayCalls = r.options.Upstreams.strayCalls()
	return s
}

type readCloser struct {
	io.Reader
	io.Closer
}
