package corpus_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

func TestRowKeys(t *testing.T) {
	for _, row := range []struct {
		reason, want string
		columns      []corpus.Value
	}{
		{"a serial", "public.t/42", []corpus.Value{int64(42)}},
		{"0 is no id of Datastore", `public.t/"0"`, []corpus.Value{int64(0)}},
		{"text that looks like a number", `public.t/"42"`, []corpus.Value{"42"}},
		{"several columns", "public.t/7,ann", []corpus.Value{int64(7), "ann"}},
		{"a comma in a column", `public.t/"7,ann"`, []corpus.Value{"7,ann"}},
		{"no text", "public.t/''", []corpus.Value{""}},
		{"the text that stands for any row", "public.t/'*'", []corpus.Value{"*"}},
		{"a type of its own", "public.t/2026-12-01", []corpus.Value{corpus.Typed{Type: "date", Text: "2026-12-01"}}},
		{"null is in no primary key", "", []corpus.Value{nil}},
		{"nor is a list", "", []corpus.Value{[]corpus.Value{int64(1)}}},
		{"no columns", "", nil},
	} {
		k, ok := corpus.RowKey("public.t", row.columns...)
		if have := k.String(); have != row.want || ok != (row.want != "") {
			t.Errorf("%s: want %s, have %s, %t", row.reason, row.want, have, ok)
		}
		if ok && (k.Kind() != "public.t" || !k.Complete() || k.AnyRow()) {
			t.Errorf("%s: kind %s, complete %t, any row %t", row.reason, k.Kind(), k.Complete(), k.AnyRow())
		}
	}
}

// TestRowKeysAreDistinct: rows of one table with different keys have different
// texts.
func TestRowKeysAreDistinct(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.SliceOfN(cells(), 1, 3)
		a, b := columns.Draw(t, "a"), columns.Draw(t, "b")
		x, _ := corpus.RowKey("public.t", a...)
		y, _ := corpus.RowKey("public.t", b...)
		if (x.String() == y.String()) != x.Equal(y) {
			t.Fatalf("%v and %v are %s and %s", a, b, x, y)
		}
	})
}

func TestRedisNames(t *testing.T) {
	for _, name := range []string{"a", "", "'", "''", "*", "class:7", "42"} {
		for _, database := range []int{0, 3} {
			have, number, ok := corpus.RedisName(corpus.RedisKey(name, database))
			if have != name || number != database || !ok {
				t.Errorf("%q in %d became %q in %d, %t", name, database, have, number, ok)
			}
		}
	}
	if _, _, ok := corpus.RedisName(key("", "key", 1)); ok {
		t.Error("an id is no name of Redis")
	}
}

// TestChangesOfTables: changes find the rows of a base by the columns that it
// names, and rows of tables without a key by what they hold.
func TestChangesOfTables(t *testing.T) {
	base, err := corpus.ParseState("base", []byte(`
db:
  primary: {public.grades: [id]}
  tables:
    public.grades: [{id: 1, score: 5}, {id: 2}]
    public.log: [{m: a}, {m: a}, {m: b}]
  sequences: {public.s: 5}
`))
	if err != nil {
		t.Fatal(err)
	}
	grade := func(id int64) corpus.Key { k, _ := corpus.RowKey("public.grades", id); return k }
	logged := corpus.AnyRow("public.log")
	five, six := corpus.Value(int64(5)), corpus.Value(int64(6))
	f := corpus.Fixture{
		Shared: base,
		Changes: map[string][]corpus.Effect{"db": {
			{Op: corpus.Update, Key: grade(1), Set: map[string]corpus.Change{"score": {From: &five, To: &six}}},
			{Op: corpus.Delete, Key: grade(2)},
			{Op: corpus.Delete, Key: logged, Properties: map[string]corpus.Value{"m": "a"}},
			{Op: corpus.Insert, Key: logged, Properties: map[string]corpus.Value{"m": "c"}},
		}},
		Stores: map[string]corpus.State{"db": {
			Form:      corpus.Tables,
			Entities:  []corpus.Entity{{Key: corpus.AnyRow("public.grades"), Properties: map[string]corpus.Value{"id": int64(3)}}},
			Sequences: map[string]int64{"public.s": 7},
		}},
	}
	have := f.State("db")
	var keys []string
	for _, e := range have.Entities {
		keys = append(keys, e.Key.String()+" "+corpus.ValueText(&corpus.Entity{Properties: e.Properties}))
	}
	want := []string{
		"public.grades/1 !entity {id: 1, score: 6}", "public.grades/3 !entity {id: 3}",
		"public.log/* !entity {m: a}", "public.log/* !entity {m: b}", "public.log/* !entity {m: c}",
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if have.Form != corpus.Tables || have.Sequences["public.s"] != 7 || len(have.Primary) != 1 {
		t.Errorf("have %+v", have)
	}
}
