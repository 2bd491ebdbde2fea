package datastoreproxy

import (
	"maps"
	"regexp"
	"slices"
	"sync"

	"google.golang.org/grpc/metadata"
)

// register knows which operations are in flight, and by what their calls can be
// told.
type register struct {
	mu     sync.Mutex
	flight map[*operation]bool
	traces map[string][]*operation // those in flight, by trace id
	tokens map[string]*operation   // those in flight, by transaction
	ended  recent                  // traces and transactions of others
	strays map[string]int          // by reason
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

func (r *register) add(o *operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight == nil {
		r.flight, r.traces, r.tokens, r.strays = map[*operation]bool{}, map[string][]*operation{}, map[string]*operation{}, map[string]int{}
	}
	r.flight[o] = true
	if o.mark.Trace != "" {
		r.traces[o.mark.Trace] = append(r.traces[o.mark.Trace], o)
	}
}

// remove forgets an operation. Its trace and its transactions stay known for a
// while, so that late calls spoil nobody else.
func (r *register) remove(o *operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.flight, o)
	for token, owner := range r.tokens {
		if owner == o {
			delete(r.tokens, token)
			r.ended.add(token)
		}
	}
	trace := o.mark.Trace
	if trace == "" {
		return
	}
	isIt := func(other *operation) bool { return other == o }
	if r.traces[trace] = slices.DeleteFunc(slices.Clone(r.traces[trace]), isIt); len(r.traces[trace]) == 0 {
		delete(r.traces, trace)
		r.ended.add(trace)
	}
}

// began notes that a transaction belongs to an operation.
func (r *register) began(token string, o *operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight[o] && token != "" {
		r.tokens[token] = o
	}
}

// enter returns the operation that a call belongs to, which then waits for it; nil
// where there is none for certain. All that it may have belonged to are spoilt.
func (r *register) enter(c *call) *operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	o, reason, suspects := r.owner(c)
	if o != nil && !o.enter(c.md) {
		reason, suspects = lateCall, []*operation{o}
	}
	if reason == "" {
		return o
	}
	r.strays[reason]++
	for _, s := range suspects {
		s.spoil(reason, c.name)
	}
	return nil
}

// owner tells whom a call belongs to, or why that is not certain, and to whom it
// may belong.
func (r *register) owner(c *call) (o *operation, reason string, suspects []*operation) {
	trace := traceOf(c.md)
	traced, owner := r.traces[trace], r.tokens[c.token]
	if owner == nil {
		owner = r.tokens[c.previous]
	}
	switch {
	case owner != nil && len(traced) > 0 && !slices.Contains(traced, owner):
		return nil, disagreement, append(slices.Clone(traced), owner)
	case owner != nil:
		return owner, "", nil
	case len(traced) == 1:
		return traced[0], "", nil
	case len(traced) > 1:
		return nil, sharedTrace, traced
	case r.ended.has(trace), r.ended.has(c.token):
		return nil, lateCall, nil
	case len(r.flight) == 0:
		return nil, "", nil
	}
	all := slices.Collect(maps.Keys(r.flight))
	switch {
	case c.token != "":
		return nil, foreignTransaction, all
	case len(all) == 1 && all[0].mark.Sole:
		return all[0], "", nil
	case trace != "":
		return nil, foreignTrace, all
	}
	return nil, noMark, all
}

// unknown notes a call of a method that the proxy does not understand: it may have
// read or written anything.
func (r *register) unknown(method string, md metadata.MD) {
	r.mu.Lock()
	defer r.mu.Unlock()
	suspects := r.traces[traceOf(md)]
	if len(suspects) == 0 {
		suspects = slices.Collect(maps.Keys(r.flight))
	}
	for _, o := range suspects {
		r.strays[unknownCall]++
		o.spoil(unknownCall, method)
	}
}

func (r *register) counted() map[string]int {
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
