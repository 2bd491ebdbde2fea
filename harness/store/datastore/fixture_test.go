package datastore_test

import (
	"slices"
	"strings"
	"testing"

	ds "cloud.google.com/go/datastore"
	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// school has tasks of two classes; points rise with the id.
func school() corpus.State {
	var s corpus.State
	for class := 7; class <= 8; class++ {
		for id := 1; id <= 6; id++ {
			s.Entities = append(s.Entities, entity(key("Class", class, "Task", id), props{
				"points": int64(10 * id), "done": id%2 == 0, "title": string(rune('f' - id)),
				"owner": key("User", []string{"ann", "bob"}[id%2]),
			}))
		}
	}
	s.Entities = append(s.Entities,
		entity(key("Class", 7, "Task", 9), props{"title": "no points"}),
		entity(key("Class", 7), props{"coach": key("User", "ann")}),
		entity(key("User", "ann"), props{"boss": key("User", "eve")}),
		entity(key("User", "eve"), props{}),
	)
	return s
}

func texts(s corpus.State) (entities, absent []string) {
	for _, e := range s.Entities {
		entities = append(entities, e.Key.String())
	}
	for _, k := range s.Absent {
		absent = append(absent, k.String())
	}
	return entities, absent
}

type act func(*testing.T, *ds.Client)

func get(keys ...corpus.Key) act {
	return func(t *testing.T, c *ds.Client) {
		t.Helper()
		list := make([]*ds.Key, len(keys))
		for i, k := range keys {
			list[i] = clientKey(k)
		}
		_ = c.GetMulti(t.Context(), list, make([]ds.PropertyList, len(keys)))
	}
}

func query(q *ds.Query) act {
	return func(t *testing.T, c *ds.Client) {
		t.Helper()
		var list []ds.PropertyList
		_, err := c.GetAll(t.Context(), q, &list)
		must(t, err)
	}
}

func mutate(want bool, mutations ...*ds.Mutation) act {
	return func(t *testing.T, c *ds.Client) {
		t.Helper()
		if _, err := c.Mutate(t.Context(), mutations...); (err == nil) != want {
			t.Fatalf("mutate: %v", err)
		}
	}
}

func task(class, id int) corpus.Key { return key("Class", class, "Task", id) }

var class7 = clientKey(key("Class", 7))

func tasksOf7() *ds.Query { return ds.NewQuery("Task").Ancestor(class7) }

func TestFixture(t *testing.T) {
	tests := []struct {
		reason   string
		opts     store.FixtureOptions
		act      act
		entities []string
		absent   []string
	}{
		{
			"what was looked up, and what was not there",
			store.FixtureOptions{},
			get(task(7, 1), key("User", "zoe")),
			[]string{"Class/7/Task/1"},
			[]string{"User/zoe"},
		},
		{
			"what was written over, and what was not there before",
			store.FixtureOptions{},
			mutate(true, ds.NewUpsert(clientKey(task(7, 1)), &ds.PropertyList{}), ds.NewDelete(clientKey(task(7, 2))),
				ds.NewInsert(clientKey(key("User", "zoe")), &ds.PropertyList{}), ds.NewDelete(clientKey(key("User", "yan")))),
			[]string{"Class/7/Task/1", "Class/7/Task/2"},
			[]string{"User/yan", "User/zoe"},
		},
		{
			"what a write was refused for",
			store.FixtureOptions{},
			mutate(false, ds.NewInsert(clientKey(task(7, 1)), &ds.PropertyList{})),
			[]string{"Class/7/Task/1"},
			nil,
		},
		{
			"what the store gave an id has no before, but stands below something",
			store.FixtureOptions{Follow: 1},
			func(t *testing.T, c *ds.Client) {
				t.Helper()
				k, err := c.Put(t.Context(), ds.IncompleteKey("Task", class7), &ds.PropertyList{})
				must(t, err)
				must(t, c.Get(t.Context(), k, &ds.PropertyList{}))
			},
			[]string{"Class/7"},
			nil,
		},
		{
			"references of what was read, one hop",
			store.FixtureOptions{Follow: 1},
			get(task(7, 1), task(8, 2)),
			[]string{"Class/7", "Class/7/Task/1", "Class/8/Task/2", "User/ann"},
			[]string{"Class/8", "User/bob"},
		},
		{
			"references of what was read, two hops",
			store.FixtureOptions{Follow: 2},
			get(task(8, 2)),
			[]string{"Class/8/Task/2", "User/ann", "User/eve"},
			[]string{"Class/8"},
		},
		{
			"entities that were returned as keys only or in part",
			store.FixtureOptions{},
			func(t *testing.T, c *ds.Client) {
				t.Helper()
				_, err := c.GetAll(t.Context(), tasksOf7().FilterField("points", "=", 20).KeysOnly(), nil)
				must(t, err)
				query(tasksOf7().FilterField("points", ">", 50).Project("points"))(t, c)
			},
			[]string{"Class/7/Task/2", "Class/7/Task/6"},
			nil,
		},
		{
			"rows that an offset skipped",
			store.FixtureOptions{},
			query(tasksOf7().Order("points").Offset(2).Limit(1)),
			[]string{"Class/7/Task/1", "Class/7/Task/2", "Class/7/Task/3"},
			nil,
		},
		{
			"guards behind the limit, by another order, of another ancestor",
			store.FixtureOptions{Guards: 3},
			query(tasksOf7().Order("-points").Limit(2)),
			[]string{"Class/7/Task/1", "Class/7/Task/4", "Class/7/Task/5", "Class/7/Task/6", "Class/8/Task/1"},
			nil,
		},
		{
			"the next row behind the limit is the first guard",
			store.FixtureOptions{Guards: 1},
			query(tasksOf7().Order("-points").Limit(2)),
			[]string{"Class/7/Task/4", "Class/7/Task/5", "Class/7/Task/6"},
			nil,
		},
		{
			"a guard that lacks the property",
			store.FixtureOptions{Guards: 4},
			query(tasksOf7().FilterField("points", "=", 30)),
			[]string{"Class/7/Task/2", "Class/7/Task/3", "Class/7/Task/4", "Class/7/Task/9", "Class/8/Task/3"},
			nil,
		},
		{
			"guards on both sides of an equality",
			store.FixtureOptions{Guards: 3},
			query(tasksOf7().FilterField("points", "=", 30)),
			[]string{"Class/7/Task/2", "Class/7/Task/3", "Class/7/Task/4", "Class/8/Task/3"},
			nil,
		},
		{
			"guards beyond an inequality",
			store.FixtureOptions{Guards: 1},
			query(ds.NewQuery("Task").FilterField("points", "<", 20)),
			[]string{"Class/7/Task/1", "Class/7/Task/2", "Class/8/Task/1"},
			nil,
		},
		{
			"a guard for each of two filters",
			store.FixtureOptions{Guards: 2},
			query(ds.NewQuery("Task").FilterField("points", ">=", 50).FilterField("done", "=", true)),
			[]string{"Class/7/Task/6", "Class/8/Task/4", "Class/8/Task/5", "Class/8/Task/6"},
			nil,
		},
		{
			"a query for everything has no guards",
			store.FixtureOptions{Guards: 3},
			query(ds.NewQuery("User")),
			[]string{"User/ann", "User/eve"},
			nil,
		},
		{
			"no guards wanted",
			store.FixtureOptions{},
			query(tasksOf7().Order("-points").Limit(1)),
			[]string{"Class/7/Task/6"},
			nil,
		},
		{
			"one entity of each kind that was listed",
			store.FixtureOptions{},
			func(t *testing.T, c *ds.Client) {
				t.Helper()
				kinds, err := c.GetAll(t.Context(), ds.NewQuery("__kind__").KeysOnly(), nil)
				if err != nil || len(kinds) == 0 {
					t.Skip("the emulator does not list kinds: ", err)
				}
			},
			[]string{"Class/7", "Class/7/Task/1", "User/ann"},
			nil,
		},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			s := open(t)
			must(t, s.Seed(t.Context(), school()))
			test.act(t, dial(t, s))
			got, err := s.Fixture(t.Context(), test.opts)
			must(t, err)
			entities, absent := texts(got)
			if diff := cmp.Diff(test.entities, entities); diff != "" {
				t.Errorf("entities:\n%s", diff)
			}
			if diff := cmp.Diff(test.absent, absent); diff != "" {
				t.Errorf("absent:\n%s", diff)
			}
			again, err := s.Fixture(t.Context(), test.opts)
			must(t, err)
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("a second time:\n%s", diff)
			}
		})
	}
}

func TestFixtureIsOfTheTimeBefore(t *testing.T) {
	s := open(t)
	must(t, s.Seed(t.Context(), school()))
	c := dial(t, s)
	mutate(true, ds.NewUpsert(clientKey(key("User", "ann")), &ds.PropertyList{{Name: "name", Value: "Ann"}}))(t, c)
	must(t, s.Continue(t.Context()))
	mutate(true, ds.NewDelete(clientKey(key("User", "ann"))))(t, c)
	got, err := s.Fixture(t.Context(), store.FixtureOptions{})
	must(t, err)
	want := corpus.State{Entities: []corpus.Entity{entity(key("User", "ann"), props{"name": "Ann"})}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A fixture is enough: queries of all forms give the same answers on it as on
// the whole content.
func TestFixtureGivesTheSameAnswers(t *testing.T) {
	queries := []*ds.Query{
		tasksOf7().Order("-points").Offset(1).Limit(2),
		ds.NewQuery("Task").FilterField("points", ">", 15).Order("points").Limit(3),
		ds.NewQuery("Task").FilterField("done", "=", true).KeysOnly(),
		ds.NewQuery("Task").Project("done").DistinctOn("done"),
		ds.NewQuery("Task").FilterField("points", "!=", 20).Order("-points"),
		ds.NewQuery("Task").FilterField("owner", "=", clientKey(key("User", "ann"))).Limit(1),
	}
	for _, q := range queries {
		full, small := open(t), open(t)
		must(t, full.Seed(t.Context(), school()))
		want := answer(t, dial(t, full), q)
		fixture, err := full.Fixture(t.Context(), store.FixtureOptions{Guards: 3, Follow: 1})
		must(t, err)
		must(t, small.Seed(t.Context(), fixture))
		if diff := cmp.Diff(want, answer(t, dial(t, small), q)); diff != "" {
			t.Error(diff)
		}
		if reads := observe(t, small).Reads; len(store.Uncovered(fixture, nil, observe(t, full).Reads, reads)) > 0 {
			t.Errorf("the query itself counts as uncovered: %v", reads)
		}
	}
}

func answer(t *testing.T, c *ds.Client, q *ds.Query) []string {
	t.Helper()
	var out []string
	for it := c.Run(t.Context(), q); ; {
		var p ds.PropertyList
		k, err := it.Next(&p)
		if err != nil {
			break
		}
		slices.SortFunc(p, func(a, b ds.Property) int { return strings.Compare(a.Name, b.Name) })
		line := k.String()
		for _, property := range p {
			line += " " + property.Name
		}
		out = append(out, line)
	}
	if len(out) == 0 {
		t.Fatal("the query found nothing")
	}
	return out
}

func TestFixtureInANamespace(t *testing.T) {
	north := func(id int) corpus.Entity {
		e := entity(key("Task", id), props{"points": int64(id)})
		e.Key.Namespace = "north"
		return e
	}
	state := corpus.State{Entities: []corpus.Entity{entity(key("Task", 1), props{"points": int64(1)}), north(1), north(2), north(3)}}
	s := open(t)
	must(t, s.Seed(t.Context(), state))
	c := dial(t, s)
	query(ds.NewQuery("Task").Namespace("north").Order("points").Limit(1))(t, c)
	get(corpus.Key{Namespace: "north", Path: key("User", "ann").Path})(t, c)
	got, err := s.Fixture(t.Context(), store.FixtureOptions{Guards: 1})
	must(t, err)
	entities, absent := texts(got)
	if diff := cmp.Diff([]string{"north:Task/1", "north:Task/2"}, entities); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"north:User/ann"}, absent); diff != "" {
		t.Error(diff)
	}
	if got := observe(t, s).Reads[0].Text; got != "query Task in north order by points limit 1" {
		t.Errorf("got %q", got)
	}
}
