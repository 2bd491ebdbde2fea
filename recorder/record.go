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
	t := r.begin(ctx, op, req.Header)
	a, err := r.ask(ctx, req, body)
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
		t := r.begin(ctx, op, req.Header)
		a, err := r.ask(ctx, req, op.text)
		if err != nil {
			t.skip("no answer", err.Error())
			unreachable(w, err)
			return
		}
		t.observe(ctx, a)
		t.finish(ctx)
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
	r         *Recorder
	operation operation
	c         corpus.Case
	skipped   bool
}

// begin starts the observation.
func (r *Recorder) begin(ctx context.Context, op operation, header http.Header) *take {
	t := &take{r: r, operation: op}
	t.c.Request = op.Request
	t.c.Request.Headers = r.kept(header)
	t.c.Recorded = corpus.Recorded{
		At:             r.now(header).UTC().Truncate(time.Millisecond),
		Implementation: r.options.Implementation, Revision: r.options.Revision,
	}
	if op.reason != "" {
		t.skip(op.reason, op.detail)
	}
	t.guarded(func() {
		for _, name := range t.stores() {
			if err := r.options.Stores[name].Continue(ctx); err != nil {
				t.skip("store not observed", fmt.Sprintf("%s: %s", name, err))
			}
		}
	})
	return t
}

// now is the time of a request, as legacy knows it.
func (r *Recorder) now(h http.Header) time.Time {
	if r.options.NowHeader != "" {
		if told, err := time.Parse(time.RFC3339, h.Get(r.options.NowHeader)); err == nil {
			return told
		}
	}
	return r.options.Now()
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

// observe takes down the answer and what the stores saw until now.
func (t *take) observe(ctx context.Context, a answer) {
	t.guarded(func() {
		if reason, detail := t.hears(a); reason != "" {
			t.skip(reason, detail)
			return
		}
		for _, name := range t.stores() {
			seen, err := t.r.options.Stores[name].Observe(ctx)
			if err != nil {
				t.skip("store not observed", fmt.Sprintf("%s: %s", name, err))
			}
			if len(seen.Effects) > 0 {
				t.effects(name, seen)
			}
		}
	})
}

func (t *take) effects(name string, seen store.Observed) {
	if t.c.Expect.Effects == nil {
		t.c.Expect.Effects = map[string][]corpus.Effect{}
	}
	t.c.Expect.Effects[name] = seen.Effects
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

// finish takes the fixture and writes the case. The client has its answer by
// then.
func (t *take) finish(ctx context.Context) {
	if t.skipped {
		return
	}
	t.guarded(func() {
		options := store.FixtureOptions{Guards: t.r.options.Guards, Follow: t.r.options.Follow}
		for _, name := range t.stores() {
			state, err := t.r.options.Stores[name].Fixture(ctx, options)
			if err != nil {
				t.skip("fixture not taken", fmt.Sprintf("%s: %s", name, err))
				return
			}
			if len(state.Entities)+len(state.Absent) > 0 {
				if t.c.Fixture.Stores == nil {
					t.c.Fixture.Stores = map[string]corpus.State{}
				}
				t.c.Fixture.Stores[name] = state
			}
		}
		t.c.Name = corpus.CaseName(&t.c, t.r.since)
		t.save()
	})
}

// save writes the case if its name is new.
func (t *take) save() {
	outcome, err := save(t.r.options.Out, &t.c)
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
