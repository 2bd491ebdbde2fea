package recorder

import (
	"context"
	"sync"
)

// backlog holds the recordings that are answered but not written. One writer at a
// time takes them in the order in which they came, so that the first of two
// recordings of a case is the one that is kept. It runs as long as there are any.
type backlog struct {
	mu       sync.Mutex
	most     int   // recordings
	mostSize int64 // bytes
	admitted int
	size     int64
	queue    []*take
	writing  bool
	ended    bool // nothing is written any more

	pending int           // operations in flight, or in the queue
	none    chan struct{} // closed when none is pending; nil while nobody waits
}

func (b *backlog) limit(most int, size int64) { b.most, b.mostSize = most, size }

// began and done count an operation until nothing is left to do for it.
func (b *backlog) began() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending++
}

func (b *backlog) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pending--; b.pending == 0 && b.none != nil {
		close(b.none)
		b.none = nil
	}
}

// admit finds room for a recording; false where there is none.
func (b *backlog) admit(t *take) bool {
	weight := t.size()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.admitted >= b.most || b.size+weight > b.mostSize {
		return false
	}
	t.weight = weight
	b.admitted++
	b.size += weight
	return true
}

// push queues a recording that was admitted.
func (b *backlog) push(t *take) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = append(b.queue, t)
	if !b.writing {
		b.writing = true
		go b.write()
	}
}

// write ends recordings until there are no more.
func (b *backlog) write() {
	for t := b.next(); t != nil; t = b.next() {
		t.keep()
		b.free(t)
		b.done()
	}
}

// next is the recording that is to be ended, nil where there is none: then the writer
// stops.
func (b *backlog) next() *take {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		b.writing, b.queue = false, nil
		return nil
	}
	t := b.queue[0]
	b.queue[0] = nil
	b.queue = b.queue[1:]
	if b.ended {
		t.skip("recording had ended", "it was in the queue")
	}
	return t
}

// grow counts what a recording has become larger by; false where there is no room.
func (b *backlog) grow(t *take, by int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.size+by > b.mostSize {
		return false
	}
	t.weight += by
	b.size += by
	return true
}

func (b *backlog) free(t *take) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.admitted--
	b.size -= t.weight
}

// abandon has nothing more be written.
func (b *backlog) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
}

// drained waits until nothing is pending, or the context ends, and returns what is.
func (b *backlog) drained(ctx context.Context) (left int) {
	b.mu.Lock()
	if b.pending == 0 {
		b.mu.Unlock()
		return 0
	}
	if b.none == nil {
		b.none = make(chan struct{})
	}
	none := b.none
	b.mu.Unlock()
	select {
	case <-none:
		return 0
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pending
}

// state is what the queue holds now.
func (b *backlog) state() (length int, size int64, pending int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.admitted, b.size, b.pending
}
