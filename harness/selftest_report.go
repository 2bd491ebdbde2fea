package harness

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
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
	// Rules hid the fault, "replay.yaml:31 (now)"; none where the comparison takes
	// the two observations for one by itself.
	Rules []string `json:"rules"`
	Count int      `json:"count"`
	Case  string   `json:"case"`
	Path  string   `json:"path"`
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
		for _, channel := range channels() {
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
	rules := []string{}
	for _, h := range w.by {
		rules = append(rules, h.Rule+" ("+h.Use+")")
	}
	for i := range o.Examples {
		if slices.Equal(o.Examples[i].Rules, rules) {
			o.Examples[i].Count++
			return
		}
	}
	o.Examples = append(o.Examples, FaultExample{Rules: rules, Count: 1, Case: name, Path: w.path})
}

// WriteJSON writes the report for a program.
func (r *SelfTestReport) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteText writes the report for a person: the worst first.
func (r *SelfTestReport) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	width := 0
	for _, o := range append(slices.Clone(r.Operators), r.Controls...) {
		width = max(width, len(o.Name))
	}
	fprintf(b, "%-*s  %-8s  %7s  %7s  %9s\n", width, "fault", "channel", "tried", "missed", "detection")
	for _, o := range r.Operators {
		fprintf(b, "%-*s  %-8s  %7d  %7d  %9s\n", width, o.Name, o.Channel, o.Tried, o.Tried-o.Found, percent(o.Found, o.Tried))
		for _, e := range o.Examples {
			fprintf(b, "    %d %s; %s at %s\n", e.Count, e.hiddenBy(), e.Case, e.Path)
		}
	}
	r.writeControls(b, width)
	if len(r.Unused) > 0 {
		fprintf(b, "\nno case has a place for: %s\n", strings.Join(r.Unused, ", "))
	}
	if r.Tried < r.Applicable {
		fprintf(b, "\nbounded to %s per case, fault and channel: %d of %d tried; --all tries every one\n", count(r.Places, "place"), r.Tried, r.Applicable)
	}
	fprintf(b, "\n%s, %d faults injected in %.1f s: %d found, %d missed, %s\n", count(r.Cases, "case"), r.Tried, r.Seconds, r.Found, r.Tried-r.Found, percent(r.Found, r.Tried))
	if r.Detection < r.Min {
		fprintf(b, "under the threshold of %.4g %%: narrow the rules that hide the faults above\n", 100*r.Min)
	}
	return b.Flush()
}

func (e FaultExample) hiddenBy() string {
	if len(e.Rules) == 0 {
		return "taken for equal without a rule"
	}
	return "hidden by " + strings.Join(e.Rules, " and ")
}

func (r *SelfTestReport) writeControls(w io.Writer, width int) {
	if len(r.Controls) == 0 {
		return
	}
	fprintf(w, "\n%-*s  %-8s  %7s  %8s\n", width, "no fault", "channel", "tried", "reported")
	for _, o := range r.Controls {
		fprintf(w, "%-*s  %-8s  %7d  %8d\n", width, o.Name, o.Channel, o.Tried, o.Found)
		for _, e := range o.Examples {
			fprintf(w, "    %d reported that should not be; %s at %s\n", e.Count, e.Case, e.Path)
		}
	}
}

// percent rounds down, so that 100 % means all.
func percent(found, tried int) string {
	if tried == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", float64(found*10000/tried)/100)
}
