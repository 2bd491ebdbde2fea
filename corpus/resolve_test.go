package corpus_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

func ptr(v corpus.Value) *corpus.Value { return new(v) }

func TestStateLaysChangesAndOwnEntitiesOverTheBase(t *testing.T) {
	base := corpus.State{
		Entities: []corpus.Entity{
			{
				Key:        key("", "A", 1),
				Properties: map[string]corpus.Value{"a": int64(1), "b": "x", "c.d": nil},
				Unindexed:  []string{`a.deep`, "b", `c\.d`},
			},
			{Key: key("", "A", 2)},
		},
		Absent: []corpus.Key{key("", "A", 3), key("", "A", 4)},
	}
	f := corpus.Fixture{
		Base:   "base.yaml",
		Shared: map[string]corpus.State{"datastore": base, "other": {Absent: []corpus.Key{key("", "X", 1)}}},
		Changes: map[string][]corpus.Effect{"datastore": {
			{Op: corpus.Update, Key: key("", "A", 1), Unindexed: []string{"e"}, Set: map[string]corpus.Change{
				"a": {From: ptr(int64(1)), To: ptr(nil)}, "b": {From: ptr("x")}, "e": {To: ptr(2.0)},
			}},
			{Op: corpus.Delete, Key: key("", "A", 2)},
			{Op: corpus.Insert, Key: key("", "A", 3), Properties: map[string]corpus.Value{"n": true}, Unindexed: []string{"n"}},
		}},
		Stores: map[string]corpus.State{"datastore": {
			Entities: []corpus.Entity{{Key: key("", "A", 4)}},
			Absent:   []corpus.Key{key("", "B", 1)},
		}},
	}
	want := corpus.State{
		Entities: []corpus.Entity{
			{
				Key:        key("", "A", 1),
				Properties: map[string]corpus.Value{"a": nil, "c.d": nil, "e": 2.0},
				Unindexed:  []string{`c\.d`, "e"},
			},
			{Key: key("", "A", 3), Properties: map[string]corpus.Value{"n": true}, Unindexed: []string{"n"}},
			{Key: key("", "A", 4)},
		},
		Absent: []corpus.Key{key("", "A", 2), key("", "B", 1)},
	}
	c := &corpus.Case{Fixture: f}
	if diff := cmp.Diff(want, c.State("datastore")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"datastore", "other"}, c.StoreNames()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(c.State("other").Absent) != 1 || len(c.State("nowhere").Entities) != 0 {
		t.Errorf("have %v and %v", c.State("other"), c.State("nowhere"))
	}
	if len(base.Entities[0].Properties) != 3 || len(base.Entities[0].Unindexed) != 3 {
		t.Errorf("the base was changed: %v", base.Entities[0])
	}
}

func TestPropertyPaths(t *testing.T) {
	for text, want := range map[string]corpus.PropertyPath{
		"tags":          {{Name: "tags"}},
		"address.city":  {{Name: "address"}, {Name: "city"}},
		"tags[2]":       {{Name: "tags"}, {Index: 2}},
		"a[0].b":        {{Name: "a"}, {Index: 0}, {Name: "b"}},
		`a\.b\[0\]\\.c`: {{Name: `a.b[0]\`}, {Name: "c"}},
	} {
		have, err := corpus.ParsePropertyPath(text)
		if diff := cmp.Diff(want, have); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", text, err, diff)
		}
		if have.String() != text {
			t.Errorf("%s became %s", text, have)
		}
	}
	for _, text := range []string{"", ".", "a.", ".a", "[0]", "a[", "a[]", "a[-1]", "a[01]", "a[+1]", "a]", `a\`, `a\b`, "a[0]b"} {
		if have, err := corpus.ParsePropertyPath(text); err == nil {
			t.Errorf("%q was read as %v", text, have)
		}
	}
}

func TestRootFields(t *testing.T) {
	for _, row := range []struct{ reason, document, name, want string }{
		{"aliases are resolved, repetitions dropped", "{ a: x b: x y }", "", "query x y"},
		{"fragments are resolved in place", "{ ...F z } fragment F on Query { x ...G } fragment G on Query { ...F y }", "", "query x y z"},
		{"what may be skipped counts", "mutation($s: Boolean!) { x @skip(if: $s) ... @include(if: $s) { y } }", "", "mutation x y"},
		{"the name selects", "query A { x } mutation B { y }", "B", "mutation y"},
		{"one operation needs no name", "query A { x }", "", "query x"},
	} {
		operation, fields, err := corpus.RootFields(row.document, row.name)
		have := string(operation)
		for _, f := range fields {
			have += " " + f
		}
		if have != row.want || err != nil {
			t.Errorf("%s: want %q, have %q, %v", row.reason, row.want, have, err)
		}
	}
}
