package harness

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes a summary for a pull request or a step summary.
func (r *Report) WriteMarkdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	state := "passed"
	switch {
	case r.Incomplete != "":
		state = "incomplete"
	case r.Fails():
		state = "failed"
	}
	fprintf(b, "## replay %s: %s in %.1f s\n\n", state, count(len(r.Results), "case"), r.Seconds)
	if r.Incomplete != "" {
		fprintf(b, "> **Incomplete:** %d of %s run. %s\n\n", len(r.Results), count(r.selected, "case"), markdownText(r.Incomplete))
	}
	r.markdownFields(b)
	for _, g := range r.groups() {
		g.writeMarkdown(b)
	}
	r.markdownLedger(b)
	return b.Flush()
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

func (g group) writeMarkdown(w io.Writer) {
	fprintf(w, "### %s: %s (%s)\n\n", g.verdict, markdownText(g.title), count(len(g.results), "case"))
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
			fprintf(w, "| … %d more | | | |\n", len(res.Differences)-i)
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
