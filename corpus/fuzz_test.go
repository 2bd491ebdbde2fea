package corpus_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

// seeds adds the files of patterns to the inputs of a fuzz test.
func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("no files %s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

// FuzzParse: whatever the bytes, a case is refused, or can be written and read.
func FuzzParse(f *testing.F) {
	seeds(f, "testdata/valid/*.yaml", "testdata/valid/*.golden", "testdata/invalid/*.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := corpus.Parse("field/name.yaml", data)
		if err == nil {
			roundTrip(t, c)
		}
	})
}

// FuzzParseState: the same for fixture files.
func FuzzParseState(f *testing.F) {
	f.Add([]byte("datastore:\n  entities:\n    - key: [A, 1]\n      properties: {a: !entity {b: [1, 2.0, !key [B, x]]}}\n  absent: [[A, 2]]\n"))
	f.Add([]byte("a: {entities: [{key: {namespace: n, path: [A, \"1\"]}, unindexed: [a], properties: {a: !meaning [22, !!binary YQ==]}}]}\n"))
	f.Add([]byte("base: x\nchanges: {a: [{delete: [A, 1]}]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		states, err := corpus.ParseState("fixture.yaml", data)
		if err != nil {
			return
		}
		first, err := corpus.FormatState(states)
		if err != nil {
			t.Fatal(err)
		}
		back, err := corpus.ParseState("fixture.yaml", first)
		if err != nil {
			t.Fatalf("%v\n%s", err, first)
		}
		if diff := cmp.Diff(states, back, sameFloats); diff != "" {
			t.Fatalf("(-want +got):\n%s\n%s", diff, first)
		}
	})
}

func FuzzParsePropertyPath(f *testing.F) {
	for _, seed := range []string{"a", "a.b[2].c", `a\.b`, "", "a..b", "a[", "[1]", `\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := corpus.ParsePropertyPath(s)
		if err == nil && p.String() != s {
			t.Fatalf("%q became %q", s, p)
		}
	})
}
