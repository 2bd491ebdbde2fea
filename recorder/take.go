package recorder

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// take is the recording of one operation. It is in one pair of hands at a time:
// those of the request, then those of who takes what the stores saw, then those of
// the writer.
type take struct {
	r          *Recorder
	operation  operation
	unread     func() operation // reads it; nil once that was done
	came       *http.Request    // as the client sent it
	asked      time.Time        // when it came to its turn, by the clock of the options
	request    *http.Request    // as it goes to legacy
	trace      string
	pass       *pass
	waited     time.Duration // for the pass
	recordings map[string]Recording
	upstream   *operationCalls // nil without upstreams
	answer     *answer
	end        sync.Once // of the answer
	ended      time.Time // when legacy had answered
	draft
	settled bool
	skipped bool
	weight  int64 // in the queue, in bytes
}

// begin waits for the turn and starts the observation. The error is that of a client
// that went away while it waited.
func (r *Recorder) begin(req *http.Request, i intent) (*take, error) {
	r.backlog.began()
	began := time.Now()
	request, trace := r.traced(req)
	mode := r.mode(trace, r.traces.enter(trace))
	if mode != ExclusiveNone {
		i.read()
	}
	op := &i.operation
	pass, err := r.turn.enter(req.Context(), mode.claim(op, op.recorded()))
	if err != nil {
		i.read() // it counts as seen
		r.traces.leave(trace)
		r.counters.skip("client went away", "while another operation was in flight")
		r.backlog.done()
		return nil, err
	}
	t := &take{r: r, operation: *op, unread: i.unread, came: req, asked: r.options.Now(), request: request, trace: trace, pass: pass, waited: time.Since(began), recordings: map[string]Recording{}}
	// On trust, a call without a trace belongs to the only operation in flight, as it
	// does while they go one at a time: who sends one after the other loses nothing.
	sole := r.options.Exclusive != ExclusiveNone
	mark := Mark{Trace: trace, Sole: sole, Bystander: !i.wanted()}
	for _, name := range t.r.names {
		if s, ok := r.options.Stores[name].(Attributor); ok {
			t.recordings[name] = s.Begin(mark) // even of what cannot be a case: others are told apart from it
		}
	}
	t.upstream = r.options.Upstreams.begin(mark)
	if t.unread == nil {
		t.open()
	}
	return t, nil
}

// open starts the recording, if there is to be one.
func (t *take) open() {
	t.count(t.operation)
	t.alone()
	t.guarded(t.note)
	if t.skipped {
		t.r.goOnAtTimes(t.came.Context())
	}
}

// alone gives up the recording where the stores cannot tell it from what runs beside it.
func (t *take) alone() {
	if !t.skipped && t.pass.disturbed() {
		t.skip("beside a request that nobody waits for", "its effects cannot be told from those of a request that is no operation, or of an operation that outlasted the timeout")
	}
}

// note takes down the request, and has the stores observe.
func (t *take) note() {
	header := t.came.Header
	t.c.Request = t.operation.Request
	t.c.Request.Headers = t.r.kept(header)
	now := t.r.told(header, t.asked)
	t.spans = t.r.session.note(now)
	t.c.Recorded = corpus.Recorded{
		At:             now.UTC().Truncate(time.Millisecond),
		Implementation: t.r.options.Implementation, Revision: t.r.options.Revision,
	}
	if t.r.options.Identify != nil {
		t.header = header.Clone()
	}
	t.goOn(t.came.Context())
}

// goOn starts the observation of the stores that cannot tell operations apart.
func (t *take) goOn(ctx context.Context) {
	if len(t.recordings) == len(t.r.names) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, name := range t.r.names {
		if t.recordings[name] != nil {
			continue
		}
		s := t.r.options.Stores[name]
		if err := s.Continue(ctx); err != nil {
			t.unrecorded("store not observed", name, err)
		}
		t.recordings[name] = newLone(s)
	}
}

// goOnAtTimes has the stores forget what they saw of operations that are not
// recorded, so that they do not gather it for ever.
func (r *Recorder) goOnAtTimes(ctx context.Context) {
	const often = 256
	if r.unrecorded.Add(1)%often != 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, s := range r.options.Stores {
		if _, ok := s.(Attributor); !ok {
			_ = s.Continue(ctx) // the next recording will say what is wrong
		}
	}
}

// told is the time of a request as legacy knows it: that of the clock, if the request
// tells no other one.
func (r *Recorder) told(h http.Header, clock time.Time) time.Time {
	if r.options.NowHeader != "" {
		if told, err := time.Parse(time.RFC3339, h.Get(r.options.NowHeader)); err == nil {
			return told
		}
	}
	return clock
}

// kept are the headers that become part of a case.
func (r *Recorder) kept(h http.Header) map[string]string {
	var out map[string]string
	for name, values := range h {
		if r.keep[name] {
			if out == nil {
				out = map[string]string{}
			}
			out[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return out
}

// count counts an operation that is not recorded.
func (t *take) count(op operation) {
	for _, part := range op.parts {
		t.skipped = false
		t.count(part)
	}
	switch {
	case op.leftOut != "":
		t.r.counters.leaveOut(op.leftOut)
		t.skipped = true
	case op.reason != "":
		t.skip(op.reason, op.detail)
	}
}

// skip gives the recording up. One operation counts once.
func (t *take) skip(reason, example string) {
	if !t.skipped {
		t.r.counters.skip(reason, example)
	}
	t.skipped = true
}

// guarded keeps a panic in the recording from costing an answer.
func (t *take) guarded(f func()) {
	if t.skipped {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			t.skip("recording panicked", fmt.Sprint(p))
		}
	}()
	f()
}
