package postgres_test

import (
	"strings"
	"testing"

	"github.com/sidebyside/replay/harness/store/postgres"
	"github.com/sidebyside/replay/harness/store/storetest"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// TestDrivers is what every store has to pass, by driver. Each names what it needs
// where that is missing.
func TestDrivers(t *testing.T) {
	for driver, open := range map[string]func(*testing.T) (o postgres.Options, left func(*testing.T) []string){
		postgres.Local: func(t *testing.T) (postgres.Options, func(*testing.T) []string) {
			t.Helper()
			need(t)
			return postgres.Options{}, storetest.TempDir(t)
		},
		postgres.External: somebodysOwn,
		postgres.Container: func(t *testing.T) (postgres.Options, func(*testing.T) []string) {
			t.Helper()
			return postgres.Options{Image: testimage.Postgres(t), Pull: "never"}, func(t *testing.T) []string { t.Helper(); return testimage.Left(t) }
		},
	} {
		t.Run(driver, func(t *testing.T) {
			o, left := open(t)
			o.Driver, o.Schema = driver, schema
			before := left(t)
			var pool postgres.Pool
			s := subject(t, &pool, o)
			// One store stays open, so that all share a server.
			keep := s.Open(t)
			shared := left(t)
			storetest.Run(t, s)
			if all := left(t); len(all) != len(shared) {
				t.Errorf("beside the shared server's there is more:\n%q, want\n%q", all, shared)
			}
			if err := keep.Close(); err != nil {
				t.Error(err)
			}
			if all := left(t); len(all) > len(before) && driver != postgres.Local || len(all) >= len(shared) {
				t.Errorf("left behind: %q", all)
			}
		})
	}
}

// somebodysOwn uses a private server as if it were somebody's own, where databases
// may be left.
func somebodysOwn(t *testing.T) (o postgres.Options, left func(*testing.T) []string) {
	t.Helper()
	need(t)
	var pool postgres.Pool
	host, err := pool.Open(t.Context(), postgres.Options{Driver: postgres.Local})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return postgres.Options{URL: host.URL()}, func(t *testing.T) []string {
		t.Helper()
		return strings.Fields(query(t, host.URL(), "SELECT datname FROM pg_database ORDER BY 1"))
	}
}
