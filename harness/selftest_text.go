package harness

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

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
	r.writeHiders(b)
	r.writeControls(b, width)
	if len(r.Unused) > 0 {
		fprintf(b, "\nno case has a place for: %s\n", strings.Join(r.Unused, ", "))
	}
	if r.Tried < r.Applicable {
		fprintf(b, "\nbounded to %s per case, fault and channel: %d of %d tried; --all tries every one\n", count(r.Places, "place"), r.Tried, r.Applicable)
	}
	fprintf(b, "\n%s, %d faults injected in %.1f s: %d found, %d missed, %s\n", count(r.Cases, "case"), r.Tried, r.Seconds, r.Found, r.Tried-r.Found, percent(r.Found, r.Tried))
	if r.Detection < r.Min {
		fprintf(b, "under the threshold of %.4g %%: narrow what hides the faults above\n", 100*r.Min)
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

func (r *SelfTestReport) writeHiders(w io.Writer) {
	if len(r.Hiders) > 0 {
		fprintf(w, "\nwhat hides faults\n")
	}
	for _, h := range r.Hiders {
		fprintf(w, "%5d by %s: %s\n", h.Hides, h.Rule, strings.Join(h.Faults, ", "))
	}
}

// percent rounds down, so that 100 % means all.
func percent(found, tried int) string {
	if tried == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", float64(found*10000/tried)/100)
}
