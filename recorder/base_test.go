package recorder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// content is a store that cannot tell what was read of it.
type content struct{ state corpus.State }

func (c content) URL() string                                     { return "" }
func (c content) Env() map[string]string                          { return nil }
func (c content) Seed(context.Context, corpus.State) error        { return nil }
func (c content) Observe(context.Context) (store.Observed, error) { return store.Observed{}, nil }
func (c content) Continue(context.Context) error                  { return nil }
func (c content) Close() error                                    { return nil }
func (c content) Fixture(context.Context, store.FixtureOptions) (corpus.State, error) {
	return c.state, nil
}

const baseOf = `db:
  primary: {public.students: [id]}
  tables:
    public.students:
      - {id: 1, name: Ann}
      - {id: 2, name: Bo}
  sequences: {public.students_id_seq: 3}
`

const afterwards = `db:
  primary: {public.students: [id]}
  tables:
    public.students:
      - {id: 1, name: Ann}
      - {id: 2, name: Beau}
  sequences: {public.students_id_seq: 4}
`

func stateOf(t *testing.T, text string) map[string]corpus.State {
	t.Helper()
	states, err := corpus.ParseState("school.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return states
}

func newBase(t *testing.T, out string, redact func(*corpus.Case) (*corpus.Case, error)) (*Base, error) {
	t.Helper()
	return NewBase(t.Context(), map[string]store.Recordable{
		"db":        content{stateOf(t, baseOf)["db"]},
		"datastore": content{corpus.State{Entities: []corpus.Entity{{Key: corpus.Key{Path: []corpus.PathElement{{Kind: "User", ID: 1}}}}}}},
	}, out, "seeds/school.yaml", redact)
}

func TestBaseIsWrittenWithTheFirstCaseThatStandsOnIt(t *testing.T) {
	out := t.TempDir()
	b, err := newBase(t, out, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(out, "fixtures", "school.yaml")
	if _, err := os.Stat(file); err == nil {
		t.Error("a base that no case stands on is no part of a corpus, and there is one")
	}
	c := &corpus.Case{Fixture: corpus.Fixture{Stores: stateOf(t, afterwards)}}
	if err := b.place(c); err != nil {
		t.Fatal(err)
	}
	f := c.Fixture
	if f.Base != "../fixtures/school.yaml" || len(f.Changes["db"]) != 1 || f.Stores["db"].Sequences["public.students_id_seq"] != 4 || len(f.Stores["db"].Entities) > 0 {
		t.Errorf("have %+v", f)
	}
	if !f.Same(corpus.Fixture{Stores: stateOf(t, afterwards)}) {
		t.Errorf("base and changes give %v", f.State("db"))
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(written), "datastore") {
		t.Errorf("the base holds what a store can tell:\n%s", written)
	}
	again := stateOf(t, string(written))
	if diff := cmp.Diff(stateOf(t, baseOf), again); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBaseOfAnotherContentIsRefused(t *testing.T) {
	out := t.TempDir()
	for range 2 { // the same one again is no other
		b, err := newBase(t, out, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.place(&corpus.Case{Fixture: corpus.Fixture{Stores: stateOf(t, afterwards)}}); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(out, "fixtures", "school.yaml")
	if err := os.WriteFile(file, []byte(afterwards), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newBase(t, out, nil); !errors.Is(err, ErrOtherBase) {
		t.Errorf("have %v", err)
	}
}

// TestBaseIsRedacted wants the base redacted as cases are, so that they differ in
// nothing else.
func TestBaseIsRedacted(t *testing.T) {
	redact := func(c *corpus.Case) (*corpus.Case, error) {
		clean := *c
		state := c.Fixture.Stores["db"]
		state.Entities = nil
		for _, e := range c.Fixture.Stores["db"].Entities {
			e.Properties = map[string]corpus.Value{"id": e.Properties["id"], "name": "someone"}
			state.Entities = append(state.Entities, e)
		}
		clean.Fixture = corpus.Fixture{Stores: map[string]corpus.State{"db": state}}
		return &clean, nil
	}
	b, err := newBase(t, t.TempDir(), redact)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b.text), "Ann") {
		t.Errorf("a name is in the base:\n%s", b.text)
	}
	c, err := redact(&corpus.Case{Fixture: corpus.Fixture{Stores: stateOf(t, baseOf)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.place(c); err != nil {
		t.Fatal(err)
	}
	if c.Fixture.Base == "" || len(c.Fixture.Changes)+len(c.Fixture.Stores) > 0 {
		t.Errorf("what was redacted in both differs: %+v", c.Fixture)
	}
	if _, err := newBase(t, t.TempDir(), func(*corpus.Case) (*corpus.Case, error) { return nil, errors.New("a rule is wrong") }); err == nil {
		t.Error("a base that cannot be redacted is written")
	}
}

// TestBaseSaysThatItIsRedacted wants the mark in the file, and no other base where only
// the mark differs.
func TestBaseSaysThatItIsRedacted(t *testing.T) {
	out := t.TempDir()
	file := filepath.Join(out, "fixtures", "school.yaml")
	for _, mark := range []string{"", "redacted-01234567", "redacted-01234567", "redacted-89abcdef"} {
		redact := func(c *corpus.Case) (*corpus.Case, error) {
			clean := *c
			if mark != "" {
				clean.Tags = []string{mark}
			}
			return &clean, nil
		}
		b, err := newBase(t, out, redact)
		if err != nil {
			t.Fatalf("with the mark %q: %v", mark, err)
		}
		if err := b.place(&corpus.Case{Fixture: corpus.Fixture{Stores: stateOf(t, afterwards)}}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if line, _, _ := strings.Cut(string(text), "\n"); mark != "" && line != "# "+mark {
			t.Errorf("the first line is %q, want the mark %q", line, mark)
		}
		if _, err := corpus.OpenState(file); err != nil {
			t.Error(err)
		}
	}
}

// TestNoBaseWithoutNeed wants none where every store can tell what was read.
func TestNoBaseWithoutNeed(t *testing.T) {
	b, err := NewBase(t.Context(), map[string]store.Recordable{"datastore": content{}}, t.TempDir(), "school.yaml", nil)
	if b != nil || err != nil {
		t.Errorf("have %v, %v", b, err)
	}
	c := &corpus.Case{Fixture: corpus.Fixture{Stores: stateOf(t, afterwards)}}
	if err := b.place(c); err != nil || c.Fixture.Base != "" {
		t.Errorf("have %+v, %v", c.Fixture, err)
	}
}
