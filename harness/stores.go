package harness

import (
	"fmt"

	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
)

// openStore opens the store of one side of a lane. This is the only place where
// the harness knows stores by kind.
func openStore(c StoreConfig, side string) (store.Recordable, error) {
	switch c.Kind {
	case "datastore":
		return datastore.Open(datastore.Options{Project: c.Project, Listen: c.Listen[side], Seed: c.Seed})
	default:
		return nil, fmt.Errorf("store %q: unknown kind %q", c.Name, c.Kind)
	}
}
