package recorder

import "sync"

// remembered holds what was seen lately, within bounds: the oldest is forgotten first.
type remembered[K comparable, V any] struct {
	most, mostSize int // entries, and bytes

	mu    sync.Mutex
	of    map[K]memory[V]
	order []K // oldest first
	size  int
}

// newRemembered bounds what is remembered of documents: 4096 of them, and 16 MiB.
func newRemembered[K comparable, V any]() *remembered[K, V] {
	return &remembered[K, V]{most: 4096, mostSize: 16 << 20}
}

type memory[V any] struct {
	value V
	size  int
}

// get returns what put gave a key.
func (r *remembered[K, V]) get(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.of[key]
	return m.value, ok
}

// put remembers a value of so many bytes, if the key has none and there can be room.
func (r *remembered[K, V]) put(key K, value V, size int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.of[key]; known || size > r.mostSize {
		return
	}
	if r.of == nil {
		r.of = map[K]memory[V]{}
	}
	r.of[key] = memory[V]{value, size}
	r.order = append(r.order, key)
	for r.size += size; len(r.order) > r.most || r.size > r.mostSize; r.order = r.order[1:] {
		r.size -= r.of[r.order[0]].size
		delete(r.of, r.order[0])
	}
}
