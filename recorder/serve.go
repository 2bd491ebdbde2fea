package recorder

import (
	"context"
	"net/http"
	"time"
)

// serve has legacy answer, and hands the recording over. It returns when the client
// has the answer, or breaks off when the answer does.
func (t *take) serve(w http.ResponseWriter, arrived time.Time) {
	t.answer = &answer{ResponseWriter: w, limit: t.r.options.MaxBody, proxied: t.r.proxied, unwanted: t.skipped, broken: true}
	if t.skipped {
		t.answer.lasts = t.pass.outlast
	}
	ctx, over := t.context(t.request.Context())
	asked := time.Now()
	t.r.flying.Add(1)
	defer func() {
		over()
		t.answered()
		t.read()
		t.r.flying.Add(-1)
		t.measure(arrived, asked)
		t.handOver()
	}()
	t.r.legacy.ServeHTTP(t.answer, t.request.WithContext(ctx))
	t.answer.broken = false
	t.answer.finish()
}

// measure tells the metrics where the time went.
func (t *take) measure(arrived, asked time.Time) {
	t.r.received.Add(max(0, t.request.ContentLength))
	t.r.sent.Add(t.answer.passed)
	t.r.metrics.passed(asked.Sub(arrived)-t.waited, t.waited, t.ended.Sub(asked), time.Since(t.ended))
}

// context is what legacy is asked with. It does not end when the client goes away:
// legacy may go on, and the next operation must not meet it. After the timeout nobody
// waits any more, and only the client counts.
func (t *take) context(client context.Context) (_ context.Context, over func()) {
	ctx := context.WithValue(client, takeKey{}, t)
	if t.upstream != nil {
		ctx = context.WithValue(ctx, callsKey{}, t.upstream)
	}
	if !t.r.proxied {
		outlast := time.AfterFunc(t.r.options.Timeout, t.pass.outlast)
		return ctx, func() { outlast.Stop() } // a handler ends when it ends
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	outlast := time.AfterFunc(t.r.options.Timeout, func() {
		t.pass.outlast()
		context.AfterFunc(client, cancel)
	})
	return ctx, func() { outlast.Stop(); cancel() }
}

// answered ends what belongs to the operation: legacy has answered. Where it is a
// proxy that passes the answer on, the client has not got the whole of it.
func (t *take) answered() {
	t.end.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.request.Context()), grace)
		defer cancel()
		for _, rec := range t.recordings {
			t.guarded(func() { rec.Answered(ctx) })
		}
		t.upstream.answered()
		t.ended = time.Now()
	})
}

// grace is how long an answer may wait for legacy's own store calls to end. They
// have ended, as a rule, before legacy answers.
const grace = 100 * time.Millisecond

// handOver gives the turn back as early as can be, and the recording to who ends it.
func (t *take) handOver() {
	t.trusted()
	t.guarded(t.judge)
	switch {
	case t.skipped:
		t.leave()
		t.r.backlog.done()
	case !t.r.backlog.admit(t):
		t.skip("queue is full", "what was recorded is written too slowly")
		t.leave()
		t.r.backlog.done()
	case t.momentary():
		t.r.backlog.push(t)
		t.leave()
	case t.pass.claim == passing:
		t.r.backlog.settling.push(t)
	default:
		go t.settleNow() // others may wait for the turn
	}
}

// settleNow takes what must be taken while the operation has its turn.
func (t *take) settleNow() {
	t.guarded(t.settle)
	t.leave()
	t.r.backlog.push(t)
}

// judge gives up early what cannot become a case.
func (t *take) judge() {
	if t.pass.outlasted() {
		t.skip("operation outlasted the timeout", t.r.options.Timeout.String())
	}
	t.alone()
	if reason, detail := t.flaw(); reason != "" {
		t.skip(reason, detail)
	}
	for _, rec := range t.recordings {
		if f, ok := rec.(Flawed); ok {
			if u := f.Flaw(); u != nil {
				t.skip(u.Reason, u.Detail)
			}
		}
	}
}

// leave lets the next operation in, and the stores forget this one.
func (t *take) leave() {
	for _, rec := range t.recordings {
		rec.End()
	}
	t.upstream.end()
	t.r.traces.leave(t.trace)
	t.pass.leave()
}

// momentary says whether nothing is left to take from anything that goes on.
func (t *take) momentary() bool {
	for _, rec := range t.recordings {
		if m, ok := rec.(Momentary); !ok || !m.Momentary() {
			return false
		}
	}
	return t.upstream.over()
}
