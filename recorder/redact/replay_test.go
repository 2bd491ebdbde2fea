package redact_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder/redact"
)

// TestRedactedClassroomReplays: with its people renamed, and every id of theirs,
// the classroom does what it did: lookups by address, searches by beginning,
// orders by name, and messages that repeat what was sent.
func TestRedactedClassroomReplays(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and starts two servers")
	}
	c, err := harness.LoadConfig("../../examples/classroom")
	if err != nil {
		t.Fatal(err)
	}
	c.Ledger = nil
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	clean := redactedClassroom(t, c, cases)
	report, err := harness.Run(t.Context(), c, clean, harness.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Summary[harness.Equivalent] != len(cases.Cases) {
		var text strings.Builder
		if err := report.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		t.Errorf("not every case of %d is equivalent:\n%s", len(cases.Cases), text.String())
	}
	c.Candidate.Env["CLASSROOM_BREAK"] = "fixed-case-email"
	report, err = harness.Run(t.Context(), c, clean, harness.Options{Selection: harness.Selection{Cases: []string{"invite*/**"}}})
	if err != nil {
		t.Fatal(err)
	}
	if report.Summary[harness.Divergent] == 0 {
		t.Errorf("a wrong lookup by address is not found in the redacted corpus: %v", report.Summary)
	}
}

// redactedClassroom is the corpus with the rules of testdata, written and read
// again.
func redactedClassroom(t *testing.T, c *harness.Config, cases *corpus.Corpus) *corpus.Corpus {
	t.Helper()
	text, err := os.ReadFile("testdata/classroom.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, node := strictyaml.Parse("classroom.yaml", text)
	rules := redact.ParseRules(node, redact.Known{Schema: c.Schema, Upstreams: []string{"users", "mail"}, Headers: c.Record.Headers})
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	r, err := redact.New(redact.Options{Key: []byte("a key for tests that is long enough"), Rules: rules, Schema: c.Schema})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	people := []string{"Lovelace", "Hopper", "Noether", "Ahlgren", "ada@", "grace@", "emmy@", "[User, ada]", "x-user: ada"}
	for _, cs := range cases.Cases {
		clean, _, err := r.Case(cs)
		if err != nil {
			t.Fatalf("%s: %v", cs.Name, err)
		}
		file, err := corpus.Save(dir, clean)
		if err != nil {
			t.Fatalf("%s: %v", cs.Name, err)
		}
		written, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(people, func(v string) bool { return strings.Contains(string(written), v) }); i >= 0 {
			t.Errorf("%s still names %q", cs.Name, people[i])
		}
	}
	out, err := corpus.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
