package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/normalizers"
)

// TestCompare runs every testdata/compare/*.txtar: two observations of a case,
// and what a user sees of their differences. A file holds
//
//	request.yaml    the case without its expectation
//	schema.graphql  optional
//	replay.yaml     the list of normalizers, optional
//	allocated       "legacy Class/7" per line: ids that a store gave out
//	reserved        the same: ids that it was told not to give out
//	counted         "legacy public.numbers 4" per line: what a sequence gave out
//	legacy.yaml, candidate.yaml  the observations, in the form of expect
//	want            the differences and what rules hid
//
// The text before the first file says what it is about. A side that is called
// recorded.yaml instead of legacy.yaml is one; beside it, it is what was recorded
// of legacy before.
func TestCompare(t *testing.T) {
	files, err := filepath.Glob("testdata/compare/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(string(archive.Comment)) == "" {
				t.Error("the file does not say what it is about")
			}
			b := newBench(t, archive)
			have := b.run(t)
			if *update {
				b.update(t, file, archive, have)
				return
			}
			if diff := cmp.Diff(b.files["want"], have); diff != "" {
				t.Errorf("-want +have; run go test -update to rewrite\n%s", diff)
			}
		})
	}
}

// bench is one comparison on the test bench.
type bench struct {
	files       map[string]string
	cs          *corpus.Case
	left, right side
	comparer    *comparer
}

func newBench(tb testing.TB, archive *txtar.Archive) *bench {
	tb.Helper()
	b := &bench{files: map[string]string{}}
	for _, f := range archive.Files {
		b.files[f.Name] = string(f.Data)
	}
	var schema *normalizers.Schema
	if sdl := b.files["schema.graphql"]; sdl != "" {
		var err error
		if schema, err = normalizers.LoadSchema("schema.graphql", []byte(sdl)); err != nil {
			tb.Fatal(err)
		}
	}
	rules := &normalizers.Rules{}
	if text := b.files["replay.yaml"]; text != "" {
		doc, node := strictyaml.Parse("replay.yaml", []byte(text))
		rules = normalizers.Parse(node, schema)
		if err := doc.Problems().Err(); err != nil {
			tb.Fatal(err)
		}
	}
	b.comparer = newComparer(rules, schema)
	at := time.Date(2026, 11, 20, 14, 3, 20, 0, time.UTC)
	left, recorded := "legacy", corpus.Observation{}
	if b.files["recorded.yaml"] != "" {
		left = "recorded"
		recorded = *b.side(tb, left, at).obs
	}
	if b.files["legacy.yaml"] != "" {
		left = "legacy"
	}
	b.left = b.side(tb, left, at)
	b.right = b.side(tb, "candidate", at.Add(time.Hour))
	b.cs.Expect = recorded
	return b
}

func (b *bench) side(tb testing.TB, name string, from time.Time) side {
	tb.Helper()
	expect := "\nexpect:\n  " + strings.ReplaceAll(strings.TrimSpace(b.files[name+".yaml"]), "\n", "\n  ") + "\n"
	cs, err := corpus.Parse(name, []byte(b.files["request.yaml"]+expect))
	if err != nil {
		tb.Fatal(err)
	}
	b.cs = cs
	obs := cs.Expect
	s := side{name: name, obs: &obs, from: from, to: from.Add(time.Second), recorded: name == "recorded"}
	s.allocated, s.reserved = b.keys("allocated", name), b.keys("reserved", name)
	for line := range strings.Lines(b.files["counted"]) {
		if f := strings.Fields(line); f[0] == name {
			n, err := strconv.ParseInt(f[2], 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			s.counted = append(s.counted, store.Sequence{Name: f[1], Numbers: []int64{n}})
		}
	}
	return s
}

// keys are those of a side in a file with one per line.
func (b *bench) keys(file, name string) []corpus.Key {
	var out []corpus.Key
	for line := range strings.Lines(b.files[file]) {
		side, key, _ := strings.Cut(strings.TrimSpace(line), " ")
		if side == name {
			out = append(out, testKey(key))
		}
	}
	return out
}

func testKey(text string) corpus.Key {
	var k corpus.Key
	parts := strings.Split(text, "/")
	for i := 0; i+1 < len(parts); i += 2 {
		e := corpus.PathElement{Kind: parts[i], Name: parts[i+1]}
		if id, err := strconv.ParseInt(parts[i+1], 10, 64); err == nil {
			e.ID, e.Name = id, ""
		}
		k.Path = append(k.Path, e)
	}
	return k
}

func (b *bench) run(tb testing.TB) string {
	tb.Helper()
	got, err := b.comparer.compare(b.cs, b.left, b.right)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var out strings.Builder
	for _, d := range got.Differences {
		where := string(d.Channel)
		if d.Store != "" {
			where += " " + d.Store
		}
		fmt.Fprintf(&out, "%s %s", where, d.Path)
		if d.Coordinate != "" {
			fmt.Fprintf(&out, " (%s)", d.Coordinate)
		}
		fmt.Fprintf(&out, ": %s, %s\n  legacy:    %s\n  candidate: %s\n", d.Kind, d.Class, d.Legacy, d.Candidate)
		if d.Message != "" {
			fmt.Fprintf(&out, "  %s\n", d.Message)
		}
	}
	if len(got.Differences) == 0 {
		out.WriteString("equivalent\n")
	}
	for _, h := range got.Hidden {
		fmt.Fprintf(&out, "%s (%s) hid %d\n", h.Rule, h.Use, h.Count)
	}
	return out.String()
}

func (b *bench) update(t *testing.T, file string, archive *txtar.Archive, have string) {
	t.Helper()
	found := false
	for i := range archive.Files {
		if archive.Files[i].Name == "want" {
			archive.Files[i].Data, found = []byte(have), true
		}
	}
	if !found {
		archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(have)})
	}
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
