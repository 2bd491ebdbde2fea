package coverage

import (
	_ "embed" // of the page
	"html/template"
	"io"

	"github.com/sidebyside/replay/harness/page"
)

var (
	//go:embed coverage.html
	pageHTML string
	//go:embed coverage.css
	pageCSS string
	//go:embed coverage.js
	pageJS string
)

var pageTemplate = template.Must(template.New("coverage").Funcs(template.FuncMap{
	"counted": counted,
	"title":   (*Position).title,
	"first":   func(n int, list []Missing) []Missing { return list[:min(n, len(list))] },
}).Parse(pageHTML))

// WriteHTML writes the coverage as one page that needs nothing else.
func (c *Coverage) WriteHTML(w io.Writer) error {
	return page.Page{
		Title: "Coverage", Style: pageCSS, Script: pageJS,
		Body: func(w io.Writer) error { return pageTemplate.Execute(w, c) },
	}.Write(w)
}
