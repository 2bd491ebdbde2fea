package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ledger"
	"github.com/sidebyside/replay/harness/store"
)

// Replayed is a case that was replayed on a lane and keeps it, so that what each
// side did can be measured against something else than the other side: what a
// scenario says. The caller closes it.
type Replayed struct {
	session *Session
	lane    *lane
	stated  *corpus.Case // as it was given
	moved   *corpus.Case // at the time of its replay
	inPlace bool
	start   time.Time
	trial   trial
	result  Result
}

// Sent is what one side did with a replayed case.
type Sent struct {
	// Side is "legacy" or "candidate".
	Side string
	// Observation is nil where Err says why there is none.
	Observation *corpus.Observation
	Err         error
}

// Scenario names, in a difference, what a scenario says.
const Scenario = "scenario"

// Replay is [Session.Case], but keeps the lane. inPlace replays at the time of
// the recording whatever the clock's mode: nothing is moved, so that what legacy
// does can be recorded.
func (s *Session) Replay(ctx context.Context, cs *corpus.Case, inPlace bool) (*Replayed, error) {
	l, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	hard, release := hardContext(ctx)
	defer release()
	r := &Replayed{session: s, lane: l, stated: cs, inPlace: inPlace, start: time.Now()}
	r.moved = r.move(cs)
	if r.result, r.trial, err = l.runMoved(hard, r.moved, r.start); err != nil {
		s.drop(l)
		return nil, fmt.Errorf("case %s: %w", cs.Name, err)
	}
	return r, nil
}

// move brings a case to the time of the replay.
func (r *Replayed) move(cs *corpus.Case) *corpus.Case {
	if r.inPlace {
		return cs
	}
	moved, _ := r.lane.config.Clock.rebase(r.lane.config, cs, r.start)
	return moved
}

// Close gives the lane back.
func (r *Replayed) Close() { r.session.release(r.lane) }

// Result judges the candidate: it differs from legacy or does not.
func (r *Replayed) Result() Result { return r.result }

// Compared reports whether there was anything to compare the candidate with.
func (r *Replayed) Compared() bool { return r.lane.legacy != nil || expects(r.moved) }

// Sent are both sides, legacy first; the candidate alone where no legacy is
// configured.
func (r *Replayed) Sent() []Sent {
	var list []Sent
	for _, s := range r.sides() {
		list = append(list, Sent{s.name, s.obs, s.err})
	}
	return list
}

func (r *Replayed) sides() []seen {
	if r.lane.legacy == nil {
		return []seen{r.trial.candidate}
	}
	return []seen{r.trial.legacy, r.trial.candidate}
}

// Again repeats the case on fresh processes; [Replayed.Sent] and
// [Replayed.Measure] are about the repetition then. Unlike Replay it does not
// judge.
func (r *Replayed) Again(ctx context.Context) error {
	if err := r.lane.restart(ctx); err != nil {
		return err
	}
	t, err := r.lane.try(ctx, r.moved)
	if err == nil {
		r.trial = t
	}
	return err
}

// View tells the parts of what is wanted and of what a side did that are
// compared.
type View func(want, have corpus.Observation) (corpus.Observation, corpus.Observation)

// Measure tells how each side differs from what is wanted of it, under the rules
// of the configuration and up to generated values, as a recording would be
// compared. Instants of want are those of the case as it was given. An error is a
// side that did nothing that could be measured, or rules that contradict each
// other.
func (r *Replayed) Measure(want corpus.Observation, view View) ([]Difference, error) {
	wanted := *r.stated
	wanted.Expect = want
	cs := r.move(&wanted)
	var found []Difference
	for i, s := range r.sides() {
		if s.err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, s.err)
		}
		left, right := view(cs.Expect, *s.obs)
		expected, actual := recordedSeen(cs).side, s.side
		expected.obs, actual.obs = &left, &right
		c, err := r.lane.comparer.compare(cs, expected, actual)
		if err != nil {
			return nil, err
		}
		differences, _ := limit(between(c.Differences, Scenario, s.name))
		if i > 0 && same(found, differences) {
			return between(found, Scenario, "both"), nil
		}
		found = append(found, differences...)
	}
	return found, nil
}

// same reports whether differences are alike but for the sides they are between.
func same(a, b []Difference) bool {
	return slices.EqualFunc(a, b, func(x, y Difference) bool {
		return x.Channel == y.Channel && x.Store == y.Store && x.Path == y.Path && x.Kind == y.Kind && x.Legacy == y.Legacy && x.Candidate == y.Candidate
	})
}

// Bug is what the case shows of a bug of the ledger, "" when it does not trigger
// it. The error says that the ledger does not know the bug.
func (r *Replayed) Bug(id string) (ledger.Status, error) {
	l := r.lane.config.Ledger
	if l == nil || !slices.ContainsFunc(l.Bugs, func(b *ledger.Bug) bool { return b.ID == id }) {
		return "", fmt.Errorf("no bug %q is on the ledger", id)
	}
	for _, s := range r.result.bugs {
		if s.bug.ID == id {
			return s.status, nil
		}
	}
	return "", nil
}

// Record makes a case of what legacy did: its fixture is what legacy depended on,
// as a recording would have it.
func (r *Replayed) Record(ctx context.Context) (*corpus.Case, error) {
	legacy := r.trial.legacy
	switch {
	case r.lane.legacy == nil:
		return nil, errors.New("no legacy is configured that could be recorded")
	case legacy.err != nil:
		return nil, fmt.Errorf("legacy: %w", legacy.err)
	case !r.inPlace:
		return nil, errors.New("the case was moved in time, and cannot be recorded")
	}
	cs := &corpus.Case{
		Description: r.stated.Description, Tags: r.stated.Tags, Request: r.stated.Request,
		Recorded: corpus.Recorded{At: r.stated.Recorded.At.UTC().Truncate(time.Millisecond), Implementation: "legacy"},
		Expect:   *legacy.obs,
	}
	var err error
	if cs.Expect.Response, err = corpus.ParseJSON(legacy.obs.Response); err != nil {
		return nil, fmt.Errorf("record the response: %w", err)
	}
	c := r.lane.config.Record
	for name, st := range r.lane.legacy.stores {
		state, err := st.Fixture(ctx, store.FixtureOptions{Guards: c.Guards, Follow: c.Follow})
		if err != nil {
			return nil, fmt.Errorf("take the fixture of %s: %w", name, err)
		}
		if len(state.Entities)+len(state.Absent) == 0 {
			continue
		}
		if cs.Fixture.Stores == nil {
			cs.Fixture.Stores = map[string]corpus.State{}
		}
		cs.Fixture.Stores[name] = state
	}
	cs.Name = corpus.CaseName(cs, nil)
	return cs, nil
}
