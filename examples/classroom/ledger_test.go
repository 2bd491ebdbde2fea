package classroom_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sidebyside/replay/examples/classroom/breaks"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/ledger"
)

// TestLedger wants every bug of the README on the ledger and ported, each one
// that is fixed named by its name, and accepted once the ledger says so.
func TestLedger(t *testing.T) {
	c, cases := replays(t)
	bugs := run(t, c, cases, harness.Options{}).Bugs
	for _, b := range bugs {
		if b.Status != ledger.Ported {
			t.Errorf("bug %s is %s: %s", b.ID, b.Status, b.Message)
		}
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := strings.Split(string(readme), "| Bug | What happens |")[1]
	for line := range strings.SplitSeq(strings.Split(table, "\n\n")[0], "\n") {
		if id := strings.Split(line, "`"); len(id) > 1 && !slices.ContainsFunc(bugs, func(b harness.BugStatus) bool { return b.ID == id[1] }) {
			t.Errorf("bug %s of the README is not on the ledger", id[1])
		}
	}
	for i, b := range bugs {
		t.Run(b.ID, func(t *testing.T) {
			c.Candidate.Env["CLASSROOM_BREAK"] = fix(t, b.ID)
			defer delete(c.Candidate.Env, "CLASSROOM_BREAK")
			opts := harness.Options{Selection: harness.Selection{Cases: b.Cases}}

			r := run(t, c, cases, opts)
			if got := r.Bugs[i]; got.Status != ledger.NotPorted || !got.Fails || !r.Fails() {
				t.Errorf("fixed, the bug is %s, the run fails: %v", got.Status, r.Fails())
			}
			if names(r, b.ID) == 0 {
				t.Errorf("no difference names the bug:\n%s", text(t, r))
			}

			c.Ledger.Bugs[i].Expect = ledger.ExpectFixed
			defer func() { c.Ledger.Bugs[i].Expect = ledger.ExpectPorted }()
			r = run(t, c, cases, opts)
			if r.Bugs[i].Status != ledger.Fixed || r.Fails() || r.Summary[harness.Accepted] == 0 {
				t.Errorf("expected to be fixed, the bug is %s:\n%s", r.Bugs[i].Status, text(t, r))
			}
		})
	}
}

// fix is the break that fixes a bug.
func fix(t *testing.T, id string) string {
	t.Helper()
	for _, name := range []string{"fixed-" + id, map[string]string{"title-bytes": "title-characters"}[id]} {
		if _, ok := breaks.Find(name); ok {
			return name
		}
	}
	t.Fatalf("no break fixes %s", id)
	return ""
}

// names counts the differences that name a bug, in cases that fail.
func names(r *harness.Report, id string) int {
	n := 0
	for _, res := range r.Results {
		for _, d := range res.Differences {
			if res.Verdict == harness.Divergent && d.Ledger == id && strings.Contains(res.Message, `bug "`+id+`" is not ported`) {
				n++
			}
		}
	}
	return n
}

func text(t *testing.T, r *harness.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
