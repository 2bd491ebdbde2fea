package harness

import "fmt"

// Verdict is the outcome of a case (docs/running.md).
type Verdict int

// The verdicts, mildest first.
const (
	// Equivalent: candidate and legacy agree, and legacy did what was recorded.
	Equivalent Verdict = iota
	// Accepted: every difference is on the ledger and unexpired.
	Accepted
	// Divergent: candidate differs from legacy, on fresh processes too.
	Divergent
	// Unstable: a side differs from itself, or the difference does not repeat.
	Unstable
	// Unfaithful: legacy does not do what was recorded.
	Unfaithful
	// Errored: a side crashed, hung or refused; the case proves nothing.
	Errored
)

var verdictNames = [...]string{"equivalent", "accepted", "divergent", "unstable", "unfaithful", "errored"}

// Verdicts lists all of them, mildest first.
func Verdicts() []Verdict {
	return []Verdict{Equivalent, Accepted, Divergent, Unstable, Unfaithful, Errored}
}

func (v Verdict) String() string { return verdictNames[v] }

// Fails reports whether a case with this verdict fails the run.
func (v Verdict) Fails() bool { return v > Accepted }

// MarshalText is the name, as in reports.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the name.
func (v *Verdict) UnmarshalText(text []byte) error {
	for i, name := range verdictNames {
		if name == string(text) {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("unknown verdict %q", text)
}
