// Package storetest is what every store has to pass. A store's own tests describe
// it as a [Subject] and call [Run].
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// Subject is a kind of store with one of its drivers.
type Subject struct {
	// Open opens an instance of its own. The suite closes it.
	Open func(t *testing.T) store.Recordable
	// Content is everything that the store holds, in the order in which a client
	// meets it, read without the store's own code.
	Content func(t *testing.T, s store.Recordable) string
	// Small and Large are two contents that have nothing in common.
	Small, Large corpus.State
	// Refused are states that no Seed accepts, by the reason.
	Refused map[string]corpus.State
	// Writes happen on Small.
	Writes []Write
	// Left lists what a store may leave behind: processes, folders, databases.
	Left func(t *testing.T) []string
}

// Write is what an implementation does, and what it comes to.
type Write struct {
	// Reason says what is special about it.
	Reason string
	Do     func(t *testing.T, s store.Recordable)
	// Want are the net effects; keys allocated are in Allocated, keys reserved in
	// Reserved, and sequences that are for no key in Counted.
	Want                []corpus.Effect
	Allocated, Reserved []corpus.Key
	Counted             []store.Sequence
}

// Run runs the suite.
func Run(t *testing.T, s Subject) {
	t.Helper()
	var before []string
	if s.Left != nil {
		before = s.Left(t)
	}
	for _, one := range []struct {
		name string
		test func(*testing.T, Subject)
	}{
		{"a seed replaces everything", seedReplaces},
		{"a seed is the same every time", seedRepeats},
		{"an unusable state is refused", seedRefuses},
		{"net effects are exact", netEffects},
		{"an observation goes on", continues},
		{"a fixture gives the content again", fixtures},
		{"two instances do not touch each other", isolated},
		{"a store that is closed answers with an error", closed},
	} {
		t.Run(one.name, func(t *testing.T) { one.test(t, s) })
	}
	if s.Left != nil {
		equal(t, "left behind", before, s.Left(t))
	}
}

func open(t *testing.T, s Subject) store.Recordable {
	t.Helper()
	st := s.Open(t)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return st
}

// limit bounds each call, so that a store that hangs fails.
func limit(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func seed(t *testing.T, st store.Recordable, state corpus.State) {
	t.Helper()
	if err := st.Seed(limit(t), state); err != nil {
		t.Fatalf("seed: %v", err)
	}
}

func observe(t *testing.T, st store.Recordable) store.Observed {
	t.Helper()
	o, err := st.Observe(limit(t))
	if err != nil {
		t.Fatalf("observe: %v", err)
	}
	return o
}

func equal(t *testing.T, what string, want, have any) {
	t.Helper()
	if diff := cmp.Diff(want, have, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func seedReplaces(t *testing.T, s Subject) {
	st := open(t, s)
	contents := map[string]corpus.State{"small": s.Small, "large": s.Large, "none": {}}
	known := map[string]string{}
	for _, name := range []string{"small", "large", "none", "small", "none", "large", "small"} {
		seed(t, st, contents[name])
		have := s.Content(t, st)
		if want, seen := known[name]; seen && want != have {
			t.Errorf("content %s after another one (-want +got):\n%s", name, cmp.Diff(want, have))
		}
		known[name] = have
		equal(t, "effects of the seed itself", []corpus.Effect(nil), observe(t, st).Effects)
	}
	if known["small"] == known["large"] || known["small"] == known["none"] {
		t.Error("different seeds gave one content")
	}
}

// seedRepeats: whatever a request did, the next seed gives the same content, in
// the same order.
func seedRepeats(t *testing.T, s Subject) {
	st := open(t, s)
	seed(t, st, s.Small)
	want := s.Content(t, st)
	for _, w := range s.Writes {
		w.Do(t, st)
		observe(t, st)
		seed(t, st, s.Small)
		equal(t, "content after "+w.Reason, want, s.Content(t, st))
		w.Do(t, st) // and without an observation between
		seed(t, st, s.Small)
		equal(t, "content after an unobserved "+w.Reason, want, s.Content(t, st))
	}
}

func seedRefuses(t *testing.T, s Subject) {
	st := open(t, s)
	for reason, state := range s.Refused {
		if err := st.Seed(limit(t), state); err == nil {
			t.Errorf("%s: the state was accepted", reason)
		}
	}
	seed(t, st, s.Small) // and nothing of it stays
	equal(t, "effects", []corpus.Effect(nil), observe(t, st).Effects)
}

func netEffects(t *testing.T, s Subject) {
	st := open(t, s)
	for _, w := range s.Writes {
		t.Run(w.Reason, func(t *testing.T) {
			for range 2 {
				seed(t, st, s.Small)
				w.Do(t, st)
				have := observe(t, st)
				equal(t, "effects", w.Want, have.Effects)
				equal(t, "allocated", w.Allocated, have.Allocated)
				equal(t, "reserved", w.Reserved, have.Reserved)
				equal(t, "counted", w.Counted, have.Counted)
				equal(t, "effects asked for again", have.Effects, observe(t, st).Effects)
			}
		})
	}
}

func continues(t *testing.T, s Subject) {
	st := open(t, s)
	seed(t, st, s.Small)
	for _, w := range s.Writes {
		w.Do(t, st)
		if err := st.Continue(limit(t)); err != nil {
			t.Fatalf("continue: %v", err)
		}
		equal(t, "effects after continue", []corpus.Effect(nil), observe(t, st).Effects)
		seed(t, st, s.Small)
	}
	first := s.Writes[0]
	first.Do(t, st)
	equal(t, "effects after all", first.Want, observe(t, st).Effects)
}

// fixtures: what a fixture says, seeded, is the content before.
func fixtures(t *testing.T, s Subject) {
	st := open(t, s)
	for _, state := range []corpus.State{s.Large, s.Small} {
		seed(t, st, state)
		want := s.Content(t, st)
		s.Writes[0].undoable(t, st, state, s)
		fixture, err := st.Fixture(limit(t), store.FixtureOptions{Guards: 3, Follow: 1})
		if err != nil {
			t.Fatalf("fixture: %v", err)
		}
		seed(t, st, corpus.State{})
		seed(t, st, fixture)
		equal(t, "content from the fixture", want, s.Content(t, st))
	}
}

// undoable does the write where it can happen.
func (w Write) undoable(t *testing.T, st store.Recordable, state corpus.State, s Subject) {
	t.Helper()
	if cmp.Equal(state, s.Small) {
		w.Do(t, st)
	}
	observe(t, st)
}

func isolated(t *testing.T, s Subject) {
	one, other := open(t, s), open(t, s)
	if one.URL() == other.URL() {
		t.Fatalf("both are at %s", one.URL())
	}
	seed(t, one, s.Small)
	seed(t, other, s.Small)
	before := s.Content(t, other)
	s.Writes[0].Do(t, one)
	equal(t, "effects of the other", []corpus.Effect(nil), observe(t, other).Effects)
	seed(t, one, s.Large)
	equal(t, "content of the other", before, s.Content(t, other))
}

func closed(t *testing.T, s Subject) {
	st := s.Open(t)
	if err := st.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	if err := st.Seed(limit(t), s.Small); err == nil {
		t.Error("a closed store was seeded")
	}
	if _, err := st.Observe(limit(t)); err == nil {
		t.Error("a closed store was observed")
	}
}
