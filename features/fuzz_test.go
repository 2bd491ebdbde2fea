package features

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// FuzzCheck reads any feature file without a panic.
func FuzzCheck(f *testing.F) {
	for _, glob := range []string{"testdata/wrong/*.feature", "testdata/desk/features/*.feature", "testdata/odd.feature", "../examples/classroom/features/*.feature"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			f.Fatal(glob, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	cs, err := corpus.Parse("say/odd", []byte(oddCase))
	if err != nil {
		f.Fatal(err)
	}
	cases := &corpus.Corpus{Cases: []*corpus.Case{cs}}
	c := oddConfig()
	sdl, err := os.ReadFile("../examples/classroom/schema.graphql")
	if err != nil {
		f.Fatal(err)
	}
	if c.Schema, err = normalizers.LoadSchema("schema.graphql", sdl); err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(dir, "any.feature")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = Check(c, cases, []string{file}, "")
	})
}
