package recorder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// single passes one operation on and records it.
func (r *Recorder) single(w http.ResponseWriter, req *http.Request, body []byte, op operation) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), r.options.Timeout)
	defer cancel()
	t := r.begin(ctx, op, req)
	defer t.end()
	a, err := r.ask(ctx, t.request, body)
	if err != nil {
		t.skip("no answer", err.Error())
		unreachable(w, err)
		return
	}
	t.observe(ctx, a)
	defer t.finish(ctx)
	a.write(w)
}

// batch passes the elements of a batch on one by one, so that each has a fixture
// and effects of its own, and joins their answers. An answer that is no JSON
// cannot be joined: it stands for the whole batch.
func (r *Recorder) batch(w http.ResponseWriter, req *http.Request, operations []operation) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), r.options.Timeout)
	defer cancel()
	joined := answer{body: []byte("[")}
	var odd *answer
	for _, op := range operations {
		t := r.begin(ctx, op, req)
		a, err := r.ask(ctx, t.request, op.text)
		if err != nil {
			t.end()
			t.skip("no answer", err.Error())
			unreachable(w, err)
			return
		}
		t.observe(ctx, a)
		t.finish(ctx)
		t.end()
		joined.join(a)
		if _, err := corpus.ParseJSON(a.body); odd == nil && (err != nil || a.rest != nil || a.broken != nil) {
			odd = &a
		}
	}
	if odd != nil {
		odd.write(w)
		return
	}
	joined.body = append(joined.body, ']')
	joined.write(w)
}

// join appends the answer to an element. The batch has the headers of the first
// and, where the elements do not agree on a status, 200.
func (a *answer) join(element answer) {
	if a.header == nil {
		a.status, a.header = element.status, element.header.Clone()
	} else {
		a.body = append(a.body, ',')
	}
	if a.status != element.status {
		a.status = http.StatusOK
	}
	a.body = append(a.body, element.body...)
}

// take is the recording of one operation.
type take struct {
	r          *Recorder
	operation  operation
	request    *http.Request // as it goes to legacy
	recordings map[string]Recording
	upstream   *operationCalls // nil without upstreams
	c          corpus.Case
	skipped    bool
}

// begin starts the observation.
func (r *Recorder) begin(ctx context.Context, op operation, req *http.Request) *take {
	t := &take{r: r, operation: op, recordings: map[string]Recording{}}
	t.c.Request = op.Request
	t.c.Request.Headers = r.kept(req.Header)
	t.c.Recorded = corpus.Recorded{
		At:             r.now(req.Header).UTC().Truncate(time.Millisecond),
		Implementation: r.options.Implementation, Revision: r.options.Revision,
	}
	mark := Mark{Sole: r.options.Exclusive != ExclusiveNone}
	t.request, mark.Trace = r.traced(req)
	for _, name := range t.stores() {
		if s, ok := r.options.Stores[name].(Attributor); ok {
			t.recordings[name] = s.Begin(mark) // even of what cannot be a case: others are told apart from it
		}
	}
	t.upstream = r.options.Upstreams.begin(mark)
	if op.reason != "" {
		t.skip(op.reason, op.detail)
	}
	t.guarded(func() { t.identify(req.Header) })
	t.guarded(func() { t.goOn(ctx) })
	return t
}

// goOn starts the observation of the stores that cannot tell operations apart.
func (t *take) goOn(ctx context.Context) {
	for _, name := range t.stores() {
		if t.recordings[name] != nil {
			continue
		}
		s := t.r.options.Stores[name]
		if err := s.Continue(ctx); err != nil {
			t.unrecorded("store not observed", name, err)
		}
		t.recordings[name] = &alone{store: s}
	}
}

// end forgets what the stores know of the operation.
func (t *take) end() {
	for _, rec := range t.recordings {
		rec.End()
	}
	t.recordings = nil
	t.upstream.end()
}

// now is the time of a request, as legacy knows it.
func (r *Recorder) now(h http.Header) time.Time {
	if r.options.NowHeader != "" {
		if told, err := time.Parse(time.RFC3339, h.Get(r.options.NowHeader)); err == nil {
			r.session.note(told)
			return told
		}
	}
	now := r.options.Now()
	r.session.note(now)
	return now
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

// observe takes down the answer. What the stores saw until now belongs to it.
func (t *take) observe(ctx context.Context, a answer) {
	t.guarded(func() {
		if reason, detail := t.hears(a); reason != "" {
			t.skip(reason, detail)
		}
	})
	for _, name := range t.stores() {
		if rec := t.recordings[name]; rec != nil {
			rec.Answered(ctx)
		}
	}
	t.upstream.answered()
}

// hears takes down the answer, or says why it cannot be part of a case.
func (t *take) hears(a answer) (reason, detail string) {
	contentType := a.header.Get("Content-Type")
	mediaType, _, err := mime.ParseMediaType(contentType)
	switch {
	case a.broken != nil:
		return "answer broke off", a.broken.Error()
	case a.rest != nil && isJSON(a.header):
		return "answer too large", fmt.Sprintf("more than %d bytes", t.r.options.MaxBody)
	case a.rest != nil:
		return "answer is not JSON", fmt.Sprintf("%s: %s", t.operation.label(), contentType)
	case a.header.Get("Content-Encoding") != "" && a.header.Get("Content-Encoding") != "identity":
		return "answer is compressed", a.header.Get("Content-Encoding")
	}
	t.c.Expect.HTTP.Status = a.status
	if err == nil {
		t.c.Expect.HTTP.Headers = map[string]string{"content-type": mediaType}
	}
	if t.c.Expect.Response, err = corpus.ParseJSON(a.body); err != nil {
		return "answer is not JSON", fmt.Sprintf("%s: status %d, %s", t.operation.label(), a.status, err)
	}
	return "", ""
}

// finish takes effects and fixture and writes the case. The client has its answer
// by then.
func (t *take) finish(ctx context.Context) {
	t.guarded(func() {
		for _, name := range t.stores() {
			t.store(ctx, name)
		}
		t.calls()
		if t.skipped {
			return
		}
		if !t.redact() {
			return
		}
		if err := t.r.options.Base.place(&t.c); err != nil {
			t.skip("base not written", err.Error())
			return
		}
		t.c.Name = corpus.CaseName(&t.c, t.r.session.has)
		t.save()
	})
}

// store takes down what one store saw, and the fixture.
func (t *take) store(ctx context.Context, name string) {
	seen, err := t.recordings[name].Observe(ctx)
	if err != nil {
		t.unrecorded("store not observed", name, err)
		return
	}
	if len(seen.Effects) > 0 {
		if t.c.Expect.Effects == nil {
			t.c.Expect.Effects = map[string][]corpus.Effect{}
		}
		t.c.Expect.Effects[name] = seen.Effects
	}
	if len(seen.Approximate) > 0 && !slices.Contains(t.c.Tags, approximate) {
		t.c.Tags = append(t.c.Tags, approximate)
	}
	state, err := t.recordings[name].Fixture(ctx, store.FixtureOptions{Guards: t.r.options.Guards, Follow: t.r.options.Follow})
	if err != nil {
		t.unrecorded("fixture not taken", name, err)
		return
	}
	if !state.IsEmpty() {
		if t.c.Fixture.Stores == nil {
			t.c.Fixture.Stores = map[string]corpus.State{}
		}
		t.c.Fixture.Stores[name] = state
	}
}

// approximate is the tag of a case in which the content before a write was read
// beside the write, so that it may have changed in between.
const approximate = "approximate"

// unrecorded skips for the reason that the error gives, else for the one given.
func (t *take) unrecorded(reason, name string, err error) {
	if u := (*Unrecorded)(nil); errors.As(err, &u) {
		t.skip(u.Reason, u.Detail)
		return
	}
	t.skip(reason, fmt.Sprintf("%s: %s", name, err))
}

// save writes the case if its name is new.
func (t *take) save() {
	t.r.saving.Lock()
	outcome, err := save(t.r.options.Out, &t.c)
	t.r.saving.Unlock()
	switch {
	case errors.Is(err, errUnreadable):
		t.skip("case would not be readable", err.Error())
	case err != nil:
		t.skip("case not written", err.Error())
	case outcome == written:
		t.r.counters.recorded()
	case outcome == same:
		t.r.counters.unchanged()
	default:
		t.r.counters.differing(t.c.Name)
	}
}

func (t *take) stores() []string { return slices.Sorted(maps.Keys(t.r.options.Stores)) }

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
