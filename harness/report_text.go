package harness

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

const (
	// casesPerGroup is how many cases of one group are shown in full.
	casesPerGroup = 3
	// namesPerGroup is how many further ones are named.
	namesPerGroup = 20
	// placesPerGroup is how many places of one group are named.
	placesPerGroup = 5
	// differencesPerCase is how many differences of one case are shown.
	differencesPerCase = 12
)

// WriteText writes the report for a person: the likely causes of what differs, of
// each a few cases with the command that reproduces them and what to do, and the
// totals last.
func (r *Report) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	r.writeClasses(b)
	for _, g := range r.groups() {
		g.writeText(b, r)
	}
	r.writeLedger(b)
	r.writeTotals(b)
	return b.Flush()
}

// writeClasses has a line for each class.
func (r *Report) writeClasses(w io.Writer) {
	sums := r.classes()
	if len(sums) == 0 {
		return
	}
	width, cases, differences := 0, 0, 0
	for _, s := range sums {
		width = max(width, len(s.class))
		cases, differences = max(cases, len(count(s.cases, "case"))), max(differences, len(count(s.differences, "difference")))
	}
	fprintf(w, "likely causes\n\n")
	for _, s := range sums {
		fprintf(w, "  %-*s  %-*s  %-*s  %s\n", width, s.class, cases, count(s.cases, "case"), differences, count(s.differences, "difference"), causeOf(s.class).why)
	}
	fprintf(w, "\n")
}

func (g group) writeText(w io.Writer, r *Report) {
	fprintf(w, "%s  %s  (%s)\n\n", strings.ToUpper(g.verdict.String()), g.title(), count(len(g.results), "case"))
	g.writePlaces(w)
	for i, res := range g.results {
		if i == casesPerGroup {
			writeNames(w, g.results[i:])
			break
		}
		res.writeText(w)
	}
	g.writeAdvice(w, r)
}

func (g group) writePlaces(w io.Writer) {
	if len(g.places) == 0 {
		return
	}
	for i, p := range g.places {
		if i == placesPerGroup {
			fprintf(w, "  … and %s more\n", count(len(g.places)-i, "place"))
			break
		}
		fprintf(w, "  in %s  (%s)\n", p.title, count(p.cases, "case"))
	}
	fprintf(w, "\n")
}

func writeNames(w io.Writer, results []Result) {
	fprintf(w, "  and %s more:\n", count(len(results), "case"))
	for i, res := range results {
		if i == namesPerGroup && len(results) > namesPerGroup+1 {
			fprintf(w, "    … and %d more; --report json has them all\n", len(results)-i)
			break
		}
		fprintf(w, "    %s\n", res.Case)
	}
	fprintf(w, "\n")
}

func (res Result) writeText(w io.Writer) {
	fprintf(w, "  %s\n", res.Case)
	if res.Message != "" {
		fprintf(w, "%s\n", indent(res.Message, "    "))
	}
	for i, d := range res.Differences {
		if i == differencesPerCase {
			break
		}
		d.writeText(w)
	}
	if more := res.differing() - differencesPerCase; more > 0 {
		fprintf(w, "    … and %s more%s\n", count(more, "difference"), res.whereRest())
	}
	for _, u := range res.Uncovered {
		fprintf(w, "    uncovered: %s read %s of %s, of which the recording knows nothing\n", u.By, u.Read, u.Store)
	}
	res.writeUnshifted(w)
	fprintf(w, "    reproduce: %s\n\n", res.Reproduce)
}

func (d Difference) writeText(w io.Writer) {
	left, right := "legacy", "candidate"
	if len(d.Between) == 2 {
		left, right = d.Between[0], d.Between[1]
	}
	where := string(d.Channel)
	if d.Store != "" {
		where += " " + d.Store
	}
	coordinate := ""
	if d.Coordinate != "" {
		coordinate = " (" + d.Coordinate + ")"
	}
	fprintf(w, "    %s %s%s: %s\n", where, d.Path, coordinate, d.label())
	width := max(len(left), len(right))
	fprintf(w, "      %-*s  %s\n", width, left, orNothing(d.Legacy))
	fprintf(w, "      %-*s  %s\n", width, right, orNothing(d.Candidate))
	if d.Message != "" {
		fprintf(w, "      %s\n", d.Message)
	}
	if d.Ledger != "" {
		fprintf(w, "      ledger: %s\n", d.Ledger)
	}
}

// label is the kind with the likely cause, where one is known.
func (d Difference) label() string {
	if d.Class == "" || d.Class == UnknownCause {
		return string(d.Kind)
	}
	return string(d.Kind) + ", " + string(d.Class)
}

func orNothing(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return s
}

func (r *Report) writeTotals(w io.Writer) {
	for _, h := range r.Normalizers {
		if h.Count == 0 && r.whole() {
			fprintf(w, "rule %s (%s) hid nothing in this run; remove it if no case needs it\n", h.Rule, h.Use)
		}
	}
	r.writeIndexes(w)
	if green := r.uncoveredGreen(); green > 0 {
		fprintf(w, "%s agree, but read data of which the recording knows nothing (uncovered in --report json)\n", count(green, "case"))
	}
	r.writeUnshifted(w)
	if n := r.Corpus.Unfaithful; n > 0 {
		fprintf(w, "not run: %s that legacy did not reproduce, set aside in _unfaithful (replay verify --again)\n", count(n, "case"))
	}
	var parts []string
	for _, v := range Verdicts() {
		if n := r.Summary[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		parts = []string{"none"}
	}
	rate := ""
	if r.replaying > 0 {
		rate = fmt.Sprintf(" (%.0f/s)", float64(len(r.Results))/r.replaying.Seconds())
	}
	r.writePartial(w)
	fprintf(w, "%s", r.ledgerTotals())
	fprintf(w, "%s in %.1f s%s: %s\n", count(len(r.Results), "case"), r.Seconds, rate, strings.Join(parts, ", "))
	if r.Incomplete != "" {
		first, _, _ := strings.Cut(r.Incomplete, "\n")
		fprintf(w, "INCOMPLETE: %d of %s run: %s\n", len(r.Results), count(r.selected, "case"), first)
	}
}

// writeIndexes names the composite indexes that the candidate would need beyond
// those of legacy: without them the service refuses its queries.
func (r *Report) writeIndexes(w io.Writer) {
	var more []string
	for _, i := range r.Indexes {
		if len(i.By) == 1 && i.By[0] == "candidate" {
			more = append(more, i.Index)
		}
	}
	if len(more) == 0 {
		return
	}
	const most = 3
	rest := ""
	if len(more) > most {
		more, rest = more[:most], fmt.Sprintf("; … and %d more in --report json", len(more)-most)
	}
	fprintf(w, "the candidate needs composite indexes that legacy does not: %s%s\n", strings.Join(more, "; "), rest)
}

// whole reports whether every case of the corpus was run.
func (r *Report) whole() bool { return len(r.Results) == r.Corpus.Cases }

func (r *Report) uncoveredGreen() int {
	n := 0
	for _, res := range r.Results {
		if !res.Verdict.Fails() && len(res.Uncovered) > 0 {
			n++
		}
	}
	return n
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// fprintf writes to a buffer whose first error its Flush returns.
func fprintf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
