// Package ledger reads the file of known differences (docs/ledger.md): bugs of
// legacy that the candidate must show too, and differences that somebody
// accepted for a reason and a time.
//
// [Read] checks the file against the schema, the stores and the date, and
// compiles its expressions. What a run makes of the entries is decided in
// package harness.
package ledger

import (
	"slices"
	"strings"
	"time"
)

// Ledger is a file of known differences, checked. The nil Ledger is empty.
type Ledger struct {
	// File is the path as it is shown.
	File     string
	Bugs     []*Bug
	Accepted []*Accepted

	stores     []string
	properties []propertyUse
}

// Expectation says what the candidate is to do with a bug.
type Expectation string

// The expectations.
const (
	ExpectPorted Expectation = "ported"
	ExpectFixed  Expectation = "fixed"
)

// Status is what a run shows of a bug.
type Status string

// The statuses of a bug. Ported and Fixed are as expected; the others fail the
// run unless the entry allows them.
const (
	Ported       Status = "ported"
	Fixed        Status = "fixed"
	NotPorted    Status = "not ported"    // the candidate does not show it, but must
	NotFixed     Status = "not fixed"     // the candidate shows it, but must not
	NotExercised Status = "not exercised" // no case triggers it
	Gone         Status = "gone"          // legacy no longer shows it
)

// Bug is behaviour of legacy that is known to be wrong.
type Bug struct {
	ID, Title, Ticket string
	// At is where the entry begins: "ledger.yaml:4".
	At     string
	Expect Expectation
	// Match narrows the differences that are the bug's; nil: all of a case that
	// exercises it.
	Match Matches
	Allow []Status

	when, witness *expression
}

// Allows reports whether a status does not fail the run.
func (b *Bug) Allows(s Status) bool {
	return s == Ported || s == Fixed || slices.Contains(b.Allow, s)
}

// Accepted is a difference that somebody accepts until a day.
type Accepted struct {
	ID, Reason, Owner, Ticket string
	// At is where the entry begins: "ledger.yaml:31".
	At    string
	Match Matches
	// Kind is "" for any.
	Kind string
	// Legacy and Candidate are the values; nil for any.
	Legacy, Candidate *Value
	// Expires is the last day on which it holds (UTC).
	Expires time.Time
}

// Fits reports whether a difference is the accepted one.
func (a *Accepted) Fits(d Difference) bool {
	return (a.Kind == "" || a.Kind == d.Kind) && a.Match.Fit(d) &&
		(a.Legacy == nil || a.Legacy.is(d.Legacy)) && (a.Candidate == nil || a.Candidate.is(d.Candidate))
}

// Difference is what an entry can know of a difference. Legacy and Candidate are
// the whole texts, as the report shows them when they are short.
type Difference struct {
	Channel, Store, Path, Coordinate, Kind, Class string

	Legacy, Candidate string
}

// todo marks what [Accepted] entries from a suggestion leave to their owner.
const todo = "TODO"

func isTodo(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), todo) }
