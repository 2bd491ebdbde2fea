// Package pagetest looks at pages in headless Chromium, for tests.
//
// With REPLAY_SHOTS set to a directory, the screenshots of tests are kept there.
package pagetest

import (
	"context"
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
	weblog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser is a page in headless Chromium, and what went wrong there.
type Browser struct {
	TB     testing.TB
	ctx    context.Context
	mu     sync.Mutex
	errors []string
}

// Open opens a page in Chromium. Without Chromium the test is skipped, or fails
// where REPLAY_REQUIRE names chromium.
func Open(tb testing.TB, html []byte) *Browser {
	tb.Helper()
	path := chromium(tb)
	file := filepath.Join(tb.TempDir(), "page.html")
	if err := os.WriteFile(file, html, 0o644); err != nil {
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
	b := &Browser{TB: tb, ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		tb.Fatal(err)
	}
	Ask(b, weblog.Enable, cdp.Empty{})
	b.Do(chromedp.Navigate("file://" + file))
	b.Is("the page is ready", `document.readyState === "complete"`)
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

func (b *Browser) listen(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		text = "console " + string(e.Type)
	case *weblog.EventEntryAdded:
		text = e.Entry.Text
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, text)
}

// NoErrors fails the test for what the page complained of.
func (b *Browser) NoErrors() {
	b.TB.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.errors {
		b.TB.Errorf("the page says: %s", text)
	}
}

// patience is how long anything on the page may take.
const patience = time.Minute

// Do does things on the page, one after the other.
func (b *Browser) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.TB.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.TB.Fatal(err)
	}
}

// Get is what an action gives.
func Get[T any](b *Browser, action chromedp.Action[T]) T {
	b.TB.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		b.TB.Fatal(err)
	}
	return v
}

// Ask gives the browser a command of its own protocol.
func Ask[P, R any](b *Browser, command cdp.Command[P, R], params P) R {
	b.TB.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.TB.Fatal(err)
	}
	return r
}

// Choose sets a list of choices as a person does.
func (b *Browser) Choose(id, value string) {
	b.TB.Helper()
	b.Run(`{ const list = document.getElementById("` + id + `"); list.value = "` + value + `"; list.dispatchEvent(new Event("change")); }`)
}

// Run runs a script on the page.
func (b *Browser) Run(script string) {
	b.TB.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](script))
}

// Is wants an expression of the page to become true; what says it in words.
func (b *Browser) Is(what, expression string) {
	b.TB.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience/3)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[chromedp.Void](expression)); err != nil {
		shown := Get(b, chromedp.Evaluate[string](`document.body.innerText.slice(0, 800)`))
		b.TB.Fatalf("%s: %s is not so (%v); the page shows %s", what, expression, err, shown)
	}
}

// Press presses keys, one after the other.
func (b *Browser) Press(keys string) { b.TB.Helper(); b.Do(chromedp.KeyEvent(keys)) }

// Shot keeps a screenshot where REPLAY_SHOTS asks for them.
func (b *Browser) Shot(name string) {
	b.TB.Helper()
	dir := os.Getenv("REPLAY_SHOTS")
	if dir == "" {
		return
	}
	png := Get(b, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.TB.Fatal(err)
	}
}

// Unnamed lists what can be used on the page and has no name for those who cannot
// see it.
func (b *Browser) Unnamed() []string {
	b.TB.Helper()
	used := []string{"button", "searchbox", "combobox", "listbox", "option", "checkbox", "link", "table", "region", "dialog", "progressbar"}
	var out []string
	for _, n := range Ask(b, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
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
