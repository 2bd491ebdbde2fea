package harness

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sidebyside/replay/harness/page/pagetest"
)

// TestPageInBrowser uses the page as a person does: filters, keys, a case.
func TestPageInBrowser(t *testing.T) {
	b := pagetest.Open(t, writePage(t, pageOf(400)))
	b.Is("all cases are listed", `document.getElementById("count").textContent === "400 cases"`)
	b.Is("causes come first", `document.querySelector("#pane h2").textContent === "Likely causes" && document.querySelectorAll(".cause").length >= 3`)
	b.Is("the worst case is listed first", `document.querySelector(".row").classList.contains("errored")`)
	b.Shot("overview")

	b.Do(chromedp.Click(chromedp.CSS(`.verdict.unstable`)))
	b.Is("a verdict filters", `document.getElementById("count").textContent === "8 of 400 cases" && [...document.querySelectorAll(".row")].every((r) => r.classList.contains("unstable"))`)
	b.Do(chromedp.Click(chromedp.CSS(`.verdict.unstable`)))
	b.Choose("field", "1")
	b.Is("a field filters", `document.getElementById("count").textContent.endsWith(" of 400 cases") && new Set([...document.querySelectorAll(".row .name")].map((n) => n.textContent.split("/")[0])).size === 1`)
	b.Do(chromedp.Click(chromedp.CSS(`#clear`)))
	b.Choose("channel", "1")
	b.Is("a channel filters", `document.getElementById("count").textContent === "24 of 400 cases"`)
	b.Do(chromedp.Click(chromedp.CSS(`#clear`)), chromedp.Click(chromedp.CSS(`.cause.divergent .head button`)))
	b.Is("a cause filters", `document.getElementById("count").textContent === "24 of 400 cases" && document.getElementById("class").value !== ""`)

	b.Press(kb.Escape)
	b.Is("Escape clears", `document.getElementById("count").textContent === "400 cases"`)
	b.Press("/")
	b.Is("/ leads to the search", `document.activeElement.id === "search"`)
	b.Run(`document.getElementById("search").value = ""`) // the protocol types the key although the page took it
	b.Do(chromedp.SendKeys(chromedp.CSS(`#search`), "letter case-00013"))
	b.Is("words are searched", `document.getElementById("count").textContent === "1 of 400 cases"`)
	b.Press(kb.Enter)
	b.Press("j")
	b.Press(kb.Enter)
	b.Is("the case opens", `document.querySelector("#pane h2").textContent === "submitWork/case-00013"`)
	caseIsShown(b)
	b.Press(kb.Escape)
	b.Is("Escape closes", `document.querySelector("#pane h2").textContent === "Likely causes"`)
	b.Press("?")
	b.Is("? helps", `document.getElementById("help").open`)
	b.Shot("help")
	b.Do(chromedp.Click(chromedp.CSS(`#help-close`)))
	b.Is("the help closes", `!document.getElementById("help").open`)
	if list := b.Unnamed(); len(list) > 0 {
		t.Errorf("without a name: %s", strings.Join(list, ", "))
	}
	b.Is("no text of a case acted", `window.hit === undefined && document.querySelectorAll("img").length === 0`)
	b.NoErrors()
}

// caseIsShown looks at the parts of an open case.
func caseIsShown(b *pagetest.Browser) {
	b.TB.Helper()
	b.Is("the difference is marked", `[...document.querySelectorAll(".line.differs mark")].some((m) => m.textContent.includes("RACTIONS"))`)
	b.Is("stored entities are beside each other", `[...document.querySelectorAll(".entity-head code")].map((c) => c.textContent).join() === "Assignment/14,Log/9"`)
	b.Is("the stored difference is marked", `document.querySelectorAll(".entity tr.differs").length >= 2`)
	b.Is("hostile text is text", `document.querySelector(".entity").innerText.includes("onerror=")`)
	b.Is("the request is there", `document.querySelector("pre.document").textContent.includes("mutation M")`)
	b.Is("the fixture is there", `[...document.querySelectorAll(".seeded")].some((s) => s.textContent.includes("User/bob") && s.textContent.includes("absent"))`)
	b.Is("the command is there", `document.querySelector(".command code").textContent === "replay run -c replay.yaml --case submitWork/case-00013"`)
	b.Is("what rules hid is not shown unasked", `getComputedStyle(document.querySelector(".hidden-places")).display === "none"`)
	b.Shot("case")
	b.Press("h")
	b.Is("what rules hid is shown on request", `getComputedStyle(document.querySelector(".hidden-places")).display !== "none" && document.querySelector(".hidden-places").innerText.includes("time of the write")`)
	b.Shot("case-hidden")
	b.Do(chromedp.Click(chromedp.CSS(`.command .copy`)))
	b.Is("the command is copied", `document.querySelector(".command .copy").textContent === "Copied"`)
	if list := b.Unnamed(); len(list) > 0 {
		b.TB.Errorf("without a name in a case: %s", strings.Join(list, ", "))
	}
}

// TestPageLooks tries light and dark, wide and narrow: nothing may be wider than
// the window, and text must be readable.
func TestPageLooks(t *testing.T) {
	b := pagetest.Open(t, writePage(t, pageOf(400)))
	for _, scheme := range []string{"light", "dark"} {
		for name, width := range map[string]int64{"wide": 1440, "narrow": 420} {
			pagetest.Ask(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
			pagetest.Ask(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			b.Is("nothing is too wide", `document.documentElement.scrollWidth <= innerWidth`)
			b.Shot("overview-" + scheme + "-" + name)
			b.Run(`openByName("archiveClass/case-00003")`)
			b.Is("a case opens", `document.querySelector(".command") !== null`)
			b.Is("a case is not too wide", `document.documentElement.scrollWidth <= innerWidth && document.getElementById("pane").scrollWidth <= document.getElementById("pane").clientWidth`)
			b.Shot("case-" + scheme + "-" + name)
			b.Run(`closeCase()`)
		}
	}
	b.Is("the system's colours are dark", `getComputedStyle(document.body).backgroundColor === "rgb(20, 23, 28)"`)
	b.Do(chromedp.Click(chromedp.CSS(`#theme`)))
	b.Is("the button makes them light", `getComputedStyle(document.body).backgroundColor === "rgb(255, 255, 255)"`)
	b.NoErrors()
}

// BenchmarkPage opens a page of 10 000 cases and filters it: docs/performance.md.
func BenchmarkPage(b *testing.B) {
	page := writePage(b, pageOf(10_000))
	var open, filter float64
	for b.Loop() {
		br := pagetest.Open(b, page)
		open = max(open, pagetest.Get(br, chromedp.Evaluate[float64](`performance.now()`)))
		filter = max(filter, pagetest.Get(br, chromedp.Evaluate[float64](filterTime, chromedp.EvalAwaitPromise)))
		br.NoErrors()
	}
	b.ReportMetric(open, "open-ms")
	b.ReportMetric(filter, "filter-ms")
	b.ReportMetric(float64(len(page))/(1<<20), "MB")
}

// filterTime types, chooses and clears, and takes the slowest of them until the
// page is drawn, in milliseconds.
const filterTime = `(async () => {
  let slowest = 0;
  const timed = async (change) => {
    const start = performance.now();
    change();
    document.getElementById("viewport").getBoundingClientRect();
    slowest = Math.max(slowest, performance.now() - start);
    await new Promise(requestAnimationFrame);
  };
  const search = document.getElementById("search");
  const type = (text) => () => { search.value = text; search.dispatchEvent(new Event("input")); };
  for (const text of ["c", "ca", "case", "case-0", "letter case", "nothing fits", ""]) await timed(type(text));
  for (const button of document.querySelectorAll(".verdict")) { await timed(() => button.click()); await timed(() => button.click()); }
  for (const id of ["field", "class", "channel"]) {
    const list = document.getElementById(id);
    await timed(() => { list.value = "0"; list.dispatchEvent(new Event("change")); });
  }
  return slowest;
})()`
