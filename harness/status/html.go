package status

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/sidebyside/replay/harness/migration"
)

//go:embed status.html
var pageSource string

// WriteHTML writes one page that needs nothing else: the table, and the burndown
// where a history is kept.
func (r *Report) WriteHTML(w io.Writer) error {
	page, err := template.New("status").Funcs(template.FuncMap{
		"coverage": func(f Field) string { return f.coverage() },
		"last":     func(f Field) string { return f.last() },
		"short":    func(s SignOff) string { return s.short() },
	}).Parse(pageSource)
	if err != nil {
		return err
	}
	return page.Execute(w, struct {
		*Report
		Chart  *chart
		States []migration.State
		Totals string
	}{r, burndown(r.History), migration.States(), r.totals()})
}
