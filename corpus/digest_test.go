package corpus

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"
)

func TestDigest(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("rename/a.yaml", "version: 1\nfixture: {base: ../_fixtures/one.yaml}\n")
	write("rename/b.yaml", "version: 1\n")
	write("_fixtures/one.yaml", "base: two.yaml\n")
	write("_fixtures/two.yaml", "datastore: {}\n")
	cases := []*Case{{Name: "rename/a"}}
	digest := func() string {
		t.Helper()
		d, err := Digest(dir, cases)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	before := digest()
	if len(before) != 64 {
		t.Fatalf("digest %q", before)
	}
	write("rename/b.yaml", "version: 1 # changed\n")
	if digest() != before {
		t.Error("another case changes the digest")
	}
	write("_fixtures/two.yaml", "datastore: {} # changed\n")
	after := digest()
	if after == before {
		t.Error("what a base stands on does not change the digest")
	}
	if zipped := digestOfZip(t, dir, cases); zipped != after {
		t.Errorf("a zip of the corpus has digest %s, the directory %s", zipped, after)
	}
	if _, err := Digest(dir, []*Case{{Name: "rename/none"}}); err == nil {
		t.Error("a case without a file has a digest")
	}
}

func digestOfZip(t *testing.T, dir string, cases []*Case) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "corpus.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := Digest(name, cases)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
