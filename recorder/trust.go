package recorder

import "sync"

// trust learns under ExclusiveAuto whether legacy passes the trace of an operation on
// to all that it calls. Nothing is recorded on trust: what it decides is how many
// operations wait for each other, and how many are lost to a call without a trace.
type trust struct {
	mu    sync.Mutex
	given bool
	clean int // operations in a row all of whose calls carried their trace
	need  int // so many of them before trust is given
}

const (
	firstTrust = 16
	mostTrust  = 1 << 14
)

// mode says how the next operation is passed on.
func (t *trust) mode() Exclusive {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.given {
		return ExclusiveNone
	}
	return ExclusiveAll
}

// saw takes note of one operation's calls. One without a trace ends the trust, and
// from then on more is needed to give it again. An operation without calls says
// nothing.
func (t *trust) saw(calls, marked int) {
	if calls == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.need == 0 {
		t.need = firstTrust
	}
	switch {
	case marked == calls:
		t.clean++
		t.given = t.given || t.clean >= t.need
	case t.given:
		t.given, t.clean, t.need = false, 0, min(4*t.need, mostTrust)
	default:
		t.clean = 0
	}
}

// mode says how an operation is passed on that reaches legacy with this trace, which
// is shared where others in flight have it, too, as those of one page may.
func (r *Recorder) mode(trace string, shared bool) Exclusive {
	mode := r.options.Exclusive
	if mode != ExclusiveAuto {
		return mode
	}
	switch {
	case !r.options.tellsApart():
		return ExclusiveAll
	case len(r.options.Stores) == 0 && r.options.Upstreams == nil:
		return ExclusiveNone // there is nothing to tell apart
	case trace == "", shared:
		return ExclusiveAll
	}
	return r.trust.mode()
}

// traces counts the operations in flight by their trace.
type traces struct {
	mu sync.Mutex
	in map[string]int
}

// enter counts one in, and says whether others have its trace.
func (t *traces) enter(trace string) (shared bool) {
	if trace == "" {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.in == nil {
		t.in = map[string]int{}
	}
	t.in[trace]++
	return t.in[trace] > 1
}

func (t *traces) leave(trace string) {
	if trace == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.in[trace]--; t.in[trace] == 0 {
		delete(t.in, trace)
	}
}

// trusted tells the trust what an operation called.
func (t *take) trusted() {
	if t.r.options.Exclusive != ExclusiveAuto {
		return
	}
	calls, marked := t.upstream.told()
	for _, rec := range t.recordings {
		c, m := rec.Marked()
		calls, marked = calls+c, marked+m
	}
	t.r.trust.saw(calls, marked)
}
