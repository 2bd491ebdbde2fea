package harness

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

// TestClasses runs every testdata/report/classes/*.txtar, in the form of
// TestCompare: what a user reads of a difference of the class that the file is
// named after. Every class has a file.
func TestClasses(t *testing.T) {
	files, err := filepath.Glob("testdata/report/classes/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{}
	for _, class := range Classes() {
		missing[slug(class)] = true
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		delete(missing, name)
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			b := newBench(t, archive)
			have, class := b.report(t)
			b.wantRuleToExplain(t, have, class)
			if slug(class) != name {
				t.Errorf("class %q", class)
			}
			if *update {
				b.update(t, file, archive, have)
				return
			}
			if diff := cmp.Diff(b.files["want"], have); diff != "" {
				t.Errorf("-want +have; run go test -update to rewrite\n%s", diff)
			}
		})
	}
	for name := range missing {
		t.Errorf("no file shows what a report says of class %s", name)
	}
}

func slug(class Class) string { return strings.ReplaceAll(string(class), " ", "-") }

// report is the text of a run of the bench's case alone, and its main class.
func (b *bench) report(t *testing.T) (string, Class) {
	t.Helper()
	found, err := b.comparer.compare(b.cs, b.left, b.right)
	if err != nil {
		t.Fatal(err)
	}
	name := b.cs.Request.Fields[0] + "/case"
	res := Result{
		Case: name, Verdict: Divergent, Fields: coordinates(b.cs), Differences: found.Differences, Uncovered: []Uncovered{},
		Reproduce: "replay run -c replay.yaml --case " + name,
	}
	r := &runner{config: &Config{File: "replay.yaml", Rules: &normalizers.Rules{}}, corpus: &corpus.Corpus{}, results: []Result{res}, cases: []*corpus.Case{b.cs}}
	rep := r.report(time.Now(), nil)
	rep.Seconds, rep.Started, rep.replaying = 1.5, time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC), time.Second
	var text strings.Builder
	if err := rep.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.String(), mainClass(found.Differences)
}

// wantRuleToExplain applies the rule that the report suggests: nothing of the
// class may be left.
func (b *bench) wantRuleToExplain(t *testing.T, report string, class Class) {
	t.Helper()
	_, rest, ok := strings.Cut(report, "or a rule in replay.yaml, if both are right:\n")
	if !ok {
		return
	}
	rule, _, _ := strings.Cut(rest, "\n")
	doc, node := strictyaml.Parse("replay.yaml", []byte(strings.TrimSpace(rule)+"\n"))
	rules := normalizers.Parse(node, b.comparer.schema)
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	found, err := newComparer(rules, b.comparer.schema).compare(b.cs, b.left, b.right)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found.Differences {
		if d.Class == class && spotOf(d).match == spotOf(example(t, b, class)).match {
			t.Errorf("the suggested rule does not explain %+v", d)
		}
	}
}

func example(t *testing.T, b *bench, class Class) Difference {
	t.Helper()
	found, err := b.comparer.compare(b.cs, b.left, b.right)
	if err != nil {
		t.Fatal(err)
	}
	return group{class: class, results: []Result{{Differences: found.Differences}}}.example()
}

func TestManyDifferencesAreCut(t *testing.T) {
	var all []Difference
	for i := range maxDifferences + 50 {
		d := Difference{Path: "data.list[0]", Kind: DifferentValue, Class: Condition}
		if i < 100 {
			d.Ledger = "KA-1"
		}
		all = append(all, d)
	}
	kept, omitted := limit(all)
	known := 0
	for _, d := range kept {
		known += index(d.Ledger != "")
	}
	if len(kept) != maxDifferences || omitted != 50 || known != 50 {
		t.Errorf("kept %d, %d of them known, omitted %d: the unknown ones come first", len(kept), known, omitted)
	}
	var text strings.Builder
	Result{Case: "a/b", Differences: kept, Omitted: omitted}.writeText(&text)
	if !strings.Contains(text.String(), "… and 238 differences more\n") {
		t.Error(text.String())
	}
	if _, omitted := limit(all[:maxDifferences]); omitted != 0 {
		t.Errorf("as many as fit: %d omitted", omitted)
	}
}
