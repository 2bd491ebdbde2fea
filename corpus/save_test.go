package corpus_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

// typical is a valid case, changed.
func typical(t *testing.T, change func(*corpus.Case)) *corpus.Case {
	t.Helper()
	data, err := os.ReadFile("testdata/valid/typical.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := corpus.Parse("renameAssignment/rename-00000000.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	change(c)
	return c
}

func TestSaveAndOpen(t *testing.T) {
	dir := t.TempDir()
	c := typical(t, func(*corpus.Case) {})
	for range 2 { // the second one replaces the first
		path, err := corpus.Save(dir, c)
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(dir, "renameAssignment", "rename-00000000.yaml"); path != want {
			t.Errorf("want path %s, have %s", want, path)
		}
	}
	loaded, err := corpus.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.File = filepath.ToSlash(filepath.Join(dir, "renameAssignment", "rename-00000000.yaml"))
	if diff := cmp.Diff([]*corpus.Case{c}, loaded.Cases); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	files, err := os.ReadDir(filepath.Join(dir, "renameAssignment"))
	if err != nil || len(files) != 1 {
		t.Errorf("something is left beside the case: %v, %v", files, err)
	}
}

func TestSaveRefusesNamesOutsideTheCorpus(t *testing.T) {
	for _, name := range []string{"", "../x", "/x", "a//b", "a/./b", "."} {
		c := typical(t, func(c *corpus.Case) { c.Name = name })
		if path, err := corpus.Save(t.TempDir(), c); err == nil {
			t.Errorf("%q was saved as %s", name, path)
		}
	}
}

func TestNothingIsWrittenThatCannotBeRead(t *testing.T) {
	first := func(c *corpus.Case) *corpus.Entity { return &c.Fixture.Stores["datastore"].Entities[0] }
	value := func(v corpus.Value) func(*corpus.Case) {
		return func(c *corpus.Case) { first(c).Properties["v"] = v }
	}
	for _, row := range []struct {
		change func(*corpus.Case)
		want   string
	}{
		{value("\xff"), "is not UTF-8"},
		{value(1), "a value is no int"},
		{value(time.Unix(0, 1)), "finer than Datastore's microseconds"},
		{value(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "outside the years 1 to 9999"},
		{value([]corpus.Value{[]corpus.Value{}}), "a list within a list"},
		{value(key("", "A")), "the key is incomplete"},
		{value(key("", "A", nil, "B", 1)), "incomplete before its end"},
		{value(corpus.Key{}), "the key has no kind"},
		{value(corpus.Key{Path: []corpus.PathElement{{Kind: "A", ID: 1, Name: "b"}}}), "both id and name"},
		{value(corpus.GeoPoint{Lat: math.NaN()}), "not between"},
		{value(corpus.Meant{Value: "x"}), "a meaning is"},
		{value((*corpus.Entity)(nil)), "embedded entity is nil"},
		{value(&corpus.Entity{Unindexed: []string{"a"}}), "index flags of its own"},
		{func(c *corpus.Case) { first(c).Properties[""] = 1.0 }, `"" is no name for a property`},
		{func(c *corpus.Case) { first(c).Key = key("", "A") }, "the key is incomplete"},
		{func(c *corpus.Case) { c.Request.Document = "{" }, "parse document"},
		{func(c *corpus.Case) { c.Request.Document += "# \xff" }, "is not UTF-8"},
		{func(c *corpus.Case) { c.Request.Fields = nil }, "fields are []"},
		{func(c *corpus.Case) { c.Request.Variables = corpus.JSON("{") }, "decode JSON"},
		{func(c *corpus.Case) { c.Expect.Response = nil }, `missing key "response"`},
		{func(c *corpus.Case) { c.Expect.Effects["datastore"][0].Op = "upsert" }, `an effect is no "upsert"`},
		{func(c *corpus.Case) { c.Expect.HTTP.Headers["X"] = "" }, "in lower case"},
		{func(c *corpus.Case) { c.Recorded.At = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) }, "outside the years"},
	} {
		dir := t.TempDir()
		_, err := corpus.Save(dir, typical(t, row.change))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("want %q, have %v", row.want, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: something was written: %v, %v", row.want, left, err)
		}
	}
}

func TestOpenStateFollowsBases(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "shared", "school.yaml"), "datastore: {entities: [{key: [A, 1]}]}\n")
	write(t, filepath.Join(dir, "seeds", "own.yaml"), "base: ../shared/school.yaml\nchanges: {datastore: [{delete: [A, 1]}]}\ndatastore: {entities: [{key: [A, 2]}]}\n")
	have, err := corpus.OpenState(filepath.Join(dir, "seeds", "own.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]corpus.State{"datastore": {
		Entities: []corpus.Entity{{Key: key("", "A", 2)}},
		Absent:   []corpus.Key{key("", "A", 1)},
	}}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOpenStateSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "broken.yaml"), "datastore: {entitys: []}\n")
	write(t, filepath.Join(dir, "over.yaml"), "base: broken.yaml\n")
	write(t, filepath.Join(dir, "lost.yaml"), "base: nowhere.yaml\n")
	write(t, filepath.Join(dir, "empty.yaml"), "")
	for name, want := range map[string]string{
		"broken.yaml":  `broken.yaml:1:13: unknown key "entitys"; did you mean "entities"?`,
		"over.yaml":    `broken.yaml:1:13: unknown key "entitys"; did you mean "entities"?`,
		"lost.yaml":    "lost.yaml:1:7: read base",
		"empty.yaml":   "empty.yaml:1:1: the file is empty",
		"nowhere.yaml": "no such file",
	} {
		if _, err := corpus.OpenState(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, have %v", name, want, err)
		}
	}
	if _, err := corpus.ParseState("x.yaml", []byte("base: a.yaml\n")); err == nil {
		t.Error("a fixture on its own has no base")
	}
}
