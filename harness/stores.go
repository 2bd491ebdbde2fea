package harness

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/harness/store/postgres"
	"github.com/sidebyside/replay/harness/store/redis"
)

// opener is what the stores of one name share over lanes and sides.
type opener struct {
	postgres postgres.Pool
	opened   atomic.Int64
}

// openStore opens the store of one side of a lane. This is the only place where
// the harness knows stores by kind.
func openStore(ctx context.Context, s StoreConfig, side string) (store.Recordable, error) {
	o := s.opener
	if o == nil {
		o = &opener{}
	}
	switch s.Kind {
	case "datastore":
		to := datastore.Options{Project: s.Project, Listen: s.Listen[side], Seed: s.Seed}
		if s.Driver == datastore.Container || s.Driver == datastore.Gcloud {
			return opened(datastore.OpenRemote(ctx, datastore.RemoteOptions{Options: to, Driver: s.Driver, Image: s.Image, Pull: s.Pull, Mode: s.Mode}))
		}
		return datastore.Open(to)
	case "postgres":
		return opened(o.postgres.Open(ctx, postgres.Options{
			Driver: s.Driver, Image: s.Image, Pull: s.Pull, URL: s.URL, Disposable: s.Disposable,
			Schema: s.Schema, Migrate: s.Migrate, Dir: s.Dir,
		}))
	case "redis":
		return opened(redis.Open(ctx, redis.Options{
			Driver: s.Driver, Image: s.Image, Pull: s.Pull, Listen: s.Listen[side],
			URL: s.URL, Disposable: s.Disposable, Slot: int(o.opened.Add(1) - 1),
		}))
	default:
		return nil, fmt.Errorf("store %q: unknown kind %q", s.Name, s.Kind)
	}
}

// opened keeps a nil pointer from becoming a store.
func opened[S store.Recordable](s S, err error) (store.Recordable, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
