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

// settleLedger says what the facts mean for each entry.
func (r *Report) settleLedger(f ledgerFacts) {
	for i := range f.Bugs {
		r.Bugs = append(r.Bugs, f.Bugs[i].status(r.conclusive()))
	}
	for i := range f.Accepted {
		r.Accepted = append(r.Accepted, f.Accepted[i].status(r.conclusive()))
	}
}

// status says what the cases mean for the bug; conclusive: what did not occur
// can be held against it.
func (f *bugFacts) status(conclusive bool) BugStatus {
	cases := f.Cases
	out := BugStatus{ID: f.ID, At: f.At, Title: f.Title, Status: ledger.NotExercised}
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
	allowed := (&ledger.Bug{Allow: f.Allow}).Allows(out.Status)
	out.Fails = !allowed && (certain || conclusive)
	out.Message = bugAdvice(out.Status, cases)
	if !certain && !conclusive {
		out.Message = inconclusive
	}
	return out
}

// inconclusive is said of an entry that did not occur, where that proves nothing.
const inconclusive = "cannot be judged: not every case was run and proved something"

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

// status says what the cases mean for the entry; conclusive: what did not occur
// can be held against it.
func (f *acceptedFacts) status(conclusive bool) AcceptedStatus {
	out := AcceptedStatus{ID: f.ID, At: f.At, Status: used, Differences: len(f.Uses)}
	out.Cases = nonNil(slices.Compact(slices.Clone(f.Uses)))
	if o := f.Overlap; o != nil {
		out.Status, out.Fails = overlapping, true
		out.Message = fmt.Sprintf("a difference of %s fits %s (%s) too; narrow the match of one of them", o.Case, o.ID, o.At)
	}
	if out.Differences > 0 {
		return out
	}
	out.Status, out.Fails = unused, conclusive
	if !conclusive {
		out.Message = inconclusive
		return out
	}
	out.Message = "no difference fits it; remove the entry, or correct its match"
	if f.Near != nil {
		out.Message += ": " + f.Near.Text
	}
	return out
}
