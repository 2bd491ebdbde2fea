package datastoreproxy_test

import (
	"context"
	"testing"

	ds "cloud.google.com/go/datastore"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// client is an implementation on a store under observation.
type client struct {
	*ds.Client
	store store.Recordable
}

// outcome is what an operation was told and what was recorded of it.
type outcome struct {
	told    []string
	seen    store.Observed
	fixture corpus.State
}

func newTold(tb testing.TB, addr string, s store.Recordable) *client {
	tb.Helper()
	return &client{newClient(tb, addr), s}
}

func (c *client) operate(rt *rapid.T, acts []act) outcome {
	rt.Helper()
	out, err := c.try(rt, acts)
	if err != nil {
		rt.Fatal(err)
	}
	return out
}

// try is operate for a store that may not be able to record it.
func (c *client) try(rt *rapid.T, acts []act) (outcome, error) {
	rt.Helper()
	ctx := context.Background()
	if err := c.store.Continue(ctx); err != nil {
		rt.Fatal(err)
	}
	var out outcome
	for _, a := range acts {
		out.told = append(out.told, a.do(ctx, c.Client))
	}
	var err error
	if out.seen, err = c.store.Observe(ctx); err != nil {
		return out, err
	}
	out.fixture, err = c.store.Fixture(ctx, store.FixtureOptions{Guards: 3, Follow: 1})
	return out, err
}
