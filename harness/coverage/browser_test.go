package coverage_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/sidebyside/replay/harness/coverage"
	"github.com/sidebyside/replay/harness/page/pagetest"
)

// TestPageInBrowser uses the page as a person does.
func TestPageInBrowser(t *testing.T) {
	var html bytes.Buffer
	if err := coverage.Of(loadSchema(t, "testdata/school/schema.graphql"), school(t)).WriteHTML(&html); err != nil {
		t.Fatal(err)
	}
	b := pagetest.Open(t, html.Bytes())
	b.Is("all fields are listed", `[...document.querySelectorAll("details")].filter((d) => !d.hidden).length === 4`)
	b.Shot("coverage")
	b.Do(chromedp.SendKeys(chromedp.CSS(`#search`), "stars"))
	b.Is("a position is found and shown", `[...document.querySelectorAll("details")].filter((d) => !d.hidden && d.open).map((d) => d.dataset.field).join() === "Mutation.addTask"`)
	b.Is("and no other", `[...document.querySelectorAll("tbody tr")].filter((r) => r.checkVisibility()).map((r) => r.dataset.path).join() === "input.notes[].stars"`)
	b.Shot("coverage-search")
	b.Press("\x1b")
	b.Is("Escape clears", `[...document.querySelectorAll("details")].filter((d) => !d.hidden).length === 4`)
	b.Do(chromedp.Click(chromedp.CSS(`#gaps`)))
	b.Is("only gaps are shown", `[...document.querySelectorAll("tbody tr")].every((r) => r.hidden === ("whole" in r.dataset))`)
	if list := b.Unnamed(); len(list) > 0 {
		t.Errorf("without a name: %s", strings.Join(list, ", "))
	}
	pagetest.Ask(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 420, Height: 900, DeviceScaleFactor: 1})
	b.Is("nothing is too wide", `document.documentElement.scrollWidth <= innerWidth`)
	b.Shot("coverage-narrow")
	b.NoErrors()
}
