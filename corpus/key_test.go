package corpus_test

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

func key(namespace string, path ...any) corpus.Key {
	k := corpus.Key{Namespace: namespace}
	for i := 0; i < len(path); i += 2 {
		e := corpus.PathElement{Kind: path[i].(string)}
		if i+1 < len(path) {
			switch v := path[i+1].(type) {
			case int:
				e.ID = int64(v)
			case string:
				e.Name = v
			}
		}
		k.Path = append(k.Path, e)
	}
	return k
}

func TestKeyString(t *testing.T) {
	for _, row := range []struct {
		key    corpus.Key
		want   string
		reason string
	}{
		{key("", "Class", 7, "Assignment", 42), "Class/7/Assignment/42", "kinds and ids alternate"},
		{key("", "User", "ann lee"), "User/ann lee", "a name is plain"},
		{key("", "User", "user:17"), "User/user:17", "a colon after the first kind ends no namespace"},
		{key("ns", "User", 1), "ns:User/1", "the namespace comes first"},
		{key("", "a:b", 1), `"a:b"/1`, "a colon in a kind is no namespace"},
		{key("", "Class", "42"), `Class/"42"`, "a name of digits is no id"},
		{key("", "Class", "-1"), `Class/"-1"`, "nor is one with a sign"},
		{key("", "File", "a/b"), `File/"a\/b"`, "a slash separates elements"},
		{key("", "File", `say "a"`), `File/"say \"a\""`, "quotes are escaped"},
		{key("", "File", " a"), `File/" a"`, "space at the edge would be lost to the eye"},
		{key("", "File", "a\nb"), `File/"a\nb"`, "a key is one line"},
		{key("", "Class", 7, "Assignment"), "Class/7/Assignment", "an incomplete key ends in its kind"},
		{corpus.Key{}, "", "no key"},
	} {
		if have := row.key.String(); have != row.want {
			t.Errorf("%s: want %s, have %s", row.reason, row.want, have)
		}
	}
}

func TestKeysAreInDatastoreOrder(t *testing.T) {
	want := []corpus.Key{
		key("", "A"),
		key("", "A", -1),
		key("", "A", 2),
		key("", "A", 2, "B", 1),
		key("", "A", 10),
		key("", "A", "10"),
		key("", "A", "2"),
		key("", "A", "B"),
		key("", "A", "a"),
		key("", "B", 1),
		key("ns", "A", 1),
	}
	have := slices.Clone(want)
	slices.Reverse(have)
	slices.SortFunc(have, corpus.Key.Compare)
	if diff := gocmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// someKeys are keys that often collide in their parts.
func someKeys() *rapid.Generator[corpus.Key] {
	part := rapid.SampledFrom([]string{"a", "b", "1", "a/b", "a:b", `"`, `\`, "/", ":", "", " ", `"a"`, `a\/b`})
	kind := part.Filter(func(s string) bool { return s != "" })
	return rapid.Custom(func(t *rapid.T) corpus.Key {
		k := corpus.Key{Namespace: part.Draw(t, "namespace")}
		for range rapid.IntRange(1, 2).Draw(t, "elements") {
			e := corpus.PathElement{Kind: kind.Draw(t, "kind"), Name: kind.Draw(t, "name")}
			if rapid.Bool().Draw(t, "id") {
				e.Name, e.ID = "", rapid.Int64Range(1, 2).Draw(t, "number")
			}
			k.Path = append(k.Path, e)
		}
		if last := &k.Path[len(k.Path)-1]; rapid.Bool().Draw(t, "incomplete") {
			last.ID, last.Name = 0, ""
		}
		return k
	})
}

func TestKeyTextTellsKeysApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := someKeys().Draw(t, "a"), someKeys().Draw(t, "b")
		if (a.String() == b.String()) != a.Equal(b) || a.Equal(b) != gocmp.Equal(a, b) {
			t.Fatalf("%q and %q, equal: %v", a, b, a.Equal(b))
		}
	})
}

func TestKeyOrderIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := someKeys().Draw(t, "a"), someKeys().Draw(t, "b"), someKeys().Draw(t, "c")
		if cmp.Compare(a.Compare(b), 0) != -cmp.Compare(b.Compare(a), 0) {
			t.Fatalf("%s and %s compare alike both ways", a, b)
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%s, %s, %s are not transitive", a, b, c)
		}
	})
}

func TestCompleteKeys(t *testing.T) {
	for _, row := range []struct {
		key  corpus.Key
		want bool
	}{
		{key("", "A", 1), true},
		{key("", "A", 1, "B", "x"), true},
		{key("", "A", 1, "B"), false},
		{key("", "A"), false},
		{key("", "", 1), false},
		{corpus.Key{}, false},
		{corpus.Key{Path: []corpus.PathElement{{Kind: "A", ID: 1, Name: "x"}}}, false},
	} {
		if have := row.key.Complete(); have != row.want {
			t.Errorf("%s: want %v, have %v", row.key, row.want, have)
		}
	}
	if parent := key("ns", "A", 1, "B", 2).Parent(); !parent.Equal(key("ns", "A", 1)) {
		t.Errorf("parent is %s", parent)
	}
	if kind := key("", "A", 1, "B", 2).Kind(); kind != "B" {
		t.Errorf("kind is %s", kind)
	}
}
