package datastoreproxy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/recorder"
	"github.com/sidebyside/replay/recorder/datastoreproxy"
)

var wide = store.FixtureOptions{Guards: 3, Follow: 1}

// What is recorded of an operation that is alone is what the journal yields.
func TestWatchedIsTheJournal(t *testing.T) {
	plain, behind := openStore(t, school()), openStore(t, school())
	watched := datastoreproxy.Watch(behind)
	clients := [2]*client{newTold(t, plain.URL(), plain), newTold(t, behind.URL(), nil)}
	rapid.Check(t, func(rt *rapid.T) {
		for _, s := range []*datastore.Store{plain, behind} {
			if err := s.Seed(t.Context(), school()); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 4).Draw(rt, "operations") {
			acts := rapid.SliceOfN(rapid.Custom(drawAct), 1, 4).Draw(rt, "acts")
			want := clients[0].operate(rt, acts)
			o := watched.Begin(recorder.Mark{Sole: true})
			var got outcome
			for _, a := range acts {
				got.told = append(got.told, a.do(t.Context(), clients[1].Client))
			}
			got = finish(rt, o, got)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{}), cmpopts.EquateEmpty(), equalValues); diff != "" {
				rt.Fatalf("journal (-), watched (+):\n%s", diff)
			}
		}
	})
}

// finish ends an operation, which must be recorded.
func finish(rt *rapid.T, o recorder.Recording, out outcome) outcome {
	rt.Helper()
	out, err := finished(o, out)
	if err != nil {
		rt.Fatal(err)
	}
	return out
}

func finished(o recorder.Recording, out outcome) (outcome, error) {
	ctx := context.Background()
	o.Answered(ctx)
	o.End()
	var err error
	if out.seen, err = o.Observe(ctx); err != nil {
		return out, err
	}
	out.fixture, err = o.Fixture(ctx, wide)
	return out, err
}

// While one operation goes on, another one reads and writes the same few entities. What
// is recorded of the first happens again, with the same answers and effects, where its
// fixture is all there is; else it is not recorded.
func TestWatchedBesideOthers(t *testing.T) {
	otel.SetTextMapPropagator(propagation.TraceContext{}) // the official client reads it
	behind, fresh := openStore(t, school()), openStore(t, corpus.State{})
	watched, again := datastoreproxy.Watch(behind), newTold(t, fresh.URL(), fresh)
	here := newClient(t, behind.URL())
	recorded, met, refused, n := 0, 0, map[string]int{}, 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		if err := behind.Seed(t.Context(), school()); err != nil {
			rt.Fatal(err)
		}
		mine, theirs := traced("a"), traced("b")
		o := watched.Begin(recorder.Mark{Trace: trace32("a")})
		other := watched.Begin(recorder.Mark{Trace: trace32("b"), Bystander: true})
		acts := rapid.SliceOfN(rapid.Custom(drawAct), 1, 4).Draw(rt, "acts")
		var out outcome
		for _, a := range acts {
			out.told = append(out.told, a.do(mine, here))
			for _, b := range rapid.SliceOfN(rapid.Custom(drawAct), 0, 2).Draw(rt, "others") {
				met++
				b.do(theirs, here)
			}
		}
		other.End()
		out, err := finished(o, out)
		if u := (*recorder.Unrecorded)(nil); errors.As(err, &u) {
			refused[u.Reason]++
			return
		} else if err != nil {
			rt.Fatal(err)
		}
		recorded++
		if err := fresh.Seed(t.Context(), out.fixture); err != nil {
			rt.Fatal(err)
		}
		replayed := again.operate(rt, acts)
		if diff := cmp.Diff(masks(out.told), masks(replayed.told)); diff != "" {
			rt.Fatalf("recorded (-), again on the fixture (+):\n%s", diff)
		}
		if diff := cmp.Diff(effectsText(out.seen), effectsText(replayed.seen)); diff != "" {
			rt.Fatalf("recorded effects (-), again on the fixture (+):\n%s", diff)
		}
	})
	t.Logf("%d operations of %d recorded beside %d acts of others; not recorded: %v", recorded, n, met, refused)
	if recorded < n/3 || len(refused) == 0 {
		t.Errorf("%d of %d operations are recorded, refused are %v: want most, and some that met others", recorded, n, refused)
	}
}

func trace32(digit string) string { return strings.Repeat(digit, 32) }

// traced is a context of which the official client passes the trace on.
func traced(digit string) context.Context {
	header := propagation.HeaderCarrier{"Traceparent": {"00-" + trace32(digit) + "-b7ad6b7169203331-01"}}
	return otel.GetTextMapPropagator().Extract(context.Background(), header)
}

// effectsText are effects without what differs from time to time.
func effectsText(o store.Observed) []string {
	var out []string
	for _, e := range o.Effects {
		text, err := corpus.Format(&corpus.Case{
			Name: "x", Request: corpus.Request{Operation: corpus.Query, Fields: []string{"a"}, Document: "{ a }"},
			Expect: corpus.Observation{HTTP: corpus.HTTP{Status: 200}, Response: corpus.JSON("{}"), Effects: map[string][]corpus.Effect{"datastore": {e}}},
		})
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		out = append(out, masks([]string{string(text)})...)
	}
	return out
}
