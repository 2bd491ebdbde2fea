package harness

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/sidebyside/replay/harness/ledger"
)

// ledgerFacts is what the cases of a run, or of a part of one, show of the
// entries of the ledger, in the order of the file. The facts of parts can be
// joined; statuses cannot.
type ledgerFacts struct {
	Bugs     []bugFacts      `json:"bugs,omitempty"`
	Accepted []acceptedFacts `json:"accepted,omitempty"`
}

// bugFacts is what cases show of one bug.
type bugFacts struct {
	ID    string          `json:"id"`
	At    string          `json:"at"`
	Title string          `json:"title"`
	Allow []ledger.Status `json:"allow,omitempty"`
	// Cases are those that trigger the bug, by what they show.
	Cases map[ledger.Status][]string `json:"cases,omitempty"`
}

// acceptedFacts is what cases show of one accepted difference.
type acceptedFacts struct {
	ID string `json:"id"`
	At string `json:"at"`
	// Uses has a case for each difference that the entry fits.
	Uses []string `json:"uses,omitempty"`
	// Overlap is the first case with a difference that fits another entry, too.
	Overlap *overlapFact `json:"overlap,omitempty"`
	// Near is the first difference that the entry nearly fits.
	Near *nearFact `json:"near,omitempty"`
}

type overlapFact struct {
	Case string `json:"case"`
	ID   string `json:"id"`
	At   string `json:"at"`
}

type nearFact struct {
	Case string `json:"case"`
	Text string `json:"text"`
}

// factsOf gathers what results, sorted by case, show of the entries.
func factsOf(l *ledger.Ledger, results []Result) ledgerFacts {
	var f ledgerFacts
	if l == nil {
		return f
	}
	for _, b := range l.Bugs {
		f.Bugs = append(f.Bugs, factsOfBug(b, results))
	}
	for _, a := range l.Accepted {
		f.Accepted = append(f.Accepted, factsOfAccepted(a, results))
	}
	return f
}

func factsOfBug(b *ledger.Bug, results []Result) bugFacts {
	f := bugFacts{ID: b.ID, At: b.At, Title: b.Title, Allow: b.Allow, Cases: map[ledger.Status][]string{}}
	for _, res := range results {
		for _, s := range res.bugs {
			if s.bug == b {
				f.Cases[s.status] = append(f.Cases[s.status], res.Case)
			}
		}
	}
	return f
}

func factsOfAccepted(a *ledger.Accepted, results []Result) acceptedFacts {
	f := acceptedFacts{ID: a.ID, At: a.At}
	for _, res := range results {
		for _, u := range res.used {
			if u == a {
				f.Uses = append(f.Uses, res.Case)
			}
		}
		for _, o := range res.overlaps {
			if other, ok := o.with(a); ok && f.Overlap == nil {
				f.Overlap = &overlapFact{res.Case, other.id, other.at}
			}
		}
		if f.Near == nil {
			f.Near = res.nearly(a)
		}
	}
	return f
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

// nearly is a difference that the entry fits but for its kind or values.
func (res *Result) nearly(a *ledger.Accepted) *nearFact {
	if res.Verdict != Divergent {
		return nil
	}
	for i := range res.Differences {
		d := &res.Differences[i]
		if d.Ledger == "" && len(d.Between) == 0 && a.Match.Fit(d.facts()) {
			return &nearFact{res.Case, fmt.Sprintf("%s differs there in %s %s: legacy %s, candidate %s", res.Case, d.Path, d.Kind, d.Legacy, d.Candidate)}
		}
	}
	return nil
}

// join adds what another part of the same run shows. Both have the same entries.
func (f *ledgerFacts) join(other ledgerFacts) {
	for i := range f.Bugs {
		b := &f.Bugs[i]
		both := map[ledger.Status][]string{}
		maps.Copy(both, b.Cases)
		b.Cases = both
		for status, cases := range other.Bugs[i].Cases {
			b.Cases[status] = merged(b.Cases[status], cases)
		}
	}
	for i := range f.Accepted {
		a, b := &f.Accepted[i], other.Accepted[i]
		a.Uses = merged(a.Uses, b.Uses)
		a.Overlap = earlier(a.Overlap, b.Overlap, func(o *overlapFact) string { return o.Case })
		a.Near = earlier(a.Near, b.Near, func(n *nearFact) string { return n.Case })
	}
}

// sameEntries reports whether two parts know the same entries.
func (f *ledgerFacts) sameEntries(other ledgerFacts) bool {
	return slices.EqualFunc(f.Bugs, other.Bugs, func(a, b bugFacts) bool { return a.ID == b.ID && a.At == b.At }) &&
		slices.EqualFunc(f.Accepted, other.Accepted, func(a, b acceptedFacts) bool { return a.ID == b.ID && a.At == b.At })
}

func merged(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return all
}

// earlier is the fact of the case that comes first by name.
func earlier[T any](a, b *T, name func(*T) string) *T {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	if name(b) < name(a) {
		return b
	}
	return a
}
