package harness

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// DefaultPlaces is how many places of one case a fault is put into, unless all
// are asked for.
const DefaultPlaces = 8

// SelfTestOptions say what is tested, and when the test fails.
type SelfTestOptions struct {
	Selection
	// Min is the least share of faults that must be found, from 0 to 1.
	Min float64
	// Places is how many places of one case each fault is put into on each
	// channel, evenly spread; 0 is all of them.
	Places int
}

// SelfTest puts one fault at a time into what was recorded of legacy, and asks
// whether the comparison finds it under the configuration's rules. No process is
// started. A difference is counted as found whatever it is said to be.
//
// The error says that the rules contradict each other, that nothing is selected
// or that ctx ended.
func SelfTest(ctx context.Context, c *Config, cases *corpus.Corpus, opts SelfTestOptions) (*SelfTestReport, error) {
	start := time.Now()
	if err := Check(c, cases); err != nil {
		return nil, err
	}
	selected, err := opts.pick(cases.Cases)
	if err != nil {
		return nil, err
	}
	tallies := make([]*tally, len(selected))
	t := tester{config: c, faults: faults(), places: opts.Places}
	if err := t.all(ctx, selected, tallies); err != nil {
		return nil, err
	}
	report := newSelfTestReport(c, opts, t.faults, tallies)
	report.Seconds = time.Since(start).Seconds()
	return report, nil
}

// tester runs the faults over cases.
type tester struct {
	config *Config
	faults []fault
	places int
}

// all tests the cases, as many at a time as there are CPUs.
func (t *tester) all(ctx context.Context, cases []*corpus.Case, into []*tally) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan int)
	go func() {
		defer close(next)
		for i := range cases {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				var err error
				if into[i], err = t.one(cases[i]); err != nil {
					stop(fmt.Errorf("case %s: %w", cases[i].Name, err))
					return
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// one puts every fault into one case.
func (t *tester) one(cs *corpus.Case) (*tally, error) {
	s, err := newSpecimen(cs, t.config.Schema.EnumSiblings)
	if err != nil {
		return nil, err
	}
	out := &tally{name: cs.Name}
	// Cases do not share a comparer: it keeps what it knows of the last one.
	compared := newComparer(t.config.Rules, t.config.Schema)
	for i := range t.faults {
		byChannel := map[Channel][]place{}
		for _, p := range t.faults[i].places(s) {
			byChannel[p.channel] = append(byChannel[p.channel], p)
		}
		for _, channel := range Channels() {
			all := byChannel[channel]
			if len(all) == 0 {
				continue
			}
			sum := trials{fault: i, channel: channel, applicable: len(all)}
			for _, p := range spread(all, t.places) {
				by, found, err := t.try(compared, s, p)
				if err != nil {
					return nil, fmt.Errorf("%s at %s %s: %w", t.faults[i].name, channel, p.path, err)
				}
				sum.note(t.faults[i].control, found, by, p.path)
			}
			out.trials = append(out.trials, sum)
		}
	}
	return out, nil
}

// spread picks n of the places, evenly, the first one among them.
func spread(all []place, n int) []place {
	if n == 0 || len(all) <= n {
		return all
	}
	out := make([]place, n)
	for i := range out {
		out[i] = all[i*len(all)/n]
	}
	return out
}

// try compares the recording with what a candidate would do that has the fault.
// It reports whether the fault is found, and else what hides it: rules, or
// entries of the ledger that accept every difference.
func (t *tester) try(c *comparer, s *specimen, p place) (by []string, found bool, err error) {
	obs, err := p.inject()
	if err != nil {
		return nil, false, err
	}
	left := recordedSeen(s.cs)
	right := left
	right.name, right.obs = "candidate", obs
	// What the candidate's stores gave out is inferred as for the recording, but
	// an id is given out whether it is stored in the end or not.
	right.allocated = slices.Clone(p.allocated)
	for _, key := range s.ids {
		right.allocated = append(right.allocated, key)
	}
	got, err := c.compareWhole(s.cs, left.side, right.side)
	if err != nil {
		return nil, false, err
	}
	if len(got.Differences) == 0 {
		for _, h := range got.Hidden {
			by = append(by, h.Rule+" ("+h.Use+")")
		}
		return by, false, nil
	}
	j := settle(t.config.Ledger, s.cs, trial{legacy: left, candidate: right}, judgement{verdict: Divergent, differences: got.Differences})
	if j.verdict != Accepted {
		return nil, true, nil
	}
	return j.entries(), false, nil
}

// entries are those of the ledger that know the differences.
func (j *judgement) entries() []string {
	var out []string
	for _, a := range j.used {
		out = append(out, a.At+" ("+a.ID+")")
	}
	for _, s := range j.bugs {
		if s.tolerated() {
			out = append(out, s.bug.At+" ("+s.bug.ID+")")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// tally is what one case showed.
type tally struct {
	name   string
	trials []trials
}

// trials are those of one fault on one channel of one case.
type trials struct {
	fault                    int
	channel                  Channel
	applicable, tried, found int
	// wrong are the faults that were not found, or the controls that were.
	wrong []wrongTrial
}

type wrongTrial struct {
	by   []string
	path string
}

func (t *trials) note(control, found bool, by []string, path string) {
	t.tried++
	if found {
		t.found++
	}
	if found == control {
		t.wrong = append(t.wrong, wrongTrial{by, path})
	}
}
