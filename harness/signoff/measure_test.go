package signoff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// TestFailures wants each case that proves nothing in one of two runs said.
func TestFailures(t *testing.T) {
	const missing = harness.Verdict(-1)
	for _, c := range []struct {
		reason        string
		first, second harness.Verdict
		want          string
	}{
		{"both agree", harness.Equivalent, harness.Equivalent, ""},
		{"the ledger accepts it each time", harness.Accepted, harness.Accepted, ""},
		{"a difference in one run", harness.Equivalent, harness.Divergent, "1 case is divergent: rename/a"},
		{"unstable in the first run", harness.Unstable, harness.Equivalent, "1 case is unstable: rename/a"},
		{"a difference that comes and goes", harness.Equivalent, harness.Accepted, "1 case differs in some runs only, as the ledger accepts: rename/a"},
		{"a case that was not run is not equivalent", harness.Equivalent, missing, "1 case was not run each time: rename/a"},
	} {
		m := maker{config: &harness.Config{File: "replay.yaml"}, selected: []*corpus.Case{{Name: "rename/a"}}}
		for _, v := range []harness.Verdict{c.first, c.second} {
			r := &harness.Report{}
			if v != missing {
				r.Results = []harness.Result{{Case: "rename/a", Verdict: v}}
			}
			m.reports = append(m.reports, r)
		}
		got := fmt.Sprint(m.failures(m.verdicts()))
		if !strings.Contains(got, c.want) || c.want == "" && got != "[]" {
			t.Errorf("%s: have %s, want %s", c.reason, got, c.want)
		}
	}
}

func TestExpireWithTheLedger(t *testing.T) {
	s := newStatement().Predicate.Shown
	s.Accepted[0].Expires = "2026-12-01"
	s.expire()
	if got := s.Expires.Format("2006-01-02T15:04"); got != "2026-12-02T00:00" {
		t.Errorf("expires %s, want the end of the entry's last day", got)
	}
	s.Accepted, s.Policy.Valid, s.Expires = nil, 0, nil
	if s.expire(); s.Expires != nil {
		t.Errorf("expires %s without a reason", s.Expires)
	}
}
