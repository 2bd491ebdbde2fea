package corpus

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const (
	asideBase = "datastore:\n  entities: [{key: [School, 1], properties: {name: Hill}}]\n"
	asideCase = `version: 1
recorded: {at: 2026-11-20T14:03:22.184Z, implementation: legacy}
request:
  operation: mutation
  fields: [rename]
  document: |
    mutation { rename(id: 1) { id } }
fixture:
  base: ../fixtures/school.yaml
expect:
  http: {status: 200, headers: {content-type: application/json}}
  response: {data: {rename: {id: "1"}}}
`
)

// asideCorpus is a corpus of one case that stands on a fixture file.
func asideCorpus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"fixtures/school.yaml": asideBase, "rename/a-00000001.yaml": asideCase} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestSetAside moves a case out and back: it is no part of the corpus meanwhile,
// and can be read on the same fixture all the same.
func TestSetAside(t *testing.T) {
	const name = "rename/a-00000001"
	dir := asideCorpus(t)
	before := opened(t, Open, dir)
	if err := SetAside(dir, name, "Class/7 is missing\n"); err != nil {
		t.Fatal(err)
	}
	during := opened(t, Open, dir)
	if len(during.Cases) != 0 || during.Unfaithful != 1 {
		t.Errorf("%d cases and %d set aside, want 0 and 1", len(during.Cases), during.Unfaithful)
	}
	aside := opened(t, OpenUnfaithful, dir)
	if len(aside.Cases) != 1 || aside.Unfaithful != 0 {
		t.Fatalf("%d cases and %d set aside, want 1 and 0", len(aside.Cases), aside.Unfaithful)
	}
	if got, want := aside.Cases[0].File, filepath.ToSlash(dir)+"/_unfaithful/rename/a-00000001.yaml"; got != want {
		t.Errorf("the file is called %q, want %q", got, want)
	}
	ignored := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "File" }, cmp.Ignore())
	if diff := cmp.Diff(before.Cases[0], aside.Cases[0], ignored); diff != "" {
		t.Errorf("set aside, the case reads otherwise (-before +after):\n%s", diff)
	}
	if got := Reason(dir, name); got != "Class/7 is missing\n" {
		t.Errorf("reason %q", got)
	}
	if err := TakeBack(dir, name); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, opened(t, Open, dir)); diff != "" {
		t.Errorf("taken back, the corpus is another (-before +after):\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(dir, Unfaithful)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty folder stays: %v", err)
	}
}

// TestTakeBackKeepsTheNewCase wants no recording lost.
func TestTakeBackKeepsTheNewCase(t *testing.T) {
	const name = "rename/a-00000001"
	dir := asideCorpus(t)
	if err := SetAside(dir, name, "no"); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name+".yaml")
	if err := os.WriteFile(file, []byte(asideCase), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := TakeBack(dir, name); !errors.Is(err, fs.ErrExist) {
		t.Errorf("took it back: %v", err)
	}
	if n := len(opened(t, OpenUnfaithful, dir).Cases); n != 1 {
		t.Errorf("%d cases are set aside, want 1", n)
	}
	// A newer recording that is unfaithful too takes the place of the older one.
	if err := SetAside(dir, name, "again"); err != nil {
		t.Fatal(err)
	}
	if got := Reason(dir, name); got != "again" {
		t.Errorf("reason %q", got)
	}
}

func TestSetAsideNothing(t *testing.T) {
	dir := asideCorpus(t)
	if err := SetAside(dir, "rename/none", "no"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("set aside what is not there: %v", err)
	}
	if c := opened(t, OpenUnfaithful, t.TempDir()); len(c.Cases) != 0 {
		t.Errorf("%d cases are set aside in an empty folder", len(c.Cases))
	}
}

// TestLoadCountsAside wants the count from any file system, and what is no case
// among what was set aside left alone.
func TestLoadCountsAside(t *testing.T) {
	fsys := fstest.MapFS{
		"fixtures/school.yaml":                  {Data: []byte(asideBase)},
		"rename/a-00000001.yaml":                {Data: []byte(asideCase)},
		"_unfaithful/rename/b.yaml":             {Data: []byte("not: a case")},
		"_unfaithful/rename/b.reason.txt":       {Data: []byte("why")},
		"_unfaithful/rename/.saving-1.yaml":     {Data: []byte("half")},
		"_unfaithful/rename/deep/er/c.yaml":     {Data: []byte(asideCase)},
		"_unfaithful/_unfaithful/rename/d.yaml": {Data: []byte(asideCase)},
	}
	c, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Cases) != 1 || c.Unfaithful != 2 {
		t.Errorf("%d cases and %d set aside, want 1 and 2", len(c.Cases), c.Unfaithful)
	}
}

func opened(t *testing.T, open func(string) (*Corpus, error), dir string) *Corpus {
	t.Helper()
	c, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
