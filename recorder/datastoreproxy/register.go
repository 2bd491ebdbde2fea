package datastoreproxy

import (
	"maps"
	"regexp"
	"slices"
	"sync"

	"google.golang.org/grpc/metadata"
)

// party is an operation that calls may belong to.
type party interface {
	comparable
	trace() string
	sole() bool
	unanswered() bool
	enter(md metadata.MD, marked bool) bool
	suspect(reason, detail string)
}

// register knows which operations are in flight, and by what their calls can be
// told.
type register[O party] struct {
	mu     sync.Mutex
	flight map[O]bool
	traces map[string][]O // those in flight, by trace id
	tokens map[string]O   // those in flight, by transaction
	ended  recent         // traces and transactions of others
	strays map[string]int // by reason
}

// Reasons why calls belong to nobody for certain, as a Summary names them.
const (
	noMark             = "store call without the operation's trace"
	foreignTrace       = "store call of an unknown trace"
	sharedTrace        = "several operations of one trace at a time"
	disagreement       = "trace and transaction disagree"
	foreignTransaction = "store call in a transaction of nobody"
	lateCall           = "store call after the answer"
	unknownCall        = "store call of an unknown method"
)

func (r *register[O]) add(o O) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight == nil {
		r.flight, r.traces, r.tokens, r.strays = map[O]bool{}, map[string][]O{}, map[string]O{}, map[string]int{}
	}
	r.flight[o] = true
	if trace := o.trace(); trace != "" {
		r.traces[trace] = append(r.traces[trace], o)
	}
}

// remove forgets an operation. Its trace and its transactions stay known for a
// while, so that late calls spoil nobody else.
func (r *register[O]) remove(o O) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.flight, o)
	for token, owner := range r.tokens {
		if owner == o {
			delete(r.tokens, token)
			r.ended.add(token)
		}
	}
	trace := o.trace()
	if trace == "" {
		return
	}
	isIt := func(other O) bool { return other == o }
	if r.traces[trace] = slices.DeleteFunc(slices.Clone(r.traces[trace]), isIt); len(r.traces[trace]) == 0 {
		delete(r.traces, trace)
		r.ended.add(trace)
	}
}

// began notes that a transaction belongs to an operation.
func (r *register[O]) began(token string, o O) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight[o] && token != "" {
		r.tokens[token] = o
	}
}

// enter returns the operation that a call belongs to, which then waits for it; false
// where there is none for certain. All that it may have belonged to are spoilt.
func (r *register[O]) enter(c *call) (o O, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var none O
	o, reason, suspects := r.owner(c)
	if o != none && !o.enter(c.md, traceOf(c.md) == o.trace()) {
		reason, suspects = lateCall, []O{o}
	}
	if reason == "" {
		return o, o != none
	}
	r.strays[reason]++
	for _, s := range suspects {
		s.suspect(reason, c.name)
	}
	return none, false
}

// owner tells whom a call belongs to, or why that is not certain, and to whom it
// may belong.
func (r *register[O]) owner(c *call) (o O, reason string, suspects []O) {
	var none O
	trace := traceOf(c.md)
	traced, owner := r.traces[trace], r.tokens[c.token]
	if owner == none {
		owner = r.tokens[c.previous]
	}
	switch {
	case owner != none && len(traced) > 0 && !slices.Contains(traced, owner):
		return none, disagreement, append(slices.Clone(traced), owner)
	case owner != none:
		return owner, "", nil
	case len(traced) == 1:
		return traced[0], "", nil
	case len(traced) > 1:
		return none, sharedTrace, traced
	case r.ended.has(trace), r.ended.has(c.token):
		return none, lateCall, nil
	}
	var all []O // what comes after the answer of an operation is no part of it
	for o := range r.flight {
		if o.unanswered() {
			all = append(all, o)
		}
	}
	switch {
	case len(all) == 0:
		return none, "", nil
	case c.token != "":
		return none, foreignTransaction, all
	case len(all) == 1 && all[0].sole():
		return all[0], "", nil
	case trace != "":
		return none, foreignTrace, all
	}
	return none, noMark, all
}

// unknown notes a call of a method that the proxy does not understand: it may have
// read or written anything.
func (r *register[O]) unknown(method string, md metadata.MD) {
	r.mu.Lock()
	defer r.mu.Unlock()
	suspects := r.traces[traceOf(md)]
	if len(suspects) == 0 {
		suspects = slices.Collect(maps.Keys(r.flight))
	}
	for _, o := range suspects {
		r.strays[unknownCall]++
		o.suspect(unknownCall, method)
	}
}

func (r *register[O]) counted() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.strays)
}

// traceOf is the trace id of a call, "" without exactly one.
func traceOf(md metadata.MD) string {
	values := md.Get("traceparent")
	if len(values) != 1 {
		return ""
	}
	if m := traceparent.FindStringSubmatch(values[0]); m != nil {
		return m[1]
	}
	return ""
}

// W3C Trace Context, section 3.2.2; later versions may append fields.
var traceparent = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$`)

// recent holds the last few thousand texts.
type recent struct {
	known map[string]bool
	order []string
}

func (r *recent) add(s string) {
	const most = 1 << 13
	if r.known == nil {
		r.known = map[string]bool{}
	}
	if r.known[s] {
		return
	}
	r.known[s] = true
	if r.order = append(r.order, s); len(r.order) > most {
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
}

func (r *recent) has(s string) bool { return s != "" && r.known[s] }
