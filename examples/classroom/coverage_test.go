package classroom_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/coverage"
)

// TestCoverageNamesTheGap takes the cases with an explicit null away that show a
// candidate which takes null for absent: coverage must then ask for such a case,
// because the mistake goes unfound without it.
func TestCoverageNamesTheGap(t *testing.T) {
	c, cases := replays(t)
	const field, path = "Mutation.updateAssignment", "input.due"
	if null := coverage.Of(c.Schema, cases.Cases).Field(field).Position(coverage.Input, path).Shape(coverage.Null); null.Cases == 0 {
		t.Fatalf("no case gives %s as null", path)
	}
	if failing := failsWithNullIsAbsent(t, c, cases); failing == 0 {
		t.Error("the whole corpus does not find the mistake")
	}

	gap := *cases
	gap.Cases = slices.DeleteFunc(slices.Clone(cases.Cases), func(cs *corpus.Case) bool {
		request := cs.Request.Document + cs.Request.Variables.String()
		return strings.Contains(request, "due: null") || strings.Contains(request, `"due":null`)
	})
	cov := coverage.Of(c.Schema, gap.Cases)
	at := slices.IndexFunc(cov.Next, func(m coverage.Missing) bool {
		return m.Field == field && m.Path == path && m.Shape == coverage.Null
	})
	if at < 0 || at >= 20 {
		t.Errorf("a null %s is number %d of what to record next, want it among the first 20", path, at+1)
	}
	if failing := failsWithNullIsAbsent(t, c, &gap); failing > 0 {
		t.Errorf("%d cases find the mistake without a null %s: the gap is none", failing, path)
	}
}

// failsWithNullIsAbsent is how many cases fail on a candidate that takes a null
// due for an absent one.
func failsWithNullIsAbsent(t *testing.T, c *harness.Config, cases *corpus.Corpus) int {
	t.Helper()
	broken := *c
	candidate := *c.Candidate
	candidate.Env = map[string]string{"CLASSROOM_BREAK": "null-is-absent", "CLASSROOM_CLOCK": "header"}
	broken.Candidate = &candidate
	r := run(t, &broken, cases, harness.Options{Selection: harness.Selection{Cases: []string{"updateAssignment"}}})
	return r.Failing()
}
