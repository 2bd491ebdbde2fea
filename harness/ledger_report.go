package harness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sidebyside/replay/harness/ledger"
)

// BugStatus is what the run shows of a bug of the ledger.
type BugStatus struct {
	ID     string        `json:"id"`
	Status ledger.Status `json:"status"`
	// Cases are those that exercise the bug; of one that is gone, those that
	// trigger it.
	Cases []string `json:"cases"`
	At    string   `json:"at,omitempty"`
	Title string   `json:"title,omitempty"`
	// Fails reports whether the status fails the run.
	Fails bool `json:"fails,omitempty"`
	// Message says why, and what to do.
	Message string `json:"message,omitempty"`
}

// AcceptedStatus is what the run makes of an accepted difference of the ledger.
type AcceptedStatus struct {
	ID string `json:"id"`
	// Status is "used", "unused" or "overlapping".
	Status      string   `json:"status"`
	Differences int      `json:"differences"`
	Cases       []string `json:"cases"`
	At          string   `json:"at"`
	Fails       bool     `json:"fails,omitempty"`
	Message     string   `json:"message,omitempty"`
}

// The statuses of accepted differences.
const (
	used        = "used"
	unused      = "unused"
	overlapping = "overlapping"
)

// FailingEntries counts the entries of the ledger that fail the run.
func (r *Report) FailingEntries() int {
	n := 0
	for _, b := range r.Bugs {
		n += index(b.Fails)
	}
	for _, a := range r.Accepted {
		n += index(a.Fails)
	}
	return n
}

// Fails reports whether a case or an entry of the ledger fails the run.
func (r *Report) Fails() bool { return r.Failing() > 0 || r.FailingEntries() > 0 }

// conclusive reports whether what did not occur can be held against the ledger:
// every case was run, and proved something.
func (r *Report) conclusive() bool {
	return r.whole() && r.Incomplete == "" && r.Summary[Unstable]+r.Summary[Unfaithful]+r.Summary[Errored] == 0
}

// settleLedger sums up what the results show of the entries.
func (r *Report) settleLedger(l *ledger.Ledger) {
	if l == nil {
		return
	}
	for _, b := range l.Bugs {
		r.Bugs = append(r.Bugs, r.bugStatus(b))
	}
	for _, a := range l.Accepted {
		r.Accepted = append(r.Accepted, r.acceptedStatus(a))
	}
}

func (r *Report) bugStatus(b *ledger.Bug) BugStatus {
	cases := map[ledger.Status][]string{}
	for _, res := range r.Results {
		for _, s := range res.bugs {
			if s.bug == b {
				cases[s.status] = append(cases[s.status], res.Case)
			}
		}
	}
	out := BugStatus{ID: b.ID, At: b.At, Title: b.Title, Status: ledger.NotExercised}
	for _, s := range []ledger.Status{ledger.NotPorted, ledger.NotFixed, ledger.Gone, ledger.Ported, ledger.Fixed} {
		if len(cases[s]) > 0 {
			out.Status = s
			break
		}
	}
	certain := out.Status != ledger.NotExercised
	out.Cases = slices.Concat(cases[ledger.Ported], cases[ledger.NotPorted], cases[ledger.Fixed], cases[ledger.NotFixed])
	if out.Status == ledger.NotExercised && len(cases[unseen]) > 0 {
		out.Status = ledger.Gone
	}
	if out.Status == ledger.Gone {
		out.Cases = slices.Concat(cases[ledger.Gone], cases[unseen])
	}
	slices.Sort(out.Cases)
	out.Cases = nonNil(out.Cases)
	out.Fails = !b.Allows(out.Status) && (certain || r.conclusive())
	out.Message = bugAdvice(out.Status, cases)
	if !certain && !r.conclusive() {
		out.Message = "cannot be judged: not every case was run and proved something"
	}
	return out
}

// bugAdvice says what the status means and what to do; "" where all is well.
func bugAdvice(s ledger.Status, cases map[ledger.Status][]string) string {
	switch s {
	case ledger.NotPorted:
		return fmt.Sprintf("legacy shows it and the candidate does not, in %s; port it, or write expect: fixed", someOf(cases[s]))
	case ledger.NotFixed:
		return fmt.Sprintf("the candidate shows it, or not clearly that it is fixed, in %s; fix it, or write expect: ported", someOf(cases[s]))
	case ledger.NotExercised:
		return "no case triggers it; record one that does, correct when, or write allow: [not exercised]"
	case ledger.Gone:
		list := slices.Concat(cases[ledger.Gone], cases[unseen])
		return fmt.Sprintf("triggered where legacy does not show it: %s; correct witness or when, or remove the entry", someOf(list))
	}
	if len(cases[unseen]) > 0 {
		return fmt.Sprintf("triggered where legacy does not show it, too: %s; when could be narrower", someOf(cases[unseen]))
	}
	return ""
}

// someOf names a few cases.
func someOf(cases []string) string {
	const most = 3
	if len(cases) <= most {
		return strings.Join(cases, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(cases[:most], ", "), count(len(cases)-most, "case"))
}

func (r *Report) acceptedStatus(a *ledger.Accepted) AcceptedStatus {
	out := AcceptedStatus{ID: a.ID, At: a.At, Status: used, Cases: []string{}}
	for _, res := range r.Results {
		n := 0
		for _, u := range res.used {
			n += index(u == a)
		}
		if n > 0 {
			out.Cases = append(out.Cases, res.Case)
			out.Differences += n
		}
		for _, o := range res.overlaps {
			if other, ok := o.with(a); ok && out.Status != overlapping {
				out.Status, out.Fails = overlapping, true
				out.Message = fmt.Sprintf("a difference of %s fits %s (%s) too; narrow the match of one of them", res.Case, other.id, other.at)
			}
		}
	}
	if out.Differences > 0 {
		return out
	}
	out.Status, out.Fails = unused, r.conclusive()
	out.Message = "no difference fits it; remove the entry, or correct its match"
	if hint := r.nearMiss(a); hint != "" {
		out.Message += ": " + hint
	}
	if !out.Fails {
		out.Message = "cannot be judged: not every case was run and proved something"
	}
	return out
}

// with is the other entry of an overlap that a is part of.
func (o overlap) with(a *ledger.Accepted) (claim, bool) {
	switch a {
	case o.first.accepted:
		return o.second, true
	case o.second.accepted:
		return o.first, true
	}
	return claim{}, false
}

// nearMiss names a difference that an unused entry fits but for its kind or
// values.
func (r *Report) nearMiss(a *ledger.Accepted) string {
	for _, res := range r.Results {
		if res.Verdict != Divergent {
			continue
		}
		for i := range res.Differences {
			d := &res.Differences[i]
			if d.Ledger == "" && len(d.Between) == 0 && a.Match.Fit(d.facts()) {
				return fmt.Sprintf("%s differs there in %s %s: legacy %s, candidate %s", res.Case, d.Path, d.Kind, d.Legacy, d.Candidate)
			}
		}
	}
	return ""
}
