package harness

import (
	"context"
	"fmt"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// lane is one legacy process and one candidate process, each with stores of its
// own. legacy is nil when the recording takes its place.
type lane struct {
	config            *Config
	number            int
	legacy, candidate *Side
	comparer          *comparer
	details           *Details // nil where no page shows them
}

func (r *runner) openLane(ctx context.Context, n int) (*lane, error) {
	l := &lane{config: r.config, number: n, comparer: newComparer(r.config.Rules, r.config.Schema), details: r.opts.Details}
	l.comparer.places = l.details != nil
	var err error
	if !r.recorded {
		if l.legacy, err = openSide(ctx, r.config, r.config.Legacy, n, r.out, r.opts.KeepLogs); err != nil {
			return nil, err
		}
	}
	if l.candidate, err = openSide(ctx, r.config, r.config.Candidate, n, r.out, r.opts.KeepLogs); err != nil {
		l.close()
		return nil, err
	}
	if l.legacy != nil {
		l.shareSeeds()
	}
	return l, nil
}

// shareSeeds has each fixture prepared once for both sides, where the stores can.
func (l *lane) shareSeeds() {
	for name, st := range l.candidate.stores {
		if sharing, ok := st.(store.Sharing); ok {
			sharing.ShareSeeds(l.legacy.stores[name])
		}
	}
}

func (l *lane) close() {
	if l.legacy != nil {
		l.legacy.close()
	}
	if l.candidate != nil {
		l.candidate.close()
	}
}

// trial is one replay of a case on both sides. Without a live legacy its place
// is taken by the recording.
type trial struct {
	legacy, candidate seen
}

// sides are the observations that are compared.
func (t trial) sides() [2]side { return [2]side{t.legacy.side, t.candidate.side} }

// again is the side as a second run of itself.
func (s seen) again() side {
	s.name += " again"
	return s.side
}

// runCase judges one case. What looks like a difference is confirmed on fresh
// processes before it is believed, because what an implementation caches may
// leak from case to case.
func (l *lane) runCase(ctx context.Context, cs *corpus.Case) (Result, error) {
	start := time.Now()
	cs, unshifted := l.config.Clock.rebase(l.config, cs, start)
	res, _, err := l.runMoved(ctx, cs, start)
	res.Unshifted = unshifted
	return res, err
}

// runMoved is runCase for a case that was moved to the time of its replay. It
// returns what the sides did first, too.
func (l *lane) runMoved(ctx context.Context, cs *corpus.Case, start time.Time) (Result, trial, error) {
	first, err := l.try(ctx, cs)
	if err != nil {
		return Result{}, first, err
	}
	j, err := l.judge(cs, first)
	if err == nil && (j.verdict == Divergent || j.verdict == Unfaithful) {
		j, err = l.confirm(ctx, cs, first, j)
	}
	if err != nil {
		return Result{}, first, err
	}
	j.message = l.config.Clock.explain(l.config, cs, first, j, start)
	l.details.keep(cs, j)
	return l.result(cs, first, j, time.Since(start)), first, nil
}

// try seeds, sends and observes on both sides.
func (l *lane) try(ctx context.Context, cs *corpus.Case) (t trial, err error) {
	body, err := requestBody(&cs.Request)
	if err != nil {
		return t, err
	}
	if l.legacy == nil {
		t.legacy = recordedSeen(cs)
	} else if t.legacy, err = l.legacy.replay(ctx, cs, body); err != nil {
		return t, err
	}
	t.candidate, err = l.candidate.replay(ctx, cs, body)
	t.candidate.reruns = l.candidate.reruns(ctx, cs, body, time.Now())
	return t, err
}

// recordedSeen is the recorded observation in the form of a replayed one. The
// window is that of the recorded request, of which only the start is known.
func recordedSeen(cs *corpus.Case) seen {
	return seen{side: side{
		name: "recorded", recorded: true, obs: &cs.Expect,
		from: cs.Recorded.At, to: cs.Recorded.At.Add(DefaultTimeout),
	}}
}

// restart gives both sides fresh processes.
func (l *lane) restart(ctx context.Context) error {
	for _, s := range []*Side{l.legacy, l.candidate} {
		if s == nil {
			continue
		}
		if err := s.restart(ctx); err != nil {
			return err
		}
	}
	return nil
}

// died reports a process that ended by itself after the lane's last case.
func (l *lane) died() error {
	for _, s := range []*Side{l.legacy, l.candidate} {
		if s != nil && s.proc != nil && s.proc.gone() {
			return fmt.Errorf("%s: %w", s.Name, s.blame(fmt.Errorf("the process exited (%s) after its last answer", s.proc.instance.Why())))
		}
	}
	return nil
}
