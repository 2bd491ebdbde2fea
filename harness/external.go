package harness

import (
	"context"
	"fmt"
	"net"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
)

// OpenExternal opens a Datastore that the harness does not own, for a recording.
// It listens at the address given, "" for any.
type OpenExternal func(ctx context.Context, s StoreConfig, listen string) (store.Recordable, error)

// open opens the store of one side of a lane.
func (c *Config) open(ctx context.Context, s StoreConfig, side string) (store.Recordable, error) {
	switch {
	case !s.isExternalDatastore():
		return openStore(ctx, s, side)
	case c.External == nil:
		return nil, fmt.Errorf("store %q: %w: driver %q is for \"replay record\" alone", s.Name, datastore.ErrRefused, s.Driver)
	}
	return c.External(ctx, s, s.Listen[side])
}

func (s *StoreConfig) isExternalDatastore() bool {
	return s.Kind == "datastore" && s.Driver == driverExternal
}

// checkExternal reports an external Datastore outside of a recording: a replay
// replaces what a store holds, and nothing real may be touched by that.
func (r *configReader) checkExternal(s *StoreConfig, at map[string]strictyaml.Node) {
	external := s.isExternalDatastore()
	if external && r.needCorpus {
		at["driver"].Problemf("driver %q of kind \"datastore\" is for \"replay record\" alone; replay with driver \"embedded\"", s.Driver)
	}
	for _, key := range [...]string{"url", "disposable"} {
		if external && at[key].Present() {
			at[key].Problemf("%s goes with kind \"postgres\" or \"redis\"; a Datastore has an address", key)
		}
	}
	address := at["address"]
	switch {
	case !address.Present() || s.Kind == "":
	case !external:
		address.Problemf("address goes with driver %q of kind \"datastore\"", driverExternal)
	case address.String(&s.Address):
		if host, port, err := net.SplitHostPort(s.Address); err != nil || host == "" || port == "" {
			address.Problemf("%q is not a HOST:PORT", s.Address)
		}
	}
}
