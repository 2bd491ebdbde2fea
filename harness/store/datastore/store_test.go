package datastore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	ds "cloud.google.com/go/datastore"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
)

func open(tb testing.TB) *datastore.Store {
	tb.Helper()
	s, err := datastore.Open(datastore.Options{Project: "demo"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// dial connects the official client as an implementation would: through the
// environment.
func dial(t *testing.T, s *datastore.Store) *ds.Client {
	t.Helper()
	return dialProject(t, s, "demo")
}

func dialProject(t *testing.T, s *datastore.Store, project string) *ds.Client {
	t.Helper()
	for name, value := range s.Env() {
		t.Setenv(name, value)
	}
	c, err := ds.NewClient(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func key(path ...any) corpus.Key {
	var k corpus.Key
	for i := 0; i < len(path); i += 2 {
		e := corpus.PathElement{Kind: path[i].(string)}
		switch id := path[i+1].(type) {
		case int:
			e.ID = int64(id)
		case string:
			e.Name = id
		}
		k.Path = append(k.Path, e)
	}
	return k
}

func entity(k corpus.Key, properties map[string]corpus.Value, unindexed ...string) corpus.Entity {
	return corpus.Entity{Key: k, Properties: properties, Unindexed: unindexed}
}

type props = map[string]corpus.Value

func clientKey(k corpus.Key) *ds.Key {
	var out *ds.Key
	for _, e := range k.Path {
		out = &ds.Key{Kind: e.Kind, ID: e.ID, Name: e.Name, Parent: out, Namespace: k.Namespace}
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func observe(t *testing.T, s *datastore.Store) store.Observed {
	t.Helper()
	o, err := s.Observe(t.Context())
	must(t, err)
	return o
}

func TestEffects(t *testing.T) {
	at := time.Date(2026, 12, 1, 0, 0, 0, 123456000, time.UTC)
	state := corpus.State{Entities: []corpus.Entity{
		entity(key("Task", 1), props{"title": "Old", "points": int64(1), "note": "n", "gone": nil, "due": at}, "note"),
		entity(key("Task", 2), props{"title": "Two"}),
		entity(key("Task", 3), props{"title": "Three"}),
	}}
	s := open(t)
	must(t, s.Seed(t.Context(), state))
	c := dial(t, s)
	put := func(k corpus.Key, properties ...ds.Property) {
		t.Helper()
		list := ds.PropertyList(properties)
		_, err := c.Put(t.Context(), clientKey(k), &list)
		must(t, err)
	}
	put(key("Task", 1),
		ds.Property{Name: "title", Value: "New"}, ds.Property{Name: "points", Value: 1.0},
		ds.Property{Name: "note", Value: "n"}, ds.Property{Name: "due", Value: at},
		ds.Property{Name: "tags", Value: []any{"a"}, NoIndex: true})
	put(key("Task", 3), ds.Property{Name: "title", Value: "Four"})
	put(key("Task", 3), ds.Property{Name: "title", Value: "Three"})
	put(key("Task", 4), ds.Property{Name: "title", Value: "Four", NoIndex: true})
	must(t, c.Delete(t.Context(), clientKey(key("Task", 2))))

	want := []corpus.Effect{
		{Op: corpus.Update, Key: key("Task", 1), Set: map[string]corpus.Change{
			"title":  {From: new(corpus.Value("Old")), To: new(corpus.Value("New"))},
			"points": {From: new(corpus.Value(int64(1))), To: new(corpus.Value(1.0))},
			"note":   {From: new(corpus.Value("n")), To: new(corpus.Value("n"))},
			"gone":   {From: new(corpus.Value)},
			"tags":   {To: new(corpus.Value([]corpus.Value{"a"}))},
		}, Unindexed: []string{"tags"}},
		{Op: corpus.Delete, Key: key("Task", 2)},
		{Op: corpus.Insert, Key: key("Task", 4), Properties: props{"title": "Four"}, Unindexed: []string{"title"}},
	}
	if diff := cmp.Diff(want, observe(t, s).Effects); diff != "" {
		t.Error(diff)
	}
	must(t, s.Continue(t.Context()))
	if got := observe(t, s); len(got.Effects)+len(got.Reads) > 0 {
		t.Errorf("after Continue nothing has happened, got %v", got)
	}
	must(t, s.Seed(t.Context(), state))
	if got := observe(t, s); len(got.Effects)+len(got.Reads) > 0 {
		t.Errorf("after Seed nothing has happened, got %v", got)
	}
}

func TestReadsAndAllocated(t *testing.T) {
	s := open(t)
	must(t, s.Seed(t.Context(), corpus.State{Entities: []corpus.Entity{
		entity(key("Class", 7, "Task", 1), props{"points": int64(1), "title": "a"}),
		entity(key("Class", 7, "Task", 2), props{"points": int64(2), "title": "b"}),
		entity(key("Class", 7, "Task", 3), props{"points": int64(3), "title": "c"}),
	}}))
	c := dial(t, s)
	var list []ds.PropertyList
	keys := []*ds.Key{clientKey(key("Class", 7, "Task", 1)), clientKey(key("User", "ann"))}
	err := c.GetMulti(t.Context(), keys, make([]ds.PropertyList, 2))
	var each ds.MultiError
	if !errors.As(err, &each) || !errors.Is(each[1], ds.ErrNoSuchEntity) {
		t.Fatal(err)
	}
	_ = c.GetMulti(t.Context(), keys, make([]ds.PropertyList, 2))
	class := clientKey(key("Class", 7))
	q := ds.NewQuery("Task").Ancestor(class).FilterField("points", ">", 1).FilterField("title", "!=", "x").Order("-points").Limit(1)
	_, err = c.GetAll(t.Context(), q, &list)
	must(t, err)
	_, err = c.GetAll(t.Context(), ds.NewQuery("Task").Limit(5).KeysOnly(), nil)
	must(t, err)
	_, err = c.RunAggregationQuery(t.Context(), ds.NewQuery("Task").NewAggregationQuery().WithCount("n"))
	must(t, err)
	inserted, err := c.Put(t.Context(), ds.IncompleteKey("Task", class), &ds.PropertyList{})
	must(t, err)

	got := observe(t, s)
	var texts []string
	for _, r := range got.Reads {
		texts = append(texts, r.Text)
	}
	want := []string{
		"Class/7/Task/1",
		"User/ann",
		`query Task under Class/7 where points > 1 and title != "x" order by points desc limit 1`,
		"query Task keys only limit 5",
		"aggregation of query Task",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
	wantQuery := store.Read{
		Text: want[2], Query: strings.TrimSuffix(want[2], " limit 1"), Kind: "Task",
		Found: []corpus.Key{key("Class", 7, "Task", 3)},
		Range: &store.Range{
			Kind: "Task", Ancestor: key("Class", 7), Filters: []string{"points > 1", `title != "x"`},
			Present: []string{"points", "title"}, Seen: 1,
		},
	}
	if diff := cmp.Diff(wantQuery, got.Reads[2]); diff != "" {
		t.Error(diff)
	}
	for i, ended := range []bool{false, true, true} {
		if r := got.Reads[i+2]; r.Range.Ended != ended {
			t.Errorf("%s: want ended %t", r.Text, ended)
		}
	}
	wantAllocated := []corpus.Key{{Path: append(key("Class", 7).Path, corpus.PathElement{Kind: "Task", ID: inserted.ID})}}
	if diff := cmp.Diff(wantAllocated, got.Allocated); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherProjectIsAnError(t *testing.T) {
	for _, act := range []func(context.Context, *ds.Client) error{
		func(ctx context.Context, c *ds.Client) error {
			_, err := c.Put(ctx, ds.NameKey("User", "ann", nil), &ds.PropertyList{})
			return err
		},
		func(ctx context.Context, c *ds.Client) error {
			_, err := c.GetAll(ctx, ds.NewQuery("User"), &[]ds.PropertyList{})
			return err
		},
	} {
		s := open(t)
		must(t, s.Seed(t.Context(), corpus.State{}))
		must(t, act(t.Context(), dialProject(t, s, "other")))
		_, err := s.Observe(t.Context())
		if !errors.Is(err, datastore.ErrPartition) || !strings.Contains(err.Error(), `project "other", but the store's is "demo"`) {
			t.Errorf("got error %v", err)
		}
	}
}

func TestSeedRefuses(t *testing.T) {
	ann := entity(key("User", "ann"), props{"name": "Ann"})
	tests := []struct {
		state corpus.State
		want  string
	}{
		{
			corpus.State{Entities: []corpus.Entity{ann, ann}},
			"the fixture has 2 entities but 1 keys: remove the entities that are there twice",
		},
		{
			corpus.State{Entities: []corpus.Entity{ann}, Absent: []corpus.Key{ann.Key}},
			"User/ann is both an entity of the fixture and absent: remove one",
		},
	}
	s := open(t)
	for _, test := range tests {
		err := s.Seed(t.Context(), test.state)
		if err == nil {
			t.Errorf("no error, want %s", test.want)
		} else if diff := cmp.Diff("seed datastore: "+test.want, err.Error()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSeedKeepsEverything(t *testing.T) {
	want := corpus.State{Entities: []corpus.Entity{
		entity(key("Class", 7, "Task", 1), props{"title": "a", "tags": []corpus.Value{"x", "y"}}, "tags[1]"),
		entity(key("User", "ann"), props{"address": &corpus.Entity{Properties: props{"city": "Bonn"}}}, "address.city"),
	}}
	s := open(t)
	must(t, s.Seed(t.Context(), want))
	c := dial(t, s)
	for _, e := range want.Entities {
		must(t, c.Get(t.Context(), clientKey(e.Key), &ds.PropertyList{}))
	}
	got, err := s.Fixture(t.Context(), store.FixtureOptions{})
	must(t, err)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkSeedObserve(b *testing.B) {
	var state corpus.State
	for i := range 10 {
		state.Entities = append(state.Entities, entity(key("Class", 7, "Task", i+1), props{
			"title": "Fractions", "points": int64(10), "weight": 1.5, "due": time.Unix(1e9, 0).UTC(), "note": "a longer text",
		}, "note"))
	}
	s := open(b)
	for b.Loop() {
		if err := s.Seed(b.Context(), state); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Observe(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
