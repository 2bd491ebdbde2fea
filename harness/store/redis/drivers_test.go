package redis_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/redis"
	"github.com/sidebyside/replay/harness/store/storetest"
	"github.com/sidebyside/replay/harness/store/storetest/testimage"
)

// TestDrivers is what every store has to pass, by driver. Each names what it needs
// where that is missing.
func TestDrivers(t *testing.T) {
	for driver, subject := range map[string]func(*testing.T) storetest.Subject{
		redis.Embedded: func(t *testing.T) storetest.Subject { t.Helper(); return subject(t, redis.Options{}) },
		redis.Local: func(t *testing.T) storetest.Subject {
			t.Helper()
			needServer(t)
			s := subject(t, redis.Options{Driver: redis.Local})
			s.Left = storetest.TempDir(t)
			return s
		},
		redis.External: somebodysOwn,
		redis.Container: func(t *testing.T) storetest.Subject {
			t.Helper()
			s := subject(t, redis.Options{Driver: redis.Container, Image: testimage.Redis(t), Pull: "never"})
			s.Left = func(t *testing.T) []string { t.Helper(); return testimage.Left(t) }
			return s
		},
	} {
		t.Run(driver, func(t *testing.T) { storetest.Run(t, subject(t)) })
	}
}

// somebodysOwn uses a private server as if it were somebody's own: a store has one
// of its databases.
func somebodysOwn(t *testing.T) storetest.Subject {
	t.Helper()
	needServer(t)
	host, err := redis.Open(t.Context(), redis.Options{Driver: redis.Local})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Close() })
	var slot atomic.Int64
	s := subject(t, redis.Options{})
	s.Open = func(t *testing.T) store.Recordable {
		t.Helper()
		slot.Add(1)
		st, err := redis.Open(t.Context(), redis.Options{Driver: redis.External, URL: host.URL(), Slot: int(slot.Load()) % 16})
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	s.Small = inDatabase(s.Small, 0)
	s.Writes = slices.DeleteFunc(s.Writes, func(w storetest.Write) bool { return strings.Contains(w.Reason, "database") })
	return s
}
