package classroom_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/examples/classroom/breaks"
	"github.com/sidebyside/replay/features"
	"github.com/sidebyside/replay/harness"
)

// built uses the programs that were built for the suite.
func built(c *harness.Config) {
	for _, i := range []*harness.Implementation{c.Legacy, c.Candidate} {
		i.Build, i.Command = nil, []string{filepath.Join(programs, i.Name)}
	}
}

// TestFeatures runs the scenarios of this example: those that "replay features"
// runs, too.
func TestFeatures(t *testing.T) {
	features.Test(t, "replay.yaml", built)
}

// exported is a recorded case as a scenario, with a mistake that it must find.
type exported struct {
	mistake    breaks.Break
	name, file string
}

// TestExportedScenarios writes recorded cases as scenarios, in full and by
// reference: each passes, and fails with the right difference when the candidate
// makes the mistake that the case is there to find.
func TestExportedScenarios(t *testing.T) {
	const wanted = 20
	c, cases := replays(t)
	dir := t.TempDir()
	var list []exported
	used := map[string]bool{}
	for _, b := range breaks.All {
		if len(list) == wanted {
			break
		}
		cs := found(t, cases, b, used)
		if cs == nil {
			continue
		}
		used[cs.Name] = true
		file := filepath.Join(dir, b.Name+".feature")
		text, err := features.Scenario(c, cs, features.ScenarioOptions{Reference: len(list)%4 == 3})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		list = append(list, exported{b, cs.Name, file})
	}
	if len(list) < wanted {
		t.Fatalf("only %d cases are exported, want %d", len(list), wanted)
	}
	if out, err := scenarios(t, c, cases, dir); err != nil {
		t.Fatalf("the exported scenarios: %v\n%s", err, out)
	}
	for _, e := range list {
		t.Run(e.mistake.Name, func(t *testing.T) {
			c.Candidate.Env = map[string]string{"CLASSROOM_BREAK": e.mistake.Name, "CLASSROOM_CLOCK": "header"}
			out, err := scenarios(t, c, cases, e.file)
			if !errors.Is(err, features.ErrFailing) {
				t.Fatalf("the scenario of %s: %v, want a failure\n%s", e.name, err, out)
			}
			for _, want := range []string{"DIVERGENT", e.mistake.Class, e.mistake.Path, "reproduce: replay features -c replay.yaml " + e.file} {
				if !strings.Contains(out, want) {
					t.Errorf("the failure of %s does not say %q:\n%s", e.name, want, out)
				}
			}
		})
	}
}

// found is a case that shows a mistake and was not used for another one.
func found(t *testing.T, cases *corpus.Corpus, b breaks.Break, used map[string]bool) *corpus.Case {
	t.Helper()
	c, _ := replays(t)
	c.Candidate.Env = map[string]string{"CLASSROOM_BREAK": b.Name, "CLASSROOM_CLOCK": "header"}
	r := run(t, c, cases, harness.Options{Selection: harness.Selection{Cases: []string{b.Field}}})
	for _, res := range r.Results {
		if used[res.Case] || !shown(&harness.Report{Results: []harness.Result{res}}, b) {
			continue
		}
		for _, cs := range cases.Cases {
			if cs.Name == res.Case {
				return cs
			}
		}
	}
	return nil
}

func scenarios(t *testing.T, c *harness.Config, cases *corpus.Corpus, path string) (string, error) {
	t.Helper()
	var out strings.Builder
	_, err := features.Run(t.Context(), c, cases, features.RunOptions{
		Paths: []string{path}, Format: "pretty", Output: &out, NoColors: true,
	})
	return out.String(), err
}
