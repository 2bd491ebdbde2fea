package normalizers

import (
	"testing"

	"github.com/sidebyside/replay/corpus"
)

func key(namespace string, path ...any) corpus.Key {
	k := corpus.Key{Namespace: namespace}
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

func TestKeyPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern string
		key     corpus.Key
		want    bool
		reason  string
	}{
		{"effects:d/Class/7", key("", "Class", 7), true, "the same key"},
		{"effects:d/Class/7", key("", "Class", 8), false, "another id"},
		{"effects:d/Class/*", key("", "Class", 8), true, "any id"},
		{"effects:d/Class/*", key("", "Class", "ann"), true, "any name"},
		{"effects:d/Class/*", key("", "Class", 7, "Assignment", 8), false, "a child is another entity"},
		{"effects:d/*/*", key("", "Class", 7), true, "any kind"},
		{"effects:d/**/Assignment/*", key("", "Class", 7, "Assignment", 8), true, "any ancestors"},
		{"effects:d/**/Assignment/*", key("", "Assignment", 8), true, "no ancestors"},
		{"effects:d/**/Assignment/*", key("", "Assignment", 8, "Log", 1), false, "an ancestor only"},
		{"effects:d/**", key("", "Class", 7, "Assignment", 8), true, "every key"},
		{`effects:d/Class/"*"`, key("", "Class", "*"), true, "quotes close what is open"},
		{`effects:d/Class/"*"`, key("", "Class", "x"), false, "quotes close what is open"},
		{`effects:d/File/"a.b/c".size`, key("", "File", "a.b/c"), true, "quoted signs of the path"},
	} {
		p, err := parsePattern(test.pattern)
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		if got := p.matchesKey(test.key); got != test.want {
			t.Errorf("%s matches %s: %v, want %v: %s", test.pattern, test.key, got, test.want, test.reason)
		}
	}
}

// FuzzPattern: reading never panics, and what was read can be walked.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{
		"response:data.search.hits", "response:data.items[*].x", "response:data.**.cursor", `response:data."a.b"[0]`,
		"effects:datastore/Class/7/Assignment/42.title", `effects:*/**/File/"x/y".tags[*]`, "calls:users[*].invite.at", "http:status", ":", "response:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, text string) {
		p, err := parsePattern(text)
		if err != nil {
			return
		}
		p.matchesKey(key("", "Class", 7, "Assignment", "x"))
		walk := trail{}
		if len(p.steps) > 0 {
			walk = trail{{&Rule{}, p.steps}}
		}
		for range 5 {
			walk, _ = walk.member("data")
			walk, _ = walk.item(0)
		}
	})
}
