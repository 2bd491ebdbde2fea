package features

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// TestKeysAsReportsSpellThem reads the text of any key, and its spelling in the
// corpus, back.
func TestKeysAsReportsSpellThem(t *testing.T) {
	names := rapid.StringMatching(`[A-Za-z0-9 ,.:"'/äß|-]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		var k corpus.Key
		if rapid.Bool().Draw(t, "namespaced") {
			k.Namespace = names.Draw(t, "namespace")
		}
		for range rapid.IntRange(1, 3).Draw(t, "elements") {
			e := corpus.PathElement{Kind: rapid.StringMatching(`[A-Za-z][A-Za-z0-9_. ]{0,5}`).Draw(t, "kind")}
			if e.Kind = strings.TrimSpace(e.Kind); rapid.Bool().Draw(t, "id") {
				e.ID = rapid.Int64Range(1, 1<<60).Draw(t, "id")
			} else {
				e.Name = names.Draw(t, "name")
			}
			k.Path = append(k.Path, e)
		}
		have, err := parseKey(k.String(), false)
		if err != nil || !have.Equal(k) {
			t.Fatalf("%s is read as %s: %v", k, have, err)
		}
		cs, err := readPart("x", "  effects:\n    s:\n", "      - delete: "+keyYAML(k), 0)
		if err != nil || !cs.Expect.Effects["s"][0].Key.Equal(k) {
			t.Fatalf("%s is spelled %s: %v", k, keyYAML(k), err)
		}
	})
}

func TestKeysFindTheirStore(t *testing.T) {
	b := &book{config: &harness.Config{File: "replay.yaml", Stores: []harness.StoreConfig{
		{Name: "cache", Kind: "redis"}, {Name: "db", Kind: "postgres"}, {Name: "ds", Kind: "datastore"}, {Name: "old", Kind: "datastore"},
	}}}
	for _, row := range []struct{ reason, key, named, store, text string }{
		{"a row has a schema", "public.grades/42", "", "db", "public.grades/42"},
		{"several columns", "public.members/7,ann", "", "db", "public.members/7,ann"},
		{"neither entity nor row", "grade:42", "", "cache", "key/grade:42"},
		{"said so", "public.grades/42", "cache", "cache", `key/"public.grades\/42"`},
		{"said which of two", "Class/7/Assignment/42", "old", "old", "Class/7/Assignment/42"},
		{"not said which of two", "Class/7", "", "", `several stores are of kind datastore; add: in "ds"`},
		{"no such store", "Class/7", "d", "", `no store "d" is configured`},
		{"half a key", "Class/7/Assignment", "ds", "", `key "Class/7/Assignment" is incomplete`},
	} {
		store, k, err := b.key(row.key, row.named)
		switch {
		case err != nil && (row.store != "" || !strings.Contains(err.Error(), row.text)):
			t.Errorf("%s: %v, want %s", row.reason, err, row.text)
		case err == nil && (store != row.store || k.String() != row.text):
			t.Errorf("%s: %s in %s, want %s in %q", row.reason, k, store, row.text, row.store)
		}
	}
}

func TestEdits(t *testing.T) {
	const variables = `{"a":1,"in":{"list":[{"x":1},2],"n":null}}`
	for _, row := range []struct{ reason, path, value, want string }{
		{"a variable", "a", `"b"`, `{"a":"b","in":{"list":[{"x":1},2],"n":null}}`},
		{"null is a value", "a", "null", `{"a":null,"in":{"list":[{"x":1},2],"n":null}}`},
		{"left out", "a", "omitted", `{"in":{"list":[{"x":1},2],"n":null}}`},
		{"a member", "in.n", "1.0", `{"a":1,"in":{"list":[{"x":1},2],"n":1.0}}`},
		{"an element", "in.list[1]", "3", `{"a":1,"in":{"list":[{"x":1},3],"n":null}}`},
		{"an element left out", "in.list[0]", "omitted", `{"a":1,"in":{"list":[2],"n":null}}`},
		{"within an element", "in.list[0].x", "2", `{"a":1,"in":{"list":[{"x":2},2],"n":null}}`},
		{"a new member", "in.m", "{}", `{"a":1,"in":{"list":[{"x":1},2],"n":null,"m":{}}}`},
		{"a way that is not there", "b.c", "1", `{"a":1,"in":{"list":[{"x":1},2],"n":null},"b":{"c":1}}`},
		{"nothing to leave out", "b", "omitted", variables},
		{"beyond the list", "in.list[2]", "1", "error: there is no element 2"},
		{"below a number", "a.b", "1", `error: "b" is no part of a value`},
	} {
		e, err := readEdit(row.path, row.value)
		if err != nil {
			t.Fatal(err)
		}
		have, err := e.apply(corpus.JSON(variables))
		if err != nil {
			if want, ok := strings.CutPrefix(row.want, "error: "); !ok || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", row.reason, err)
			}
			continue
		}
		if diff := cmp.Diff(row.want, string(have)); diff != "" {
			t.Errorf("%s (-want +have):\n%s", row.reason, diff)
		}
	}
	e, err := readEdit("a", "1")
	if err != nil {
		t.Fatal(err)
	}
	if have, err := e.apply(nil); err != nil || string(have) != `{"a":1}` {
		t.Errorf("the first variable: %s, %v", have, err)
	}
}

// TestStepsAreNotAmbiguous wants the text of each step to be that step alone,
// however it is filled in.
func TestStepsAreNotAmbiguous(t *testing.T) {
	capitals := regexp.MustCompile(`\b[A-Z]{2,}\b`)
	for _, s := range steps() {
		for _, store := range []string{"", ` in "db"`} {
			for _, filling := range []string{"x", `a \"b\" is \"c\"`, "7"} {
				text := strings.Replace(s.text, ` [in "STORE"]`, store, 1)
				text = strings.NewReplacer("(query|mutation)", "query", "STATUS", "200").Replace(text)
				if bare, ok := strings.CutSuffix(text, " VALUE"); ok {
					text = bare + ` "` + filling + `"`
				}
				text = capitals.ReplaceAllString(text, filling)
				var found []string
				for _, other := range steps() {
					if other.expr.MatchString(text) {
						found = append(found, other.text)
					}
				}
				if len(found) != 1 || found[0] != s.text {
					t.Errorf("%s is %q, want %s alone", text, found, s.text)
				}
			}
		}
	}
}

// TestRowKeys reads the text of the key of any row back.
func TestRowKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var columns []corpus.Value
		for range rapid.IntRange(1, 3).Draw(t, "columns") {
			if rapid.Bool().Draw(t, "number") {
				columns = append(columns, rapid.Int64().Draw(t, "number"))
				continue
			}
			columns = append(columns, rapid.StringMatching(`[A-Za-z0-9 ,.:"'/ä|-]{0,8}`).Draw(t, "text"))
		}
		k, ok := corpus.RowKey("public.t", columns...)
		have, err := parseKey(k.String(), true)
		if !ok || err != nil || !have.Equal(k) {
			t.Fatalf("%s is read as %s: %v", k, have, err)
		}
	})
}
