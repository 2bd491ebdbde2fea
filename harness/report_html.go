package harness

import (
	_ "embed" // of the page
	"fmt"
	"io"
	"strings"

	"github.com/sidebyside/replay/harness/page"
)

var (
	//go:embed html/report.html
	reportHTML string
	//go:embed html/report.css
	reportCSS string
	//go:embed html/case.css
	caseCSS string
	//go:embed html/elements.js
	elementsJS string
	//go:embed html/data.js
	dataJS string
	//go:embed html/list.js
	listJS string
	//go:embed html/overview.js
	overviewJS string
	//go:embed html/beside.js
	besideJS string
	//go:embed html/stored.js
	storedJS string
	//go:embed html/case.js
	caseJS string
	//go:embed html/keys.js
	keysJS string
)

// WriteHTML writes the report as one page that needs nothing else (docs/report.md).
// What a case looked like is on it where the run kept that ([Options.Details]).
func (r *Report) WriteHTML(w io.Writer) error {
	return page.Page{
		Title:  r.headline(),
		Style:  reportCSS + caseCSS,
		Script: strings.Join([]string{elementsJS, dataJS, listJS, overviewJS, besideJS, storedJS, caseJS, keysJS}, "\n"),
		Body: func(w io.Writer) error {
			if _, err := io.WriteString(w, reportHTML); err != nil {
				return err
			}
			return r.writeHTMLData(w)
		},
	}.Write(w)
}

// headline is the title of the page.
func (r *Report) headline() string {
	fail := "fail"
	if r.Failing() == 1 {
		fail = "fails"
	}
	switch {
	case r.Incomplete != "":
		return fmt.Sprintf("replay: incomplete, %d of %s %s", r.Failing(), count(len(r.Results), "case"), fail)
	case r.Failing() > 0:
		return fmt.Sprintf("replay: %d of %s %s", r.Failing(), count(len(r.Results), "case"), fail)
	case r.Fails():
		return "replay: no case fails, but the ledger does"
	case len(r.Results) == 1:
		return "replay: 1 case passes"
	}
	return "replay: " + count(len(r.Results), "case") + " pass"
}
