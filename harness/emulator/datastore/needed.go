package datastore

import (
	"maps"
	"slices"
	"sync"
)

// neededIndexes collects the composite indexes that queries asked for.
type neededIndexes struct {
	mu  sync.Mutex
	all map[string]Index
}

func (n *neededIndexes) note(i Index) {
	key := i.String()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = map[string]Index{}
	}
	n.all[key] = i
}

// NeededIndexes lists the composite indexes that the queries since Start
// needed, whether they were declared or not, sorted by kind. Reset keeps them:
// they belong to the program under test, not to its data. FormatIndexes makes
// an index.yaml of them.
func (e *Emulator) NeededIndexes() []Index {
	e.needed.mu.Lock()
	defer e.needed.mu.Unlock()
	var indexes []Index
	for _, key := range slices.Sorted(maps.Keys(e.needed.all)) {
		indexes = append(indexes, e.needed.all[key])
	}
	return indexes
}
