package status

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/migration"
)

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}

// WriteText writes a table for people.
func (r *Report) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "field\tstate\tcases\tcoverage\tlast run\topen\tbugs\tsign-off")
	for i := range r.Fields {
		f := &r.Fields[i]
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%d\t%s\t%s\n", f.Coordinate, f.State, f.Cases, f.coverage(), f.last(), f.Open, f.bugs(), f.SignOff.short())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.SignOff.Valid || f.State == migration.None || len(f.SignOff.Reasons) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s has no valid sign-off:\n", f.Coordinate)
		for _, reason := range f.SignOff.Reasons {
			fmt.Fprintf(&b, "  %s\n", reason)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", r.totals())
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMarkdown writes a table for a pull request or a wiki.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## Migration: %s\n\n", r.totals())
	b.WriteString("| field | state | cases | coverage | last run | open | bugs | sign-off |\n|---|---|--:|--:|---|--:|---|---|\n")
	for i := range r.Fields {
		f := &r.Fields[i]
		fmt.Fprintf(&b, "| `%s` | %s | %d | %s | %s | %d | %s | %s |\n",
			f.Coordinate, f.State, f.Cases, f.coverage(), f.last(), f.Open, strings.ReplaceAll(f.bugs(), "|", `\|`), f.SignOff.short())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// totals is one line on all fields.
func (r *Report) totals() string {
	var parts []string
	for _, s := range migration.States() {
		if n := r.ByState(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	signed := 0
	for i := range r.Fields {
		if r.Fields[i].SignOff.Valid {
			signed++
		}
	}
	text := fmt.Sprintf("%d fields: %s; %d signed off", len(r.Fields), strings.Join(parts, ", "), signed)
	switch {
	case r.Last == nil:
		text += "; no report of a run (--last)"
	case r.Last.Stale != "":
		text += fmt.Sprintf("; the last run (%s) does not tell about today: %s", r.Last.Started.Format("2006-01-02"), r.Last.Stale)
	}
	return text
}

func (f *Field) coverage() string {
	if f.Coverage == nil {
		return "-"
	}
	return fmt.Sprintf("%d/%d %d %%", f.Coverage.Count, f.Coverage.Of, int(100*f.Coverage.Share()))
}

// last is what the last run showed, the worst first.
func (f *Field) last() string {
	var parts []string
	for v := harness.Errored; v >= harness.Equivalent; v-- {
		if n := f.Verdicts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

func (f *Field) bugs() string {
	if len(f.Bugs) == 0 {
		return "-"
	}
	parts := make([]string, len(f.Bugs))
	for i, b := range f.Bugs {
		parts[i] = b.ID + " " + b.Status
	}
	return strings.Join(parts, ", ")
}

// short is the sign-off in a few words.
func (s *SignOff) short() string {
	text := "valid"
	switch {
	case !s.Valid:
		return "none"
	case s.Expires != nil:
		text = "until " + s.Expires.Format("2006-01-02")
	}
	if !s.Signed {
		text += ", signature not checked"
	}
	return text
}
