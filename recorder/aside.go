package recorder

import (
	"context"
	"net/http"
)

// aside passes on a request of which no case is made and for which nobody waits: a page,
// another path, a connection that stays open, a subscription. Legacy may use its stores
// and upstreams for it, too, so that meanwhile a call without a trace is no longer of the
// only operation in flight for certain.
func (r *Recorder) aside(w http.ResponseWriter, req *http.Request) {
	if r.closed.Load() || len(r.options.Stores) == 0 && r.options.Upstreams == nil {
		r.legacy.ServeHTTP(w, req)
		return
	}
	request, trace := r.traced(req)
	r.traces.enter(trace)
	defer r.traces.leave(trace)
	mark := Mark{Trace: trace, Sole: true, Bystander: true}
	ctx := request.Context()
	if calls := r.options.Upstreams.begin(mark); calls != nil {
		ctx = context.WithValue(ctx, callsKey{}, calls)
		defer calls.end()
	}
	recordings := r.bystanders(mark)
	defer func() {
		for _, rec := range recordings {
			rec.Answered(context.WithoutCancel(ctx))
			rec.End()
		}
	}()
	if !r.options.tellsApart() && !safe(req) {
		defer r.turn.intrude()()
	}
	r.legacy.ServeHTTP(w, request.WithContext(ctx))
}

// bystanders are the recordings, of which nothing is kept, of one request by each store.
func (r *Recorder) bystanders(m Mark) []Recording {
	var out []Recording
	for _, name := range r.names {
		if s, ok := r.options.Stores[name].(Attributor); ok {
			out = append(out, s.Begin(m))
		}
	}
	return out
}

// safe says whether a request asks for no change (RFC 9110, section 9.2.1). What comes
// over a connection that it opens may.
func safe(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return req.Header.Get("Upgrade") == ""
	}
	return false
}
