package signoff

import (
	"fmt"
	"slices"
	"time"

	"github.com/sidebyside/replay/harness"
)

// Unmet is a point of a policy that is not met, and what to do about it.
type Unmet struct{ What, Do string }

func (u Unmet) String() string { return u.What + "; " + u.Do }

// unmet holds the figures against a policy at some time.
func (s *Shown) unmet(p harness.SignOffPolicy, at time.Time) []Unmet {
	var list []Unmet
	add := func(met bool, what, do string) {
		if !met {
			list = append(list, Unmet{what, do})
		}
	}
	add(s.Cases >= p.Cases, fmt.Sprintf("%s, the policy asks for %d", plural(s.Cases, "case", "cases"), p.Cases),
		"record more of "+s.Field)
	if s.Coverage != nil {
		add(s.Coverage.Share() >= p.Coverage, fmt.Sprintf("%s input shapes are exercised, the policy asks for %s", s.Coverage, percent(p.Coverage)),
			"record what is missing")
	}
	if s.Cases == 0 {
		return list
	}
	add(s.Runs >= p.Runs, fmt.Sprintf("%s, the policy asks for %d", plural(s.Runs, "run", "runs"), p.Runs),
		"run it without --runs")
	add(s.SelfTest.Of > 0 && s.SelfTest.Share() >= p.SelfTest, fmt.Sprintf("the comparison finds %s injected faults, the policy asks for %s", s.SelfTest, percent(p.SelfTest)),
		"narrow the rules that hide them (\"replay selftest\")")
	add(p.Age == 0 || !s.Newest.Add(time.Duration(p.Age)).Before(at), fmt.Sprintf("the newest case was recorded on %s, the policy allows %s", s.Newest.Format(time.DateOnly), p.Age),
		"record what users send today")
	return list
}

// expired reports when the sign-off ended under a policy; zero when it holds at
// that time.
func (s *Shown) expired(p harness.SignOffPolicy, at time.Time) time.Time {
	var end time.Time
	if s.Expires != nil {
		end = *s.Expires
	}
	if p.Valid > 0 {
		if today := s.Finished.Add(time.Duration(p.Valid)); end.IsZero() || today.Before(end) {
			end = today
		}
	}
	if end.IsZero() || at.Before(end) {
		return time.Time{}
	}
	return end
}

// Stale says why a sign-off does not hold now for a field; nothing when it does.
// policy is that of the field today.
func (s *Statement) Stale(coordinate string, today *Today, policy harness.SignOffPolicy, at time.Time) []string {
	shown := &s.Predicate.Shown
	if shown.Field != coordinate {
		return []string{fmt.Sprintf("it is about %s", shown.Field)}
	}
	var reasons []string
	if end := shown.expired(policy, at); !end.IsZero() {
		reasons = append(reasons, "it expired on "+end.Format(time.DateOnly))
	}
	if shown.Finished.After(at.Add(allowedSkew)) {
		reasons = append(reasons, "it is dated "+shown.Finished.Format(time.RFC3339)+", which is not yet")
	}
	reasons = append(reasons, s.Subject.differ(today.Digests)...)
	if len(reasons) == 0 {
		reasons = s.Predicate.untrue(today)
	}
	for _, u := range shown.unmet(policy, at) {
		reasons = append(reasons, u.What)
	}
	return reasons
}

// untrue says what a sign-off says of the cases that is not so, though it stands
// on the same ones: somebody edited it.
func (p *Predicate) untrue(today *Today) []string {
	var reasons []string
	names := slices.Sorted(slices.Values(slices.Concat(p.PassedTests, p.WarnedTests)))
	if !slices.Equal(names, today.Cases) {
		reasons = append(reasons, fmt.Sprintf("it was edited: it lists %s that are not the field's %d", plural(len(names), "case", "cases"), len(today.Cases)))
	}
	if !p.Shown.Newest.Equal(today.Newest) {
		reasons = append(reasons, fmt.Sprintf("it was edited: the newest case was recorded on %s, not on %s", today.Newest.Format(time.DateOnly), p.Shown.Newest.Format(time.DateOnly)))
	}
	if a, b := p.Shown.Coverage, today.Coverage; (a == nil) != (b == nil) || a != nil && *a != *b {
		reasons = append(reasons, fmt.Sprintf("the cases exercise %v input shapes, not %v as it says: it was edited, or made by another version", b, a))
	}
	return reasons
}

// allowedSkew is how far the clock of the machine that signed may be ahead.
const allowedSkew = 5 * time.Minute
