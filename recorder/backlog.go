package recorder

import (
	"context"
	"sync"
	"time"
)

// backlog holds the recordings that are answered but not written. They are made into
// the text of cases one after the other, in the order in which they came: the first of
// two recordings of a case is the one that is kept, and one processor at most is taken
// from those who answer. They are written side by side, because a disk takes its time
// for each but can do several.
type backlog struct {
	settling line // of operations that keep nobody waiting
	making   line
	writing  line

	mu       sync.Mutex
	most     int   // recordings
	mostSize int64 // bytes
	admitted int
	size     int64
	ended    bool // nothing is written any more

	pending int           // operations in flight, or in the queue
	none    chan struct{} // closed when none is pending; nil while nobody waits
}

// What is done at a time by waiting: reads of a store that may be far away, and files.
const (
	settlers = 16
	writers  = 64
)

// gathering is how long recordings are gathered for a scribe elsewhere, and
// gatheringFiles how long that gathers the files that it writes.
const (
	gathering      = 10 * time.Millisecond
	gatheringFiles = 100 * time.Millisecond
)

// open sets the bounds. Cases are made here unless elsewhere. crowded says whether as many
// operations are in flight as there are processors.
func (b *backlog) open(most int, size int64, elsewhere bool, crowded func() bool) {
	b.most, b.mostSize = most, size
	b.settling = line{do: (*take).settleNow, hands: settlers, patience: 4, newest: true, crowded: crowded}
	if b.making.do = b.compose; !elsewhere {
		b.making.crowded = crowded
	}
	b.writing = line{do: b.write, hands: writers}
}

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
func (b *backlog) push(t *take) { b.making.push(t) }

// compose makes a case, and queues it to be written, or has both done elsewhere.
func (b *backlog) compose(t *take) {
	if b.over(t); !t.skipped {
		t.finish()
	}
	switch {
	case t.skipped:
	case t.r.desk != nil:
		if t.r.desk.send(t) {
			return // it will be freed when the scribe answers
		}
	default:
		r := t.r.scribe.compose(&t.draft)
		if r.Outcome == written {
			b.writing.push(t)
			return
		}
		t.became(r)
	}
	b.free(t)
}

// write writes a case.
func (b *backlog) write(t *take) {
	if b.over(t); !t.skipped {
		t.became(t.r.scribe.save(&t.draft))
	}
	b.free(t)
}

// over gives a recording up for which the time is over.
func (b *backlog) over(t *take) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		t.skip("recording had ended", "it was in the queue")
	}
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

// free ends a recording that was admitted.
func (b *backlog) free(t *take) {
	b.mu.Lock()
	b.admitted--
	b.size -= t.weight
	b.mu.Unlock()
	b.done()
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
