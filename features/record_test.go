package features_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/features"
	"github.com/sidebyside/replay/harness"
)

// TestScenarioToCaseAndBack records the scenarios of the desk, replays the cases,
// writes them as scenarios again, and runs those.
func TestScenarioToCaseAndBack(t *testing.T) {
	needPostgres(t)
	c, cases := deskConfig(t)
	asDesk(t, "")(c)
	c.Corpus = t.TempDir()
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/desk/features/grade.feature")
	if err != nil {
		t.Fatal(err)
	}
	tagged := strings.ReplaceAll(string(text), "  Scenario:", "  @record @bad-grade\n  Scenario:")
	write(t, filepath.Join(dir, "grade.feature"), tagged)
	for _, want := range []int{2, 0} { // the second time, they are there
		saved, err := runFeatures(t, c, cases, features.Options{Record: true}, dir)
		if err != nil || len(saved) != want {
			t.Fatalf("recorded %d cases, want %d: %v", len(saved), want, err)
		}
	}
	if cases, err = corpus.Open(c.Corpus); err != nil {
		t.Fatal(err)
	}
	rep, err := harness.Run(t.Context(), c, cases, harness.Options{})
	if err != nil || rep.Summary[harness.Equivalent] != 2 {
		var text strings.Builder
		_ = rep.WriteText(&text)
		t.Fatalf("%v: %v\n%s", rep.Summary, err, text.String())
	}
	exported := t.TempDir()
	for _, cs := range cases.Cases {
		if len(cs.Tags) != 1 || cs.Tags[0] != "bad-grade" || cs.Expect.HTTP.Status != 200 || len(cs.Expect.Effects) != 2 {
			t.Errorf("%s has tags %v, status %d, effects in %d stores", cs.Name, cs.Tags, cs.Expect.HTTP.Status, len(cs.Expect.Effects))
		}
		text, err := features.Scenario(c, cs, features.ScenarioOptions{})
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(exported, strings.ReplaceAll(cs.Name, "/", "-")+".feature"), text)
	}
	if _, err := runFeatures(t, c, cases, features.Options{Record: true}, exported); err != nil {
		t.Error(err)
	}
	asDesk(t, "rounds")(c)
	if _, err := runFeatures(t, c, cases, features.Options{}, exported); err == nil {
		t.Error("the exported scenarios do not see a rounded grade")
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runFeatures logs what the run said if the test fails.
func runFeatures(t *testing.T, c *harness.Config, cases *corpus.Corpus, opts features.Options, paths ...string) ([]string, error) {
	t.Helper()
	var out strings.Builder
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(out.String())
		}
	})
	return features.Run(t.Context(), c, cases, features.RunOptions{Options: opts, Paths: paths, Format: "pretty", Output: &out, NoColors: true})
}
