package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/sidebyside/replay/harness"
)

// progress shows on a terminal how far a run is; elsewhere it says nothing.
type progress struct {
	w       io.Writer
	bars    *mpb.Progress
	bar     *mpb.Bar
	failing int
}

// newProgress returns nil where w is no terminal: the methods of nil do nothing.
func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &progress{w: w}
}

// log shows a step before the first case.
func (p *progress) log(line string) {
	if p != nil {
		_, _ = fmt.Fprintf(p.w, "%s\n", line)
	}
}

// done moves the bar on. It is called by one goroutine at a time.
func (p *progress) done(_ harness.Result, now harness.Progress) {
	if p == nil {
		return
	}
	if p.bar == nil {
		p.bars = mpb.New(mpb.WithOutput(p.w), mpb.WithWidth(40))
		p.bar = p.bars.AddBar(int64(now.Total),
			mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.CountersNoUnit("%d of %d cases")),
			mpb.AppendDecorators(
				decor.Any(func(decor.Statistics) string { return fmt.Sprintf("%d failing", p.failing) }),
				decor.AverageSpeed(0, ", %.0f/s", decor.WCSyncSpace),
				decor.Name(", left "),
				decor.AverageETA(decor.ET_STYLE_GO),
			))
	}
	p.failing = now.Failing
	p.bar.SetCurrent(int64(now.Done))
}

// close removes the bar.
func (p *progress) close() {
	if p == nil || p.bar == nil {
		return
	}
	p.bar.Abort(true)
	p.bars.Wait()
}
