package harness

import (
	"fmt"
	"io"
	"strings"
)

// maxMarkdown is how many bytes GitHub takes as the summary of one step: 1 MiB.
// It drops a longer one as a whole.
const maxMarkdown = 1 << 20

// WriteMarkdown writes a summary for a pull request or a step summary. What would
// make it longer than 1 MiB is left out and counted.
func (r *Report) WriteMarkdown(w io.Writer) error { return r.WriteMarkdownWithin(w, maxMarkdown) }

// WriteMarkdownWithin is [Report.WriteMarkdown] for a place with room for so many
// bytes.
func (r *Report) WriteMarkdownWithin(w io.Writer, room int) error {
	const reserve = 200 // for what is said of parts that are left out
	sections := []func(io.Writer){r.markdownHead, r.markdownFields, r.markdownClasses}
	for _, g := range r.groups() {
		sections = append(sections, func(w io.Writer) { g.writeMarkdown(w, r) })
	}
	sections = append(sections, r.markdownLedger)
	var b strings.Builder
	omitted := 0
	for _, write := range sections {
		var one strings.Builder
		write(&one)
		if b.Len()+one.Len() > room-reserve {
			omitted++
			continue
		}
		b.WriteString(one.String())
	}
	if omitted > 0 {
		fprintf(&b, "_%s of this summary left out: there is no room for more than %d bytes. The JSON report has them._\n", count(omitted, "part"), room)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) markdownHead(w io.Writer) {
	state := "passed"
	switch {
	case r.Incomplete != "":
		state = "incomplete"
	case r.Fails():
		state = "failed"
	}
	fprintf(w, "## replay %s: %s in %.1f s\n\n", state, count(len(r.Results), "case"), r.Seconds)
	if r.Incomplete != "" {
		fprintf(w, "> **Incomplete:** %d of %s run. %s\n\n", len(r.Results), count(r.selected, "case"), markdownText(r.Incomplete))
	}
	for _, line := range r.partial() {
		fprintf(w, "> %s\n", markdownText(line))
	}
	if r.partial() != nil {
		fprintf(w, "\n")
	}
}

func (r *Report) markdownFields(w io.Writer) {
	fprintf(w, "| field | cases |")
	for _, v := range Verdicts() {
		fprintf(w, " %s |", v)
	}
	fprintf(w, "\n|---|--:|%s\n", strings.Repeat("--:|", len(Verdicts())))
	for _, f := range r.Fields {
		fprintf(w, "| `%s` | %d |", f.Coordinate, f.Cases)
		for _, v := range Verdicts() {
			fprintf(w, " %s |", cell(f.Verdicts[v]))
		}
		fprintf(w, "\n")
	}
	fprintf(w, "\n")
}

func cell(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func (r *Report) markdownClasses(w io.Writer) {
	sums := r.classes()
	if len(sums) == 0 {
		return
	}
	fprintf(w, "| likely cause | cases | differences | |\n|---|--:|--:|---|\n")
	for _, s := range sums {
		fprintf(w, "| %s | %d | %d | %s |\n", s.class, s.cases, s.differences, markdownText(causeOf(s.class).why))
	}
	fprintf(w, "\n")
}

func (g group) writeMarkdown(w io.Writer, r *Report) {
	fprintf(w, "### %s: %s (%s)\n\n", g.verdict, markdownText(g.title()), count(len(g.results), "case"))
	for i, p := range g.places {
		if i == placesPerGroup {
			fprintf(w, "- … and %s more\n", count(len(g.places)-i, "place"))
			break
		}
		fprintf(w, "- %s (%s)\n", markdownText(p.title), count(p.cases, "case"))
	}
	if g.places != nil {
		fprintf(w, "\n")
	}
	for i, res := range g.results {
		if i == casesPerGroup {
			fprintf(w, "and %s more.\n\n", count(len(g.results)-i, "case"))
			break
		}
		fprintf(w, "**`%s`**\n\n", res.Case)
		if res.Message != "" {
			fprintf(w, "```\n%s\n```\n\n", strings.ReplaceAll(res.Message, "```", "'''"))
		}
		res.markdownDifferences(w)
		fprintf(w, "```sh\n%s\n```\n\n", res.Reproduce)
	}
	var advice strings.Builder
	if g.writeAdvice(&advice, r); advice.Len() > 0 {
		fprintf(w, "```text\n%s\n```\n\n", strings.ReplaceAll(strings.TrimSpace(advice.String()), "```", "'''"))
	}
}

func (res Result) markdownDifferences(w io.Writer) {
	if len(res.Differences) == 0 {
		return
	}
	left, right := "legacy", "candidate"
	if b := res.Differences[0].Between; len(b) == 2 {
		left, right = b[0], b[1]
	}
	fprintf(w, "| where | kind | %s | %s |\n|---|---|---|---|\n", left, right)
	for i, d := range res.Differences {
		if i == differencesPerCase {
			fprintf(w, "| … %d more | | | |\n", res.differing()-i)
			break
		}
		fprintf(w, "| %s `%s` | %s | %s | %s |\n", d.Channel, markdownCode(d.Path), d.label(), markdownCell(d.Legacy), markdownCell(d.Candidate))
	}
	fprintf(w, "\n")
}

var (
	markdownEscaper = strings.NewReplacer("|", `\|`, "<", "&lt;", ">", "&gt;", "\n", " ", "*", `\*`, "_", `\_`, "`", "\\`")
	codeEscaper     = strings.NewReplacer("|", `\|`, "\n", " ", "`", "'")
)

func markdownText(s string) string { return markdownEscaper.Replace(s) }
func markdownCode(s string) string { return codeEscaper.Replace(s) }

func markdownCell(s string) string {
	if s == "" {
		return ""
	}
	return "`" + markdownCode(s) + "`"
}
