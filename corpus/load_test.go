package corpus_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

// TestLoad loads the files of each archive; the golden file has the problems, or
// each case with the keys of its resolved fixture.
func TestLoad(t *testing.T) {
	eachFile(t, "testdata/load/*.txtar", func(t *testing.T, file string) {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fsys := fstest.MapFS{}
		for _, f := range archive.Files {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		loaded, err := corpus.Load(fsys)
		golden(t, strings.TrimSuffix(file, ".txtar")+".txt", describe(t, loaded, err))
	})
}

func describe(t *testing.T, c *corpus.Corpus, err error) string {
	t.Helper()
	if err != nil {
		if _, ok := strictyaml.AsProblems(err); !ok {
			t.Errorf("the error is no Problems: %T", err)
		}
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, one := range c.Cases {
		fmt.Fprintf(&b, "%s (%s)\n", one.Name, one.File)
		for _, store := range one.StoreNames() {
			data, err := corpus.FormatState(map[string]corpus.State{store: one.State(store)})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s", data)
		}
	}
	fmt.Fprintf(&b, "sha256 %s\n", c.SHA256)
	return b.String()
}

const small = `version: 1
recorded: {at: 2026-11-20T14:03:22.184Z}
request: {operation: query, fields: [%s], document: "{ %[1]s }"}
fixture: {}
expect: {http: {status: 200}, response: {}}
`

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// unreadable refuses to open one file.
type unreadable struct {
	fs.FS
	name string
}

func (u unreadable) Open(name string) (fs.File, error) {
	if name == u.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("permission denied")}
	}
	return u.FS.Open(name)
}

func TestUnreadableFilesAndDirectoriesAreProblems(t *testing.T) {
	fsys := fstest.MapFS{
		"a/one.yaml": &fstest.MapFile{Data: fmt.Appendf(nil, small, "a")},
		"b/two.yaml": &fstest.MapFile{Data: fmt.Appendf(nil, small, "b")},
	}
	for name, want := range map[string]string{
		"a/one.yaml": "a/one.yaml: read: permission denied",
		"b":          "b: read: permission denied",
		".":          ".: read: permission denied",
	} {
		_, err := corpus.Load(unreadable{fsys, name})
		if err == nil || err.Error() != want {
			t.Errorf("%s: want %q, have %v", name, want, err)
		}
	}
}

func TestOpenNamesFilesBelowItsPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "corpus")
	write(t, filepath.Join(dir, "a", "one.yaml"), "version: 1\n")
	_, err := corpus.Open(dir)
	problems, ok := strictyaml.AsProblems(err)
	if !ok {
		t.Fatalf("want problems, have %v", err)
	}
	if want := filepath.ToSlash(filepath.Join(dir, "a", "one.yaml")); problems[0].File != want {
		t.Errorf("want file %q, have %q", want, problems[0].File)
	}
}

func TestOpenRefusesWhatIsNoCorpus(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "case.yaml"), "version: 1\n")
	write(t, filepath.Join(dir, "broken.zip"), "PK")
	for _, name := range []string{"nowhere", "case.yaml", "broken.zip"} {
		if _, err := corpus.Open(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

// TestOpenReadsLinkedFilesButNoLinkedDirectories: a directory behind a link would
// be skipped by the walk, and its cases with it.
func TestOpenReadsLinkedFilesButNoLinkedDirectories(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	top := t.TempDir()
	write(t, filepath.Join(top, "elsewhere", "one.yaml"), fmt.Sprintf(small, "a"))
	dir := filepath.Join(top, "corpus")
	write(t, filepath.Join(dir, "README.md"), "")
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link(filepath.Join(top, "elsewhere", "one.yaml"), "one.yaml")
	c, err := corpus.Open(dir)
	if err != nil || len(c.Cases) != 1 {
		t.Fatalf("want one case, have %v, %v", c, err)
	}
	link(filepath.Join(top, "elsewhere"), "linked")
	link(filepath.Join(top, "lost.yaml"), "lost.yaml")
	_, err = corpus.Open(dir)
	for _, want := range []string{"linked: a symbolic link to a directory is not followed", "lost.yaml: read: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, have %v", want, err)
		}
	}
}

func TestZipOfADirectoryIsTheSameCorpus(t *testing.T) {
	files := map[string]string{
		"a/one.yaml":           strings.Replace(fmt.Sprintf(small, "a"), "{}", "{base: ../fixtures/base.yaml}", 1),
		"b/two.yaml":           fmt.Sprintf(small, "b"),
		"fixtures/base.yaml":   "datastore: {entities: [{key: [A, 1]}]}\n",
		"_unfaithful/c/x.yaml": "7\n",
	}
	dir := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(dir, "corpus", filepath.FromSlash(name)), content)
	}
	want, err := corpus.Open(filepath.Join(dir, "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"", "corpus/"} {
		file := filepath.Join(dir, "corpus.zip")
		writeZip(t, file, prefix, files)
		have, err := corpus.Open(file)
		if err != nil {
			t.Fatalf("prefix %q: %v", prefix, err)
		}
		withoutFile := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Cases.File" }, cmp.Ignore())
		if diff := cmp.Diff(want, have, withoutFile); diff != "" {
			t.Errorf("prefix %q (-dir +zip):\n%s", prefix, diff)
		}
	}
}

func writeZip(t *testing.T, file, prefix string, files map[string]string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for name, content := range files {
		entry, err := w.Create(prefix + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestContentDecidesTheHash(t *testing.T) {
	fsys := fstest.MapFS{
		"a/one.yaml":  &fstest.MapFile{Data: []byte(strings.Replace(fmt.Sprintf(small, "a"), "{}", "{base: ../base.yaml}", 1))},
		"base.yaml":   &fstest.MapFile{Data: []byte("datastore: {}\n")},
		"README.md":   &fstest.MapFile{Data: []byte("one")},
		"_x/two.yaml": &fstest.MapFile{Data: []byte("one")},
	}
	hash := func() string {
		t.Helper()
		c, err := corpus.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		return c.SHA256
	}
	before := hash()
	fsys["README.md"].Data, fsys["_x/two.yaml"].Data = []byte("two"), []byte("two")
	if hash() != before {
		t.Error("a file beside the corpus changes its hash")
	}
	fsys["base.yaml"].Data = []byte("datastore: {absent: [[A, 1]]}\n")
	if hash() == before {
		t.Error("a base does not change the hash")
	}
}
