package harness

import (
	"cmp"
	"encoding/json"
	"io"
	"slices"
)

// SelfTestReport says how many faults the comparison finds (docs/selftest.md).
type SelfTestReport struct {
	Version int     `json:"version"`
	Tool    string  `json:"tool"`
	Config  string  `json:"config"`
	Cases   int     `json:"cases"`
	Seconds float64 `json:"seconds"`
	// Min is the share of faults that had to be found, Detection that which was.
	Min       float64 `json:"min"`
	Detection float64 `json:"detection"`
	Tried     int     `json:"tried"`
	Found     int     `json:"found"`
	// Applicable is how many places there are; Places how many of one case each
	// fault was put into at most on one channel, 0 without bound.
	Applicable int `json:"applicable"`
	Places     int `json:"places"`
	// Operators are the faults by channel, the worst first; Controls what is none.
	Operators []OperatorSum `json:"operators"`
	Controls  []OperatorSum `json:"controls"`
	// Hiders are what hides faults, the costliest first.
	Hiders []HiderSum `json:"hiders"`
	// Unused names the faults that no selected case has a place for.
	Unused []string `json:"unused"`
}

// OperatorSum is what became of one fault on one channel. Of a control, Found
// counts what was reported and should not have been.
type OperatorSum struct {
	Name       string  `json:"name"`
	Does       string  `json:"does"`
	Channel    Channel `json:"channel"`
	Applicable int     `json:"applicable"`
	Tried      int     `json:"tried"`
	Found      int     `json:"found"`
	Detection  float64 `json:"detection"`
	// Examples are, for each set of rules that hid the fault, how often and the
	// first place; of a control the first place that was reported.
	Examples []FaultExample `json:"examples,omitempty"`
}

// FaultExample is a place with how many others are like it.
type FaultExample struct {
	// Rules hid the fault, "replay.yaml:31 (now)", or entries of the ledger; none
	// where the comparison takes the two observations for one by itself.
	Rules []string `json:"rules"`
	Count int      `json:"count"`
	Case  string   `json:"case"`
	Path  string   `json:"path"`
}

// HiderSum is what one rule, or one entry of the ledger, costs.
type HiderSum struct {
	Rule  string `json:"rule"` // as in FaultExample.Rules
	Hides int    `json:"hides"`
	// Faults are the names of those that it hides.
	Faults []string `json:"faults"`
}

// Fails reports whether too few faults were found, or a control was reported.
func (r *SelfTestReport) Fails() bool {
	return r.Detection < r.Min || slices.ContainsFunc(r.Controls, func(o OperatorSum) bool { return o.Found > 0 })
}

func newSelfTestReport(c *Config, opts SelfTestOptions, all []fault, tallies []*tally) *SelfTestReport {
	r := &SelfTestReport{
		Version: 1, Tool: "replay " + Version, Config: c.File, Cases: len(tallies), Min: opts.Min, Places: opts.Places,
		Operators: []OperatorSum{}, Controls: []OperatorSum{}, Unused: []string{},
	}
	sums := sumsOf(all, tallies)
	for i, f := range all {
		used := false
		for _, channel := range Channels() {
			sum := sums[sumKey{i, channel}]
			if sum == nil {
				continue
			}
			used = true
			sum.finish()
			if f.control {
				r.Controls = append(r.Controls, *sum)
				continue
			}
			r.Operators = append(r.Operators, *sum)
			r.Tried, r.Found, r.Applicable = r.Tried+sum.Tried, r.Found+sum.Found, r.Applicable+sum.Applicable
		}
		if !used {
			r.Unused = append(r.Unused, f.name)
		}
	}
	r.Detection = share(r.Found, r.Tried)
	slices.SortStableFunc(r.Operators, func(a, b OperatorSum) int { return cmp.Compare(a.Detection, b.Detection) })
	r.Hiders = hiders(r.Operators)
	slices.SortStableFunc(r.Controls, func(a, b OperatorSum) int { return cmp.Compare(b.Found, a.Found) })
	return r
}

// share is 1 where nothing could be found: nothing was missed.
func share(found, tried int) float64 {
	if tried == 0 {
		return 1
	}
	return float64(found) / float64(tried)
}

type sumKey struct {
	fault   int
	channel Channel
}

// sumsOf adds up the cases, in their order.
func sumsOf(all []fault, tallies []*tally) map[sumKey]*OperatorSum {
	sums := map[sumKey]*OperatorSum{}
	for _, t := range tallies {
		for _, one := range t.trials {
			key := sumKey{one.fault, one.channel}
			sum := sums[key]
			if sum == nil {
				sum = &OperatorSum{Name: all[one.fault].name, Does: all[one.fault].does, Channel: one.channel}
				sums[key] = sum
			}
			sum.Applicable, sum.Tried, sum.Found = sum.Applicable+one.applicable, sum.Tried+one.tried, sum.Found+one.found
			for _, w := range one.wrong {
				sum.example(t.name, w)
			}
		}
	}
	return sums
}

func (o *OperatorSum) finish() {
	o.Detection = share(o.Found, o.Tried)
	slices.SortStableFunc(o.Examples, func(a, b FaultExample) int { return b.Count - a.Count })
}

func (o *OperatorSum) example(name string, w wrongTrial) {
	for i := range o.Examples {
		if slices.Equal(o.Examples[i].Rules, w.by) {
			o.Examples[i].Count++
			return
		}
	}
	o.Examples = append(o.Examples, FaultExample{Rules: nonNil(w.by), Count: 1, Case: name, Path: w.path})
}

// hiders adds up what each rule hides.
func hiders(all []OperatorSum) []HiderSum {
	out := []HiderSum{}
	for _, o := range all {
		for _, e := range o.Examples {
			for _, rule := range e.Rules {
				at := slices.IndexFunc(out, func(h HiderSum) bool { return h.Rule == rule })
				if at < 0 {
					at = len(out)
					out = append(out, HiderSum{Rule: rule})
				}
				h := &out[at]
				h.Hides += e.Count
				if !slices.Contains(h.Faults, o.Name) {
					h.Faults = append(h.Faults, o.Name)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b HiderSum) int { return cmp.Or(b.Hides-a.Hides, cmp.Compare(a.Rule, b.Rule)) })
	return out
}

// WriteJSON writes the report for a program.
func (r *SelfTestReport) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}
