package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// Options say what part of a corpus is run, and how.
type Options struct {
	Selection
	// Recorded compares the candidate with the recording; legacy is not started.
	Recorded bool
	// Lanes is how many run side by side; 0 leaves it to the configuration.
	Lanes int
	// FailFast stops at the first case that fails the run.
	FailFast bool
	// KeepLogs is a directory for the implementations' whole logs; "" for none.
	KeepLogs string
	// Details keeps what the HTML report shows of each case; nil for no such report.
	Details *Details
	// Revision is the commit that is run, if known: shards of different ones are not
	// joined.
	Revision string
	// At is the time to replay at, instead of now; zero for now.
	At time.Time
	// Log gets what build commands print; nil for nobody.
	Log func(string)
	// Done is called for each finished case, one call at a time; may be nil.
	Done func(Result, Progress)

	withoutCases bool // the corpus may be empty
}

// Progress is how far a run is.
type Progress struct {
	Done, Total, Failing int
}

// cutOff is how long running cases may go on after the run was asked to stop.
const cutOff = 5 * time.Second

// ErrInterrupted is the cause of a run that was stopped before its end.
var ErrInterrupted = errors.New("interrupted")

// Run replays the selected cases and reports their verdicts.
//
// When ctx is cancelled, running cases finish or are cut off after 5 s. The
// report then covers what was finished, and the error wraps ErrInterrupted. An
// implementation that does not start is a *StartError; the report is partial
// then, too. Nothing that Run started is left running when it returns.
func Run(ctx context.Context, c *Config, cases *corpus.Corpus, opts Options) (*Report, error) {
	started := time.Now()
	r, err := newRunner(c, cases, opts)
	if err != nil {
		return nil, err
	}
	hard, release := hardContext(ctx)
	defer release()
	err = r.run(ctx, hard)
	if err == nil && ctx.Err() != nil {
		err = ErrInterrupted
	}
	return r.report(started, err), err
}

// hardContext is cancelled some time after ctx, so that what runs can finish.
func hardContext(ctx context.Context) (context.Context, context.CancelFunc) {
	hard, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(cutOff, func() { cancel(ErrInterrupted) })
	})
	return hard, func() { stop(); cancel(nil) }
}

// runner is the state of one run.
type runner struct {
	config   *Config
	corpus   *corpus.Corpus
	opts     Options
	cases    []*corpus.Case
	cut      cut
	recorded bool
	out      string

	mu        sync.Mutex
	results   []Result
	failing   int
	replaying time.Time // when the first case was begun
	indexes   []IndexNeed
	err       error
}

func newRunner(c *Config, cases *corpus.Corpus, opts Options) (*runner, error) {
	if c.Candidate == nil {
		return nil, fmt.Errorf("%s: no candidate is configured; add implementations.candidate", c.File)
	}
	if err := Check(c, cases); err != nil {
		return nil, err
	}
	c, err := c.at(opts.At)
	if err != nil {
		return nil, err
	}
	r := &runner{config: c, corpus: cases, opts: opts, recorded: opts.Recorded || c.Legacy == nil}
	if len(cases.Cases) == 0 && opts.withoutCases {
		return r, nil
	}
	selected, err := opts.pick(cases.Cases)
	if err != nil {
		return nil, err
	}
	r.cut = opts.Shard.cutFor(selected, opts.Timings)
	r.cases = r.cut.cases
	return r, nil
}

// run builds, opens the lanes and feeds them until the cases are done, ctx ends
// or a lane cannot go on.
func (r *runner) run(ctx, hard context.Context) error {
	out, remove, err := outDir()
	if err != nil {
		return err
	}
	defer remove()
	r.out = out
	if err := r.build(ctx); err != nil {
		return err
	}
	if r.opts.KeepLogs != "" {
		if err := os.MkdirAll(r.opts.KeepLogs, 0o755); err != nil {
			return fmt.Errorf("keep logs: %w", err)
		}
	}
	feedCtx, stop := context.WithCancel(ctx)
	defer stop()
	queue := feed(feedCtx, r.cases)
	var wg sync.WaitGroup
	for n := range min(r.config.LaneCount(r.opts.Lanes), len(r.cases)) {
		wg.Go(func() {
			if err := r.lane(feedCtx, hard, n, queue, stop); err != nil {
				r.fail(err)
				stop()
			}
		})
	}
	wg.Wait()
	return r.err
}

// feed hands out the cases one by one until ctx ends.
func feed(ctx context.Context, cases []*corpus.Case) <-chan *corpus.Case {
	queue := make(chan *corpus.Case)
	go func() {
		defer close(queue)
		for _, cs := range cases {
			select {
			case queue <- cs:
			case <-ctx.Done():
				return
			}
		}
	}()
	return queue
}

// lane runs cases on processes and stores of its own.
func (r *runner) lane(ctx, hard context.Context, n int, queue <-chan *corpus.Case, stop func()) error {
	l, err := r.openLane(ctx, n)
	if err != nil {
		if ctx.Err() != nil {
			return nil // another lane's error, or the user, ended the run
		}
		return err
	}
	defer l.close()
	defer func() { r.needs(l.indexes()) }()
	r.begin()
	for cs := range queue {
		res, err := l.runCase(hard, cs)
		if err != nil {
			if errors.Is(err, ErrInterrupted) {
				return nil
			}
			return fmt.Errorf("case %s: %w", cs.Name, err)
		}
		r.done(res)
		if r.opts.FailFast && res.Verdict.Fails() {
			stop()
		}
	}
	return l.died()
}

// begin notes when the first lane was ready.
func (r *runner) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.replaying.IsZero() {
		r.replaying = time.Now()
	}
}

// needs notes the composite indexes that a lane's queries needed.
func (r *runner) needs(needs []IndexNeed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.indexes = append(r.indexes, needs...)
}

func (r *runner) done(res Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results = append(r.results, res)
	if res.Verdict.Fails() {
		r.failing++
	}
	if r.opts.Done != nil {
		r.opts.Done(res, Progress{len(r.results), len(r.cases), r.failing})
	}
}

func (r *runner) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
}

// flags are those of the command line that say which cases are run, and how.
func (o *Options) flags() string {
	list := []string{}
	if text := o.Selection.flags(); text != "" {
		list = append(list, text)
	}
	if o.Recorded {
		list = append(list, "--reference recorded")
	}
	if !o.At.IsZero() {
		list = append(list, "--at "+o.At.UTC().Format(time.DateOnly))
	}
	return strings.Join(list, " ")
}
