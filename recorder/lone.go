package recorder

import (
	"context"
	"errors"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// lone is the recording of an operation on a store that cannot tell operations
// apart: no other one is in flight. What the store saw is taken when legacy has
// answered; a Momentary store is not needed any more after that.
type lone struct {
	store  store.Recordable
	moment store.Moment // nil where the store is no Momentary one
	seen   store.Observed
	err    error
}

func newLone(s store.Recordable) *lone { return &lone{store: s} }

// Answered takes what the store saw. Where legacy's calls go on for longer than the
// answer may wait, that is done later, before the next operation.
func (s *lone) Answered(ctx context.Context) {
	if m, ok := s.store.(store.Momentary); ok {
		s.moment, s.err = m.Moment(ctx)
		return
	}
	s.seen, s.err = s.store.Observe(ctx)
}

// Observe tells what the store saw.
func (s *lone) Observe(ctx context.Context) (store.Observed, error) {
	if errors.Is(s.err, context.DeadlineExceeded) {
		s.Answered(ctx)
	}
	if s.moment != nil {
		return s.moment.Observed()
	}
	return s.seen, s.err
}

// Fixture is that of a Recording.
func (s *lone) Fixture(ctx context.Context, o store.FixtureOptions) (corpus.State, error) {
	if s.moment != nil {
		return s.moment.Fixture(o)
	}
	return s.store.Fixture(ctx, o)
}

// Momentary is that of a recording on a Momentary store.
func (s *lone) Momentary() bool { return s.moment != nil }

// Marked has nothing to tell.
func (s *lone) Marked() (calls, marked int) { return 0, 0 }

// End has nothing to forget.
func (s *lone) End() {}
