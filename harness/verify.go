package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// VerifyOptions say which cases are verified, and how.
type VerifyOptions struct {
	Selection
	// Lanes is how many run side by side; 0 leaves it to the configuration.
	Lanes int
	// Log gets a line for what is done before the first case; nil for nobody.
	Log func(string)
}

// Verify replays cases on legacy alone, each on its own fixture, and says which of
// them do what was recorded. Nothing is moved or written.
//
// A Datastore that was recorded from outside is replaced by an embedded one, and
// upstreams answer from the case. Like [Run] it returns a partial report with an
// error that says what ended it, ErrInterrupted for ctx; a nil report is for what
// was found wrong before anything was started.
func Verify(ctx context.Context, c *Config, cases *corpus.Corpus, opts VerifyOptions) (*VerifyReport, error) {
	started := time.Now()
	if c.Legacy == nil {
		return nil, fmt.Errorf("%s: no legacy is configured; add implementations.legacy", c.File)
	}
	problems := append(c.unknownStores(cases), c.unknownUpstreams(cases)...)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	selected, err := opts.pick(cases.Cases)
	if err != nil {
		return nil, err
	}
	v := &verifier{config: c.offline(), opts: opts, cases: selected}
	hard, release := hardContext(ctx)
	defer release()
	err = v.run(ctx, hard)
	if err == nil && ctx.Err() != nil {
		err = ErrInterrupted
	}
	return v.report(started, err), err
}

// offline is the configuration for a replay after a recording: with stores of the
// harness's own, and upstreams that only the case answers for.
func (c *Config) offline() *Config {
	out := *c
	out.External = nil
	out.Stores, out.Upstreams = slices.Clone(c.Stores), slices.Clone(c.Upstreams)
	for i := range out.Stores {
		if out.Stores[i].isExternalDatastore() {
			out.Stores[i].Driver, out.Stores[i].Address = "embedded", ""
		}
	}
	for i := range out.Upstreams {
		out.Upstreams[i].Address = ""
	}
	return &out
}

// verifier is the state of one call of Verify.
type verifier struct {
	config *Config
	opts   VerifyOptions
	cases  []*corpus.Case
	out    string

	mu      sync.Mutex
	results []VerifyResult
	err     error
}

func (v *verifier) run(ctx, hard context.Context) error {
	out, remove, err := outDir()
	if err != nil {
		return err
	}
	defer remove()
	v.out = out
	if v.opts.Log != nil && len(v.config.Legacy.Build) > 0 {
		v.opts.Log("building legacy")
	}
	if err := v.config.Legacy.build(ctx, out); err != nil {
		return err
	}
	feedCtx, stop := context.WithCancel(ctx)
	defer stop()
	queue := feed(feedCtx, v.cases)
	var wg sync.WaitGroup
	for n := range min(v.config.LaneCount(v.opts.Lanes), len(v.cases)) {
		wg.Go(func() {
			if err := v.lane(feedCtx, hard, n, queue); err != nil {
				v.fail(err)
				stop()
			}
		})
	}
	wg.Wait()
	return v.err
}

func (v *verifier) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.err == nil {
		v.err = err
	}
}

// lane verifies cases on one process of legacy with stores of its own. A case
// counts once the process is known to have outlived it.
func (v *verifier) lane(ctx, hard context.Context, n int, queue <-chan *corpus.Case) error {
	side, err := openSide(ctx, v.config, v.config.Legacy, n, v.out, "")
	if err != nil {
		if ctx.Err() != nil {
			return nil // another lane's error, or the user, ended it
		}
		return err
	}
	defer side.close()
	l := &verifyLane{config: v.config, legacy: side, comparer: newComparer(v.config.Rules, v.config.Schema)}
	var last *VerifyResult
	for cs := range queue {
		v.settle(last, side)
		if side.proc == nil {
			if err := side.restart(hard); err != nil {
				return err
			}
		}
		res, err := l.verify(hard, cs)
		if errors.Is(err, ErrInterrupted) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("case %s: %w", cs.Name, err)
		}
		last = &res
	}
	v.settle(last, side)
	return nil
}

// settle takes a result down, which is another one if the process has ended after
// its answer; the next case then gets a fresh one.
func (v *verifier) settle(res *VerifyResult, side *Side) {
	if res == nil {
		return
	}
	if side.proc != nil && side.proc.gone() {
		err := side.blame(fmt.Errorf("the process exited (%s) after its answer", side.proc.instance.Why()))
		if res.Verdict == Equivalent {
			res.Verdict, res.Message = Errored, "legacy: "+err.Error()
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.results = append(v.results, *res)
}
