package recorder

import (
	"context"

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

// Answered takes what the store saw.
func (s *lone) Answered(ctx context.Context) {
	if m, ok := s.store.(store.Momentary); ok {
		s.moment, s.err = m.Moment(ctx)
		return
	}
	s.seen, s.err = s.store.Observe(ctx)
}

func (s *lone) Observe(context.Context) (store.Observed, error) {
	if s.moment != nil {
		return s.moment.Observed()
	}
	return s.seen, s.err
}

func (s *lone) Fixture(ctx context.Context, o store.FixtureOptions) (corpus.State, error) {
	if s.moment != nil {
		return s.moment.Fixture(o)
	}
	return s.store.Fixture(ctx, o)
}

func (s *lone) End() {}
