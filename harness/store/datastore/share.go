package datastore

import (
	"sync"
	"unsafe"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
)

var _ store.Sharing = (*Store)(nil)

// ShareSeeds makes the store convert a fixture only once with another one: the
// emulator's states are immutable, so both can stand on the same.
func (s *Store) ShareSeeds(other store.Store) {
	if o, ok := other.(*Store); ok && o.partition == s.partition {
		s.seeds = o.seeds
	}
}

// seeds remembers the emulator's form of the last fixture.
type seeds struct {
	mu      sync.Mutex
	last    corpus.State // keeps what it is known by alive
	content *emulator.State
}

// state is the emulator's form of a fixture. A fixture is known by where it
// lies in memory: nobody changes one that a case refers to.
func (c *seeds) state(p Partition, state corpus.State) (*emulator.State, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.content != nil && sameSlice(c.last.Entities, state.Entities) && sameSlice(c.last.Absent, state.Absent) {
		return c.content, nil
	}
	content, err := p.State(state)
	if err != nil {
		return nil, err
	}
	c.last, c.content = state, content
	return content, nil
}

// sameSlice reports whether two slices are one.
func sameSlice[T any](a, b []T) bool {
	return len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b)
}
