package harness

import (
	"testing"

	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/harness/store/postgres"
	"github.com/sidebyside/replay/harness/store/redis"
	"github.com/sidebyside/replay/harness/store/storetest"
)

// TestRefused: each kind of store refuses an address that is no emulator, not
// local and not marked as disposable, before it sends anything there.
func TestRefused(t *testing.T) {
	for reason, row := range map[string]struct {
		loopback bool
		refused  error
		store    func(address string) StoreConfig
	}{
		"a Datastore, wherever it is: a replay has its own": {true, datastore.ErrRefused, func(at string) StoreConfig {
			return StoreConfig{Name: "d", Kind: "datastore", Driver: driverExternal, Project: "demo", Address: at}
		}},
		"a Datastore elsewhere": {false, datastore.ErrRefused, func(at string) StoreConfig {
			return StoreConfig{Name: "d", Kind: "datastore", Driver: driverExternal, Project: "demo", Address: at}
		}},
		"a database elsewhere": {false, postgres.ErrRefused, func(at string) StoreConfig {
			return StoreConfig{Name: "p", Kind: "postgres", Driver: driverExternal, ServerConfig: ServerConfig{URL: "postgres://u@" + at + "/app_test"}}
		}},
		"a database of this machine that has no disposable name": {true, postgres.ErrRefused, func(at string) StoreConfig {
			return StoreConfig{Name: "p", Kind: "postgres", Driver: driverExternal, ServerConfig: ServerConfig{URL: "postgres://u@" + at + "/app"}}
		}},
		"a cache elsewhere": {false, redis.ErrRefused, func(at string) StoreConfig {
			return StoreConfig{Name: "r", Kind: "redis", Driver: driverExternal, ServerConfig: ServerConfig{URL: "redis://" + at + "/0"}}
		}},
	} {
		t.Run(reason, func(t *testing.T) {
			storetest.Refuses(t, row.loopback, row.refused, func(address string) error {
				_, err := new(Config).open(t.Context(), row.store(address), "candidate")
				return err
			})
		})
	}
}
