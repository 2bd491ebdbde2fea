package signoff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/sidebyside/replay/harness"
)

// The types of a statement, of its predicate and of an envelope's payload
// (in-toto attestation framework, spec/v1 and spec/predicates/test-result.md).
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://in-toto.io/attestation/test-result/v0.1"
	payloadType   = "application/vnd.in-toto+json"
)

// passed is the result of a statement; what does not pass is not stated.
const passed = "PASSED"

// Statement says what was shown, and about what.
type Statement struct {
	Type          string    `json:"_type"`
	Subject       Digests   `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// Subject is one thing that the result stands on.
type Subject struct {
	// Name is one of "legacy", "candidate", "corpus", "configuration", "ledger" and
	// "schema".
	Name   string `json:"name"`
	Digest SHA256 `json:"digest"`
	// Annotations say what the digest is taken of.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// SHA256 is a digest in lower-case hex.
type SHA256 struct {
	Hex string `json:"sha256"`
}

// Predicate is the test result; what in-toto has no name for is in Shown.
type Predicate struct {
	Result        string    `json:"result"`
	Configuration []Subject `json:"configuration"`
	// PassedTests are the cases in which both agree, WarnedTests those whose
	// differences the ledger accepts.
	PassedTests []string `json:"passedTests"`
	WarnedTests []string `json:"warnedTests"`
	FailedTests []string `json:"failedTests"`
	Shown       Shown    `json:"replaySignOff"`
}

// Shown is what the cases of a field showed.
type Shown struct {
	Field string `json:"field"`
	Tool  string `json:"tool"`
	// Started and Finished are when the cases were replayed. Expires is when the
	// sign-off ends; nil for never.
	Started  time.Time  `json:"started"`
	Finished time.Time  `json:"finished"`
	Expires  *time.Time `json:"expires,omitempty"`
	// Runs is how often each case was replayed, in orders drawn from Seed.
	Runs int    `json:"runs"`
	Seed uint32 `json:"seed"`
	// Cases is their number, Newest when the last of them was recorded.
	Cases  int       `json:"cases"`
	Newest time.Time `json:"newest"`
	// Coverage counts input shapes; nil for a field of which none are counted.
	Coverage *Part `json:"coverage,omitempty"`
	// SelfTest counts the faults that the comparison finds.
	SelfTest Part                  `json:"selftest"`
	Policy   harness.SignOffPolicy `json:"policy"`
	Bugs     []Bug                 `json:"bugs"`
	Accepted []Accepted            `json:"accepted"`
	// Hidden is what rules hid, in one run.
	Hidden []harness.Hidden `json:"hidden"`
	// Uncovered counts the reads outside of what was recorded, in one run.
	Uncovered int `json:"uncovered"`
}

// Part is a number of things among all of them.
type Part struct {
	Count int `json:"count"`
	Of    int `json:"of"`
}

// Share is the part from 0 to 1; of nothing it is 1.
func (p Part) Share() float64 {
	if p.Of == 0 {
		return 1
	}
	return float64(p.Count) / float64(p.Of)
}

func (p Part) String() string { return fmt.Sprintf("%d of %d (%s)", p.Count, p.Of, percent(p.Share())) }

// percent rounds down: 99.99 % is not all.
func percent(share float64) string { return fmt.Sprintf("%.1f %%", float64(int(share*1000))/10) }

// Bug is a bug of the ledger that the field's cases exercise.
type Bug struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Status string   `json:"status"`
	Cases  []string `json:"cases"`
}

// Accepted is an entry of the ledger by which somebody accepts differences.
type Accepted struct {
	ID      string   `json:"id"`
	Owner   string   `json:"owner"`
	Reason  string   `json:"reason"`
	Ticket  string   `json:"ticket,omitempty"`
	Expires string   `json:"expires"` // the last day, 2026-12-31
	Cases   []string `json:"cases"`
}

// Encode is the statement as JSON, indented, with a line end.
func (s *Statement) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(s); err != nil {
		return nil, fmt.Errorf("write statement: %w", err)
	}
	return b.Bytes(), nil
}

// maxSize bounds what is read of a sign-off, in bytes.
const maxSize = 16 << 20

var hex64 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// decode reads a statement. One that does not say what a sign-off says is
// refused; what it says besides is not read.
func decode(data []byte) (*Statement, error) {
	var s Statement
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("it is no statement: %w", err)
	}
	p := &s.Predicate
	switch {
	case s.Type != statementType:
		return nil, fmt.Errorf("it is no statement of in-toto: its _type is %q", s.Type)
	case s.PredicateType != predicateType:
		return nil, fmt.Errorf("it is no test result: its predicateType is %q", s.PredicateType)
	case p.Result != passed || len(p.FailedTests) > 0:
		return nil, fmt.Errorf("its result is %q with %d failed tests, want %q with none", p.Result, len(p.FailedTests), passed)
	case p.Shown.Field == "" || p.Shown.Finished.IsZero():
		return nil, fmt.Errorf("it says of no field what was shown (replaySignOff)")
	case len(p.PassedTests)+len(p.WarnedTests) != p.Shown.Cases:
		return nil, fmt.Errorf("it lists %d cases and counts %d", len(p.PassedTests)+len(p.WarnedTests), p.Shown.Cases)
	}
	for i, sub := range s.Subject {
		if !hex64.MatchString(sub.Digest.Hex) {
			return nil, fmt.Errorf("the digest of subject %q is no sha256", sub.Name)
		}
		if slices.ContainsFunc(s.Subject[:i], func(o Subject) bool { return o.Name == sub.Name }) {
			return nil, fmt.Errorf("it has two subjects %q", sub.Name)
		}
	}
	return &s, nil
}
