package harness

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// seen is one replayed observation, and what was learnt beside it.
type seen struct {
	side
	stores  map[string]store.Observed // by name
	elapsed time.Duration             // of the request alone
	unsent  []string                  // calls that change something and were refused
	err     error                     // the side crashed, hung or refused
}

// observeTimeout bounds the wait for a store to become idle: an implementation
// that keeps writing after its answer has no net effect that could be compared.
const observeTimeout = 5 * time.Second

// replay seeds one side, sends the case's request and observes what it did. A
// returned error means that the run cannot go on; what the implementation did
// wrong is in seen.err.
func (s *Side) replay(ctx context.Context, cs *corpus.Case, body []byte) (seen, error) {
	out := seen{side: side{name: s.Name}}
	if err := s.revive(ctx); err != nil {
		return seen{}, err
	}
	// A process that died after its last answer did something wrong there, and
	// must not be replaced in silence.
	if s.proc != nil && s.proc.gone() {
		out.err = s.blame(fmt.Errorf("the process exited (%s) after it had answered the case before", s.proc.instance.Why()))
		return out, nil
	}
	if s.proc == nil || s.launch.config.PerCase {
		if err := s.restart(ctx); err != nil {
			return seen{}, err
		}
	}
	if err := s.seed(ctx, cs); err != nil {
		if len(s.lost(deathNotice)) == 0 {
			return seen{}, err
		}
		out.err = s.withLost(err)
		return out, nil
	}
	told := s.clock.told(cs)
	out.from = time.Now()
	a, err := s.proc.send(ctx, cs, body, told)
	out.to = time.Now()
	out.elapsed = out.to.Sub(out.from)
	out.from, out.to = s.clock.window(told, out.from, out.to)
	if ctx.Err() != nil {
		return out, context.Cause(ctx)
	}
	if err == nil {
		err = a.check(cs.Expect.HTTP.Status)
	}
	if err == nil {
		err = s.observe(ctx, a, &out)
	}
	err = s.observeCalls(&out, err)
	if err != nil {
		out.err = s.blame(s.withLost(err))
	}
	return out, nil
}

// observeCalls adds what was sent to other services. A read that the recording
// does not answer makes the case prove nothing; what changes something is for the
// comparison to judge first, unless nothing came to be compared.
func (s *Side) observeCalls(out *seen, err error) error {
	went := s.out.take()
	if out.obs != nil {
		out.obs.Calls = went.calls
	}
	out.unsent = went.unsent
	if err != nil {
		went.asked = append(went.asked, went.unsent...)
	}
	if len(went.asked) > 0 {
		return incomplete(went.asked)
	}
	return err
}

func incomplete(asked []string) error {
	return fmt.Errorf("fixture incomplete: it asked for %s, which the recording does not answer", strings.Join(asked, ", "))
}

// blame adds the end of the log to what a side did wrong, and ends its process,
// so that the next case starts a fresh one and meets nothing of what this one
// left undone.
func (s *Side) blame(err error) error {
	log := s.proc.log.Last(logLines)
	if s.restartable() {
		s.proc.kill()
		s.proc = nil
	}
	if log == "" {
		return err
	}
	return fmt.Errorf("%w\nlast lines of its log:\n%s", err, indent(log, "    "))
}

// observe collects what the stores saw.
func (s *Side) observe(ctx context.Context, a answer, out *seen) error {
	obs := &corpus.Observation{HTTP: a.http, Response: a.body, Effects: map[string][]corpus.Effect{}}
	out.obs = obs
	out.stores = map[string]store.Observed{}
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	for name, st := range s.stores {
		o, err := st.Observe(ctx)
		if err != nil {
			return fmt.Errorf("observe %s: %w", name, err)
		}
		if len(o.Effects) > 0 {
			obs.Effects[name] = o.Effects
		}
		out.stores[name] = o
		out.allocated = append(out.allocated, o.Allocated...)
		out.reserved = append(out.reserved, o.Reserved...)
		out.counted = append(out.counted, o.Counted...)
	}
	return nil
}
