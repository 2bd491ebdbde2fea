package recorder

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// settle takes effects and fixture of the stores, and the calls.
func (t *take) settle() {
	t.settled = true
	ctx, cancel := context.WithTimeout(context.Background(), t.r.options.Timeout)
	defer cancel()
	for _, name := range t.r.names {
		t.store(ctx, name)
	}
	t.calls()
}

// store takes down what one store saw, and the fixture.
func (t *take) store(ctx context.Context, name string) {
	if t.skipped {
		return
	}
	seen, err := t.recordings[name].Observe(ctx)
	if err != nil {
		t.unrecorded("store not observed", name, err)
		return
	}
	if len(seen.Effects) > 0 {
		if t.c.Expect.Effects == nil {
			t.c.Expect.Effects = map[string][]corpus.Effect{}
		}
		t.c.Expect.Effects[name] = seen.Effects
	}
	if len(seen.Approximate) > 0 && !slices.Contains(t.c.Tags, approximate) {
		t.c.Tags = append(t.c.Tags, approximate)
	}
	state, err := t.recordings[name].Fixture(ctx, store.FixtureOptions{Guards: t.r.options.Guards, Follow: t.r.options.Follow})
	if err != nil {
		t.unrecorded("fixture not taken", name, err)
		return
	}
	if !state.IsEmpty() {
		if t.c.Fixture.Stores == nil {
			t.c.Fixture.Stores = map[string]corpus.State{}
		}
		t.c.Fixture.Stores[name] = state
	}
}

// approximate is the tag of a case in which the content before a write was read
// beside the write, so that it may have changed in between.
const approximate = "approximate"

// unrecorded skips for the reason that the error gives, else for the one given.
func (t *take) unrecorded(reason, name string, err error) {
	if u := (*Unrecorded)(nil); errors.As(err, &u) {
		t.skip(u.Reason, u.Detail)
		return
	}
	t.skip(reason, fmt.Sprintf("%s: %s", name, err))
}
