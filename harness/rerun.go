package harness

import (
	"context"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/normalizers"
)

// A rerun replays a case once more on the same side, and says what it did; false
// where it proves nothing.
type rerun func() (side, bool)

// rerunAfter is how long after its first run a case is replayed for the second
// time: what a candidate computes from the time in seconds differs then.
const rerunAfter = 1100 * time.Millisecond

// reruns are two further runs of a case, for a value that looks made up and that
// legacy does not have: a candidate that gives it every time does not make it up.
// Ids and the time that it is told vary from run to run, so that a value computed
// from those differs, too. Most cases never need one.
func (s *Side) reruns(ctx context.Context, cs *corpus.Case, body []byte, first time.Time) []rerun {
	one := func(number int, due time.Time) rerun {
		return sync.OnceValues(func() (side, bool) {
			if sleep(ctx, time.Until(due)) != nil {
				return side{}, false
			}
			later := *cs
			if !later.Recorded.At.IsZero() {
				later.Recorded.At = later.Recorded.At.Add(time.Duration(number) * time.Minute)
			}
			s.varyIDs(uint64(number))
			defer s.varyIDs(0)
			got, err := s.replay(ctx, &later, body)
			return got.side, err == nil && got.err == nil
		})
	}
	return []rerun{one(1, first), one(2, first.Add(rerunAfter))}
}

func (s *Side) varyIDs(skip uint64) {
	for _, st := range s.stores {
		if v, ok := st.(store.Varying); ok {
			v.VaryIDs(skip)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// reruns are those of a side, in normal form.
func (c *comparer) reruns(s side) []func() *normalizers.Normal {
	if len(s.reruns) == 0 {
		return nil
	}
	known := c.known
	out := make([]func() *normalizers.Normal, len(s.reruns))
	for i, run := range s.reruns {
		out[i] = func() *normalizers.Normal {
			again, ok := run()
			if !ok {
				return nil
			}
			n, err := known.Normalize(normalizers.Side{Observation: again.obs, From: again.from, To: again.to, Allocated: again.allocated})
			if err != nil {
				return nil
			}
			return n
		}
	}
	return out
}
