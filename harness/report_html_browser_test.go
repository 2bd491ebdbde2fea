package harness

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var shots = flag.String("shots", "", "keep screenshots of pages in this directory")

// browser is a page in headless Chromium, and what went wrong there.
type browser struct {
	tb     testing.TB
	ctx    context.Context
	mu     sync.Mutex
	errors []string
}

// openPage opens a report in Chromium. Without Chromium the test is skipped, or
// fails where REPLAY_REQUIRE asks for it.
func openPage(tb testing.TB, r *Report) *browser {
	tb.Helper()
	path := chromium(tb)
	file := filepath.Join(tb.TempDir(), "report.html")
	if err := os.WriteFile(file, writePage(tb, r), 0o644); err != nil {
		tb.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(tb.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, stop := chromedp.NewExecAllocator(tb.Context(), options...)
	tb.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	tb.Cleanup(cancel)
	b := &browser{tb: tb, ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		tb.Fatal(err)
	}
	ask(b, log.Enable, cdp.Empty{})
	b.do(chromedp.Navigate("file://" + file))
	b.is("the page is ready", `document.getElementById("count").textContent !== ""`)
	return b
}

func chromium(tb testing.TB) string {
	tb.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if slices.Contains(strings.Split(os.Getenv("REPLAY_REQUIRE"), ","), "chromium") {
		tb.Fatal("REPLAY_REQUIRE asks for chromium, and there is none")
	}
	tb.Skip("no chromium to look at the page with")
	return ""
}

func (b *browser) listen(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		text = "console " + string(e.Type)
	case *log.EventEntryAdded:
		text = e.Entry.Text
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, text)
}

// noErrors fails the test for what the page complained of.
func (b *browser) noErrors() {
	b.tb.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.errors {
		b.tb.Errorf("the page says: %s", text)
	}
}

// patience is how long anything on the page may take.
const patience = 20 * time.Second

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.tb.Fatal(err)
	}
}

// get is what an action gives.
func get[T any](b *browser, action chromedp.Action[T]) T {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.tb.Fatal(err)
	}
	return v
}

func ask[P, R any](b *browser, command cdp.Command[P, R], params P) R {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.tb.Fatal(err)
	}
	return r
}

// choose sets a list of choices as a person does.
func (b *browser) choose(id, value string) {
	b.tb.Helper()
	b.run(`{ const list = document.getElementById("` + id + `"); list.value = "` + value + `"; list.dispatchEvent(new Event("change")); }`)
}

func (b *browser) run(script string) {
	b.tb.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](script))
}

// is wants an expression of the page to become true.
func (b *browser) is(what, expression string) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression)); err != nil {
		shown := get(b, chromedp.Evaluate[string](`document.getElementById("count").textContent + " | " + document.getElementById("pane").innerText.slice(0, 400)`))
		b.tb.Fatalf("%s: %s is not so (%v); the page shows %s", what, expression, err, shown)
	}
}

func (b *browser) press(keys string) { b.tb.Helper(); b.do(chromedp.KeyEvent(keys)) }

// shot keeps a screenshot where the flag asks for them.
func (b *browser) shot(name string) {
	b.tb.Helper()
	if *shots == "" {
		return
	}
	png := get(b, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644); err != nil {
		b.tb.Fatal(err)
	}
}

// unnamed lists what can be used on the page and has no name for those who cannot
// see it.
func (b *browser) unnamed() []string {
	b.tb.Helper()
	used := []string{"button", "searchbox", "combobox", "listbox", "option", "checkbox", "link", "table", "region", "dialog", "progressbar"}
	var out []string
	for _, n := range ask(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		role, name := axText(n.Role), axText(n.Name)
		if !n.Ignored && slices.Contains(used, role) && name == "" {
			out = append(out, role+" "+string(n.NodeID))
		}
	}
	return out
}

func axText(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

// TestPageInBrowser uses the page as a person does: filters, keys, a case.
func TestPageInBrowser(t *testing.T) {
	b := openPage(t, pageOf(400))
	b.is("all cases are listed", `document.getElementById("count").textContent === "400 cases"`)
	b.is("causes come first", `document.querySelector("#pane h2").textContent === "Likely causes" && document.querySelectorAll(".cause").length >= 3`)
	b.is("the worst case is listed first", `document.querySelector(".row").classList.contains("errored")`)
	b.shot("overview")

	b.do(chromedp.Click(chromedp.CSS(`.verdict.unstable`)))
	b.is("a verdict filters", `document.getElementById("count").textContent === "8 of 400 cases" && [...document.querySelectorAll(".row")].every((r) => r.classList.contains("unstable"))`)
	b.do(chromedp.Click(chromedp.CSS(`.verdict.unstable`)))
	b.choose("field", "1")
	b.is("a field filters", `document.getElementById("count").textContent.endsWith(" of 400 cases") && new Set([...document.querySelectorAll(".row .name")].map((n) => n.textContent.split("/")[0])).size === 1`)
	b.do(chromedp.Click(chromedp.CSS(`#clear`)))
	b.choose("channel", "1")
	b.is("a channel filters", `document.getElementById("count").textContent === "24 of 400 cases"`)
	b.do(chromedp.Click(chromedp.CSS(`#clear`)), chromedp.Click(chromedp.CSS(`.cause.divergent .head button`)))
	b.is("a cause filters", `document.getElementById("count").textContent === "24 of 400 cases" && document.getElementById("class").value !== ""`)

	b.press(kb.Escape)
	b.is("Escape clears", `document.getElementById("count").textContent === "400 cases"`)
	b.press("/")
	b.is("/ leads to the search", `document.activeElement.id === "search"`)
	b.run(`document.getElementById("search").value = ""`) // the protocol types the key although the page took it
	b.do(chromedp.SendKeys(chromedp.CSS(`#search`), "letter case-00013"))
	b.is("words are searched", `document.getElementById("count").textContent === "1 of 400 cases"`)
	b.press(kb.Enter)
	b.press("j")
	b.press(kb.Enter)
	b.is("the case opens", `document.querySelector("#pane h2").textContent === "submitWork/case-00013"`)
	caseIsShown(b)
	b.press(kb.Escape)
	b.is("Escape closes", `document.querySelector("#pane h2").textContent === "Likely causes"`)
	b.press("?")
	b.is("? helps", `document.getElementById("help").open`)
	b.shot("help")
	b.press(kb.Escape)
	b.is("the help closes", `!document.getElementById("help").open`)
	if list := b.unnamed(); len(list) > 0 {
		t.Errorf("without a name: %s", strings.Join(list, ", "))
	}
	b.is("no text of a case acted", `window.hit === undefined && document.querySelectorAll("img").length === 0`)
	b.noErrors()
}

// caseIsShown looks at the parts of an open case.
func caseIsShown(b *browser) {
	b.tb.Helper()
	b.is("the difference is marked", `[...document.querySelectorAll(".line.differs mark")].some((m) => m.textContent.includes("RACTIONS"))`)
	b.is("stored entities are beside each other", `[...document.querySelectorAll(".entity-head code")].map((c) => c.textContent).join() === "Assignment/14,Log/9"`)
	b.is("the stored difference is marked", `document.querySelectorAll(".entity tr.differs").length >= 2`)
	b.is("hostile text is text", `document.querySelector(".entity").innerText.includes("onerror=")`)
	b.is("the request is there", `document.querySelector("pre.document").textContent.includes("mutation M")`)
	b.is("the fixture is there", `[...document.querySelectorAll(".seeded")].some((s) => s.textContent.includes("User/bob") && s.textContent.includes("absent"))`)
	b.is("the command is there", `document.querySelector(".command code").textContent === "replay run -c replay.yaml --case submitWork/case-00013"`)
	b.is("what rules hid is not shown unasked", `getComputedStyle(document.querySelector(".hidden-places")).display === "none"`)
	b.shot("case")
	b.press("h")
	b.is("what rules hid is shown on request", `getComputedStyle(document.querySelector(".hidden-places")).display !== "none" && document.querySelector(".hidden-places").innerText.includes("time of the write")`)
	b.shot("case-hidden")
	b.do(chromedp.Click(chromedp.CSS(`.command .copy`)))
	b.is("the command is copied", `document.querySelector(".command .copy").textContent === "Copied"`)
	if list := b.unnamed(); len(list) > 0 {
		b.tb.Errorf("without a name in a case: %s", strings.Join(list, ", "))
	}
}

// TestPageLooks tries light and dark, wide and narrow: nothing may be wider than
// the window, and text must be readable.
func TestPageLooks(t *testing.T) {
	b := openPage(t, pageOf(400))
	for _, scheme := range []string{"light", "dark"} {
		for name, width := range map[string]int64{"wide": 1440, "narrow": 420} {
			ask(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
			ask(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			b.is("nothing is too wide", `document.documentElement.scrollWidth <= innerWidth`)
			b.shot("overview-" + scheme + "-" + name)
			b.run(`openByName("archiveClass/case-00003")`)
			b.is("a case opens", `document.querySelector(".command") !== null`)
			b.is("a case is not too wide", `document.documentElement.scrollWidth <= innerWidth && document.getElementById("pane").scrollWidth <= document.getElementById("pane").clientWidth`)
			b.shot("case-" + scheme + "-" + name)
			b.run(`closeCase()`)
		}
	}
	b.is("the system's colours are dark", `getComputedStyle(document.body).backgroundColor === "rgb(20, 23, 28)"`)
	b.do(chromedp.Click(chromedp.CSS(`#theme`)))
	b.is("the button makes them light", `getComputedStyle(document.body).backgroundColor === "rgb(255, 255, 255)"`)
	b.noErrors()
}

// BenchmarkPage opens a page of 10 000 cases and filters it: docs/performance.md.
func BenchmarkPage(b *testing.B) {
	page := pageOf(10_000)
	var open, filter float64
	for b.Loop() {
		br := openPage(b, page)
		open = max(open, get(br, chromedp.Evaluate[float64](`performance.now()`)))
		filter = max(filter, get(br, chromedp.Evaluate[float64](filterTime, chromedp.EvalAwaitPromise)))
		br.noErrors()
	}
	b.ReportMetric(open, "open-ms")
	b.ReportMetric(filter, "filter-ms")
	b.ReportMetric(float64(len(writePage(b, page)))/(1<<20), "MB")
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
