package signoff

import (
	"fmt"
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
		"run more often")
	add(s.SelfTest.Of > 0 && s.SelfTest.Share() >= p.SelfTest, fmt.Sprintf("the comparison finds %s injected faults, the policy asks for %s", s.SelfTest, percent(p.SelfTest)),
		"narrow the rules that hide them (\"replay selftest\")")
	add(p.Age == 0 || !s.Newest.Add(time.Duration(p.Age)).Before(at), fmt.Sprintf("the newest case was recorded on %s, the policy allows %s", s.Newest.Format(time.DateOnly), p.Age),
		"record what users send today")
	return list
}

// Expired reports when the sign-off ended under a policy; zero when it holds at
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
// digests are those of today, policy that of the field today.
func (s *Statement) Stale(coordinate string, digests Digests, policy harness.SignOffPolicy, at time.Time) []string {
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
	reasons = append(reasons, s.Subject.differ(digests)...)
	for _, u := range shown.unmet(policy, at) {
		reasons = append(reasons, u.What)
	}
	return reasons
}

// allowedSkew is how far the clock of the machine that signed may be ahead.
const allowedSkew = 5 * time.Minute
