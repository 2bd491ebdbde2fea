package signoff

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/coverage"
	"github.com/sidebyside/replay/harness/ledger"
	"github.com/sidebyside/replay/normalizers"
)

// mostNext is how many cases to record next are named.
const mostNext = 5

// measure says of the cases what can be said without replaying them.
func (m *maker) measure(ctx context.Context) error {
	m.shown.Newest = newest(m.selected)
	var missing []coverage.Missing
	m.shown.Coverage, missing = covered(m.config.Schema, m.cases.Cases, m.opts.Field)
	for _, one := range missing[:min(mostNext, len(missing))] {
		m.next = append(m.next, one.Say)
	}
	if len(m.selected) == 0 {
		return nil
	}
	m.log("testing the comparison with injected faults")
	tested, err := harness.SelfTest(ctx, m.config, m.cases, harness.SelfTestOptions{
		Selection: harness.Selection{Cases: m.names()}, Places: harness.DefaultPlaces,
	})
	if err != nil {
		return err
	}
	m.shown.SelfTest = Part{tested.Found, tested.Tried}
	return nil
}

// newest is when the last of the cases was recorded.
func newest(cases []*corpus.Case) time.Time {
	var at time.Time
	for _, cs := range cases {
		if cs.Recorded.At.After(at) {
			at = cs.Recorded.At.UTC()
		}
	}
	return at
}

// covered counts the input shapes of a field, nil where none are counted, and
// lists those that no case exercises.
func covered(schema *normalizers.Schema, cases []*corpus.Case, coordinate string) (*Part, []coverage.Missing) {
	all := coverage.Of(schema, cases).Only(func(f *coverage.Field) bool { return f.Coordinate == coordinate })
	if f := all.Field(coordinate); f != nil {
		return &Part{f.Exercised, f.Possible}, all.Next
	}
	return nil, nil
}

// ledger says which bugs the cases exercise, and which differences somebody
// accepts.
func (s *Shown) ledger(c *harness.Config, reports []*harness.Report) {
	r := reports[0]
	s.Hidden = slices.DeleteFunc(slices.Clone(r.Normalizers), func(h harness.Hidden) bool { return h.Count == 0 })
	for _, res := range r.Results {
		s.Uncovered += len(res.Uncovered)
	}
	for _, b := range r.Bugs {
		if len(b.Cases) > 0 {
			s.Bugs = append(s.Bugs, Bug{b.ID, b.Title, string(b.Status), b.Cases})
		}
	}
	if c.Ledger == nil {
		return
	}
	for _, a := range c.Ledger.Accepted {
		if used := usedBy(a, reports); len(used) > 0 {
			s.Accepted = append(s.Accepted, Accepted{a.ID, a.Owner, a.Reason, a.Ticket, a.Expires.Format(time.DateOnly), used})
		}
	}
}

// usedBy are the cases whose differences an entry accepts, in any run.
func usedBy(a *ledger.Accepted, reports []*harness.Report) []string {
	var cases []string
	for _, r := range reports {
		for _, status := range r.Accepted {
			if status.ID == a.ID {
				cases = append(cases, status.Cases...)
			}
		}
	}
	slices.Sort(cases)
	return slices.Compact(cases)
}

// expire sets the end: that of the policy, or of the first accepted difference.
func (s *Shown) expire() {
	var end time.Time
	if s.Policy.Valid > 0 {
		end = s.Finished.Add(time.Duration(s.Policy.Valid))
	}
	for _, a := range s.Accepted {
		day, err := time.Parse(time.DateOnly, a.Expires)
		if last := day.AddDate(0, 0, 1); err == nil && (end.IsZero() || last.Before(end)) {
			end = last
		}
	}
	if !end.IsZero() {
		s.Expires = &end
	}
}

// failures are the cases and entries of the ledger that fail a run.
func (m *maker) failures(verdicts map[string]harness.Verdict) []Unmet {
	var list []Unmet
	for _, v := range harness.Verdicts() {
		if !v.Fails() {
			continue
		}
		var names []string
		for _, name := range m.names() {
			if verdicts[name] == v {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			list = append(list, Unmet{
				fmt.Sprintf("%s %s: %s", plural(len(names), "case is", "cases are"), v, some(names)),
				advice(v) + fmt.Sprintf("; see \"replay run -c %s --case %s\"", m.config.File, names[0]),
			})
		}
	}
	list = append(list, m.wavering()...)
	seen := map[string]bool{}
	for _, r := range m.reports {
		for _, b := range r.Bugs {
			if b.Fails && !seen["bug "+b.ID] {
				seen["bug "+b.ID] = true
				list = append(list, Unmet{fmt.Sprintf("bug %q is %s (%s)", b.ID, b.Status, b.At), b.Message})
			}
		}
		for _, a := range r.Accepted {
			if a.Fails && !seen["accepted "+a.ID] {
				seen["accepted "+a.ID] = true
				list = append(list, Unmet{fmt.Sprintf("accepted difference %q is %s (%s)", a.ID, a.Status, a.At), a.Message})
			}
		}
		if r.Incomplete != "" && !seen["incomplete"] {
			seen["incomplete"] = true
			list = append(list, Unmet{"a run is incomplete", r.Incomplete})
		}
	}
	return list
}

// wavering are the cases that passed, but not in every run, or not each time with
// the same verdict.
func (m *maker) wavering() []Unmet {
	var missing, changing []string
	for _, name := range m.names() {
		var seen []harness.Verdict
		for _, r := range m.reports {
			for _, res := range r.Results {
				if res.Case == name {
					seen = append(seen, res.Verdict)
				}
			}
		}
		switch {
		case len(seen) < len(m.reports):
			missing = append(missing, name)
		case len(seen) > 0 && slices.Min(seen) != slices.Max(seen) && !slices.Max(seen).Fails():
			changing = append(changing, name)
		}
	}
	var list []Unmet
	if len(missing) > 0 {
		list = append(list, Unmet{plural(len(missing), "case was", "cases were") + " not run each time: " + some(missing), "run again"})
	}
	if len(changing) > 0 {
		list = append(list, Unmet{
			plural(len(changing), "case differs", "cases differ") + " in some runs only, as the ledger accepts: " + some(changing),
			"find out what makes a side differ from itself",
		})
	}
	return list
}

func advice(v harness.Verdict) string {
	switch v {
	case harness.Divergent:
		return "correct the candidate, or put the difference on the ledger with its owner"
	case harness.Unstable:
		return "find out what makes a side differ from itself, or add a rule for it (\"replay noise\")"
	case harness.Unfaithful:
		return "legacy does not do what was recorded; record the case anew"
	}
	return "an implementation crashed, hung or refused; correct that first"
}

func some(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
