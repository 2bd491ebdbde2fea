package harness

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// VerifyReport says which cases legacy reproduces (docs/verify.md).
type VerifyReport struct {
	Version int     `json:"version"`
	Tool    string  `json:"tool"`
	Config  string  `json:"config"`
	Seconds float64 `json:"seconds"`
	// Cases is how many were selected, Faithful how many do what was recorded.
	Cases    int `json:"cases"`
	Faithful int `json:"faithful"`
	// Incomplete says why cases are missing; "" when all selected ones were run.
	Incomplete string `json:"incomplete,omitempty"`
	// Results are those of all cases that were run, by name.
	Results []VerifyResult `json:"results"`
	// Folder is where the cases lie that were set aside; "" while nothing was moved.
	Folder string `json:"folder,omitempty"`
}

// VerifyResult is what became of one case.
type VerifyResult struct {
	Case string `json:"case"`
	// Verdict is Equivalent for a case that legacy reproduces, else Unfaithful,
	// Unstable or Errored.
	Verdict Verdict `json:"verdict"`
	Message string  `json:"message,omitempty"`
	// Differences are those of legacy from the recording, or from itself.
	Differences []Difference `json:"differences,omitempty"`
	Omitted     int          `json:"omitted,omitempty"`
	// Missing are the reads of legacy of which the recording knows nothing.
	Missing   []Uncovered `json:"missing,omitempty"`
	Reproduce string      `json:"reproduce"`
}

// Faithful reports whether legacy reproduces the case.
func (r *VerifyResult) Faithful() bool { return r.Verdict == Equivalent }

// Unfaithful counts the cases that legacy does not reproduce.
func (r *VerifyReport) Unfaithful() int { return len(r.Results) - r.Faithful }

func (v *verifier) report(started time.Time, err error) *VerifyReport {
	r := &VerifyReport{
		Version: 1, Tool: "replay " + Version, Config: v.config.File, Cases: len(v.cases),
		Seconds: time.Since(started).Round(time.Millisecond).Seconds(), Results: nonNil(v.results),
	}
	slices.SortFunc(r.Results, func(a, b VerifyResult) int { return strings.Compare(a.Case, b.Case) })
	for i := range r.Results {
		r.Faithful += index(r.Results[i].Faithful())
	}
	if err != nil {
		r.Incomplete = err.Error()
	}
	return r
}

// WriteJSON writes the report for programs.
func (r *VerifyReport) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// WriteText writes the report for persons: each case that is not faithful, what
// else legacy read, and the totals last.
func (r *VerifyReport) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	lucky := 0
	for i := range r.Results {
		res := &r.Results[i]
		if res.Faithful() {
			lucky += index(len(res.Missing) > 0)
			continue
		}
		fprintf(b, "%s  %s\n\n%s    reproduce: %s\n\n", strings.ToUpper(res.Verdict.String()), res.Case, indent(strings.TrimRight(res.Reason(), "\n"), "    ")+"\n", res.Reproduce)
	}
	if lucky > 0 {
		fprintf(b, "%s did what was recorded, but legacy read data there of which the recording knows nothing (missing in --report json)\n", count(lucky, "case"))
	}
	fprintf(b, "%s\n", r.totals())
	if r.Incomplete != "" {
		first, _, _ := strings.Cut(r.Incomplete, "\n")
		fprintf(b, "INCOMPLETE: %d of %s verified: %s\n", len(r.Results), count(r.Cases, "case"), first)
	}
	return b.Flush()
}

// totals is the last line.
func (r *VerifyReport) totals() string {
	parts := []string{fmt.Sprintf("%s in %.1f s: %d faithful", count(len(r.Results), "case"), r.Seconds, r.Faithful)}
	counts := map[Verdict]int{}
	for i := range r.Results {
		counts[r.Results[i].Verdict]++
	}
	for _, v := range Verdicts() {
		if v != Equivalent && counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	text := strings.Join(parts, ", ")
	if r.Folder != "" && r.Unfaithful() > 0 {
		text += "; set aside in " + r.Folder
	}
	return text
}

// Reason says for a person why a case is not faithful, in whole lines.
func (r *VerifyResult) Reason() string {
	var b strings.Builder
	fprintf(&b, "%s\n", r.Message)
	for _, m := range r.Missing {
		fprintf(&b, "missing in the fixture: legacy read %s, of which the recording knows nothing\n", m)
	}
	for i, d := range r.Differences {
		if i == differencesPerCase {
			break
		}
		d.writeText(&b)
	}
	if more := len(r.Differences) + r.Omitted - differencesPerCase; more > 0 {
		fprintf(&b, "    … and %s more; --report json has them\n", count(more, "difference"))
	}
	return b.String()
}
