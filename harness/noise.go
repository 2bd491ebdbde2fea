package harness

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// DefaultNoiseRuns is how often legacy is run against its first run.
const DefaultNoiseRuns = 10

// NoiseOptions say what is repeated, and how.
type NoiseOptions struct {
	Selection
	// Runs is how often the cases are repeated after the first run.
	Runs int
	// Lanes is how many run side by side; 0 leaves it to the configuration.
	Lanes int
	// Seed decides the orders of the cases and the ids that stores give out.
	Seed uint64
	// Log gets a line for each step; nil for nobody.
	Log func(string)
}

// Noise runs legacy against itself while what may not matter varies: the clock's
// second, the ids that stores give out, the lane, the order of the cases, what
// else runs at the same time, fresh and used processes. The report names each
// place that differs with a rule that would explain it.
//
// The first run is the reference: one lane, in the order of the corpus. Like
// [Run] it returns a partial report with an error that says what ended it; a nil
// report is for what was found wrong before anything was started.
func Noise(ctx context.Context, c *Config, cases *corpus.Corpus, opts NoiseOptions) (*NoiseReport, error) {
	started := time.Now()
	if c.Legacy == nil {
		return nil, fmt.Errorf("%s: no legacy is configured; add implementations.legacy", c.File)
	}
	if err := Check(c, cases); err != nil {
		return nil, err
	}
	selected, err := opts.pick(cases.Cases)
	if err != nil {
		return nil, err
	}
	if opts.Log == nil {
		opts.Log = func(string) {}
	}
	n := &noise{config: c, opts: opts, first: map[string]seen{}}
	for _, cs := range selected {
		moved, _ := c.Clock.rebase(c, cs, started)
		n.cases = append(n.cases, moved)
	}
	err = n.run(ctx)
	if err != nil && ctx.Err() != nil {
		err = ErrInterrupted
	}
	report, explainErr := n.report(ctx)
	report.Seconds = time.Since(started).Seconds()
	return report, errors.Join(err, explainErr)
}

// noise is the state of one call of Noise.
type noise struct {
	config *Config
	opts   NoiseOptions
	cases  []*corpus.Case
	out    string
	first  map[string]seen // by case

	mu          sync.Mutex
	runs        int // finished
	comparisons int
	pairs       []pair
	broken      []BrokenCase
}

// pair are two observations of legacy that differ under the configured rules.
type pair struct {
	cs           *corpus.Case
	run          int
	first, again side
}

func (n *noise) run(ctx context.Context) error {
	out, remove, err := outDir()
	if err != nil {
		return err
	}
	defer remove()
	n.out = out
	if len(n.config.Legacy.Build) > 0 {
		n.opts.Log("building legacy")
	}
	if err := n.config.Legacy.build(ctx, out); err != nil {
		return err
	}
	if err := n.reference(ctx); err != nil {
		return err
	}
	if err := nextSecond(ctx); err != nil {
		return err
	}
	return n.repeat(ctx)
}

// nextSecond waits until the clock shows another second than what ran before.
func nextSecond(ctx context.Context) error {
	now := time.Now()
	select {
	case <-time.After(now.Truncate(time.Second).Add(time.Second).Sub(now)):
		return nil
	case <-ctx.Done():
		return ErrInterrupted
	}
}

// reference is the first run.
func (n *noise) reference(ctx context.Context) error {
	side, err := n.open(ctx, 0, 0)
	if err != nil {
		return err
	}
	defer side.close()
	for _, cs := range n.cases {
		got, err := n.replay(ctx, side, cs)
		if err != nil {
			return err
		}
		if got.err != nil {
			n.broken = append(n.broken, BrokenCase{cs.Name, 0, got.err.Error()})
			continue
		}
		n.first[cs.Name] = got
	}
	return nil
}

// repeat runs the cases again and again: on fresh processes with other ids, then
// on the same ones.
func (n *noise) repeat(ctx context.Context) error {
	var sides []*Side
	defer func() { closeAll(sides) }()
	for run := 1; run <= n.opts.Runs; run++ {
		what := "used processes"
		if run%2 == 1 {
			what = "fresh processes"
			closeAll(sides)
			sides = nil
			for lane := range n.lanes() {
				side, err := n.open(ctx, run, lane+1)
				if err != nil {
					return err
				}
				sides = append(sides, side)
			}
		}
		if err := n.once(ctx, sides, run); err != nil {
			return err
		}
		n.runs++
		n.opts.Log(fmt.Sprintf("run %d of %d, %s: %d of %d comparisons differ so far", run, n.opts.Runs, what, len(n.pairs), n.comparisons))
	}
	return nil
}

// lanes is how many run side by side: two at least, so that something else runs.
func (n *noise) lanes() int {
	lanes := n.config.LaneCount(n.opts.Lanes)
	if n.opts.Lanes == 0 && n.config.fixedAddress() == "" {
		lanes = max(lanes, 2)
	}
	return min(lanes, len(n.cases))
}

func closeAll(sides []*Side) {
	for _, s := range sides {
		s.close()
	}
}

// open starts legacy with stores that give out other ids than any before.
func (n *noise) open(ctx context.Context, run, lane int) (*Side, error) {
	c := *n.config
	c.Stores = slices.Clone(c.Stores)
	for i := range c.Stores {
		c.Stores[i].Seed = n.random(run, lane).Uint64()
	}
	return openSide(ctx, &c, c.Legacy, lane, n.out, "")
}

func (n *noise) random(run, lane int) *rand.Rand {
	return rand.New(rand.NewPCG(n.opts.Seed, uint64(run)<<32|uint64(lane)))
}

// once runs the cases in an order of its own, side by side on all sides.
func (n *noise) once(ctx context.Context, sides []*Side, run int) error {
	order := slices.Clone(n.cases)
	n.random(run, 0).Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan *corpus.Case)
	go func() {
		defer close(queue)
		for _, cs := range order {
			select {
			case queue <- cs:
			case <-ctx.Done():
				return
			}
		}
	}()
	var wg sync.WaitGroup
	for _, side := range sides {
		wg.Go(func() {
			compared := newComparer(n.config.Rules, n.config.Schema)
			for cs := range queue {
				if err := n.again(ctx, side, compared, cs, run); err != nil {
					stop(fmt.Errorf("case %s: %w", cs.Name, err))
					return
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// again replays a case and compares it with the first run.
func (n *noise) again(ctx context.Context, side *Side, compared *comparer, cs *corpus.Case, run int) error {
	first, ok := n.first[cs.Name]
	got, err := n.replay(ctx, side, cs)
	if err != nil {
		return err
	}
	differs := false
	if ok && got.err == nil {
		found, err := compared.compare(cs, first.side, got.side)
		if err != nil {
			return err
		}
		differs = len(found.Differences) > 0
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case got.err != nil:
		n.broken = append(n.broken, BrokenCase{cs.Name, run, got.err.Error()})
	case ok:
		n.comparisons++
	}
	if differs {
		n.pairs = append(n.pairs, pair{cs, run, first.side, got.side})
	}
	return nil
}

// replay runs one case. An implementation that obeys the time that it is told is
// told the same one each time, as in a replay: what is due then, is due in every
// run, and what still differs passes within the request.
func (n *noise) replay(ctx context.Context, side *Side, cs *corpus.Case) (seen, error) {
	body, err := requestBody(&cs.Request)
	if err != nil {
		return seen{}, err
	}
	return side.replay(ctx, cs, body)
}
