package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

func class(id int64) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: "Class", ID: id}}}
}

func task(classID, id int64) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: "Class", ID: classID}, {Kind: "Task", ID: id}}}
}

func user(name string) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: name}}}
}

func found(keys ...corpus.Key) store.Read { return store.Read{Text: keys[0].String(), Found: keys} }

func missing(keys ...corpus.Key) store.Read { return store.Read{Text: keys[0].String(), Missing: keys} }

// tasks is a query for tasks that saw so many rows of its range.
func tasks(text string, seen int, ended bool, change func(*store.Range)) store.Read {
	r := &store.Range{Kind: "Task", Seen: seen, Ended: ended}
	if change != nil {
		change(r)
	}
	return store.Read{Text: text, Query: text, Kind: "Task", Range: r}
}

func where(filters ...string) func(*store.Range) {
	return func(r *store.Range) { r.Filters, r.Present = filters, []string{"done"} }
}

func under(key corpus.Key) func(*store.Range) { return func(r *store.Range) { r.Ancestor = key } }

var fixture = corpus.State{
	Entities: []corpus.Entity{{Key: class(7)}, {Key: task(7, 1)}},
	Absent:   []corpus.Key{user("ann")},
}

func TestUncoveredLookups(t *testing.T) {
	tests := []struct {
		reason  string
		created []corpus.Key
		read    store.Read
		covered bool
	}{
		{"it is in the fixture", nil, found(task(7, 1)), true},
		{"the fixture says that it is absent", nil, missing(user("ann")), true},
		{"nothing is known of it", nil, missing(user("bob")), false},
		{"what is found but not in the fixture, the side wrote itself", nil, found(user("bob")), true},
		{"the store gave the id out", []corpus.Key{class(9)}, missing(class(9)), true},
		{"nothing can be below an id that the store gave out", []corpus.Key{class(9)}, missing(task(9, 1)), true},
		{"a name that the side chose may have been taken", []corpus.Key{user("bob")}, missing(user("bob")), false},
		{"below an entity of the fixture anything may be", []corpus.Key{class(7)}, missing(task(7, 2)), false},
	}
	for _, test := range tests {
		check(t, test.reason, test.covered, store.Uncovered(fixture, test.created, nil, []store.Read{test.read}))
		check(t, test.reason+" (with a reference)", test.covered,
			store.Uncovered(fixture, test.created, []store.Read{found(class(7))}, []store.Read{test.read}))
	}
}

func TestLookupsOfTheReferenceAreKnown(t *testing.T) {
	reference := []store.Read{missing(user("bob")), {Query: "q", Kind: "Task", Found: []corpus.Key{task(8, 1)}}}
	got := store.Uncovered(fixture, nil, reference, []store.Read{missing(user("bob")), missing(task(8, 1)), missing(user("eve"))})
	if diff := cmp.Diff([]store.Read{missing(user("eve"))}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLookupAmongWhatTheReferenceReadInFull(t *testing.T) {
	tests := []struct {
		reason    string
		reference store.Read
		covered   bool
	}{
		{"all tasks of the class were read, and it was not among them", tasks("q", 5, true, under(class(7))), true},
		{"all tasks were read", tasks("q", 5, true, nil), true},
		{"only the first five were read", tasks("q", 5, false, under(class(7))), false},
		{"only those of another class were read", tasks("q", 5, true, under(class(8))), false},
		{"only those done were read", tasks("q", 5, true, where("done = true")), false},
		{"only those were read that an order admits", tasks("q", 5, true, func(r *store.Range) { r.Present = []string{"due"} }), false},
		{"all classes were read", store.Read{Query: "q", Kind: "Class", Range: &store.Range{Kind: "Class", Ended: true}}, false},
	}
	for _, test := range tests {
		check(t, test.reason, test.covered,
			store.Uncovered(fixture, nil, []store.Read{test.reference}, []store.Read{missing(task(7, 2))}))
	}
}

func TestUncoveredQueriesWithReference(t *testing.T) {
	all := tasks("all", 5, true, nil)
	tests := []struct {
		reason    string
		reference store.Read
		read      store.Read
		covered   bool
	}{
		{"the same query", tasks("q", 10, false, nil), tasks("q", 10, false, nil), true},
		{"the same query with a smaller limit", tasks("q", 10, false, nil), tasks("q", 5, false, nil), true},
		{"one row more is a guard", tasks("q", 10, false, nil), tasks("q", 11, false, nil), true},
		{"two rows more are unknown", tasks("q", 10, false, nil), tasks("q", 12, false, nil), false},
		{"any limit, since the range ended", tasks("q", 4, true, nil), tasks("q", 400, false, nil), true},
		{"without a limit, and nothing behind the reference's last row", tasks("q", 10, false, nil), tasks("q", 10, true, nil), true},
		{"without a limit it ran over the guards, and on", tasks("q", 10, false, nil), tasks("q", 12, true, nil), false},
		{"all tasks were read, so those filtered are known", all, tasks("q", 2, true, where("done = true")), true},
		{"only those filtered were read", tasks("q", 2, true, where("done = true")), all, false},
		{"one filter more", tasks("q", 2, true, where("done = true")), tasks("r", 1, true, where("done = true", "x = 1")), true},
		{"another filter", tasks("q", 2, true, where("done = true")), tasks("r", 1, true, where("done = false")), false},
		{"the first ten of all tasks say little of those filtered", tasks("all", 10, false, nil), tasks("q", 2, true, where("done = true")), false},
		{"a filter that also requires a property is no wider", tasks("q", 2, true, where()), all, false},
		{"the whole kind, so below any ancestor", all, tasks("q", 1, true, under(class(7))), true},
		{"below another ancestor", tasks("q", 1, true, under(class(7))), tasks("r", 1, true, under(class(8))), false},
		{"below an ancestor further up", tasks("q", 1, true, under(class(7))), tasks("r", 1, true, under(task(7, 1))), true},
		{"distinct passes over entities", tasks("q", 2, true, func(r *store.Range) { r.Distinct = true }), tasks("r", 1, true, where("x = 1")), false},
		{"another namespace", all, tasks("q", 1, true, func(r *store.Range) { r.Namespace = "north" }), false},
		{
			"a kindless query reads all kinds",
			store.Read{Query: "*", Range: &store.Range{Ended: true}},
			tasks("q", 1, true, where("x = 1")), true,
		},
		{
			"from the same cursor", tasks("q", 5, false, func(r *store.Range) { r.From = "c" }),
			tasks("q", 5, false, func(r *store.Range) { r.From = "c" }), true,
		},
		{"from the start, not from the cursor", tasks("q", 5, true, func(r *store.Range) { r.From = "c" }), tasks("q", 5, true, nil), false},
		{"from somewhere, in a range read to its end", all, tasks("all", 5, true, func(r *store.Range) { r.From = "c" }), true},
		{"from somewhere, in a range read in part", tasks("q", 5, false, nil), tasks("q", 1, false, func(r *store.Range) { r.From = "c" }), false},
		{"up to a cursor only", tasks("q", 5, true, func(r *store.Range) { r.To = "c" }), tasks("q", 5, true, nil), false},
		{"only keys that are known", found(class(7)), tasks("q", 1, true, func(r *store.Range) { r.Keys = []corpus.Key{task(7, 1)} }), true},
		{"one key that is not known", found(class(7)), tasks("q", 1, true, func(r *store.Range) { r.Keys = []corpus.Key{task(7, 1), task(7, 2)} }), false},
		{"stores without ranges: the same query", store.Read{Query: "q"}, store.Read{Query: "q"}, true},
		{"stores without ranges: another query", store.Read{Query: "q"}, store.Read{Query: "r"}, false},
	}
	for _, test := range tests {
		got := store.Uncovered(fixture, nil, []store.Read{test.reference}, []store.Read{test.read})
		check(t, test.reason, test.covered, got)
	}
}

func TestUncoveredQueriesWithoutReference(t *testing.T) {
	tests := []struct {
		reason  string
		read    store.Read
		covered bool
	}{
		{"the fixture holds a task", tasks("q", 1, true, nil), true},
		{"below that class too", tasks("q", 1, true, under(class(7))), true},
		{"but none below this one", tasks("q", 0, true, under(class(8))), false},
		{"an absent user counts", store.Read{Query: "q", Kind: "User"}, true},
		{"no coach, not even an absent one", store.Read{Query: "q", Kind: "Coach"}, false},
		{"nothing in that namespace", tasks("q", 0, true, func(r *store.Range) { r.Namespace = "north" }), false},
	}
	for _, test := range tests {
		check(t, test.reason, test.covered, store.Uncovered(fixture, nil, nil, []store.Read{test.read}))
	}
}

func TestBelowACreatedAncestorNothingIsUnknown(t *testing.T) {
	read := []store.Read{tasks("q", 0, true, under(class(9)))}
	for _, reference := range [][]store.Read{nil, {found(class(7))}} {
		check(t, "the class was created in the case", true, store.Uncovered(fixture, []corpus.Key{class(9)}, reference, read))
	}
}

func check(t *testing.T, reason string, covered bool, got []store.Read) {
	t.Helper()
	if (len(got) == 0) != covered {
		t.Errorf("%s: want covered %t, got uncovered %v", reason, covered, got)
	}
}
