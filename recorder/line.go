package recorder

import (
	"runtime"
	"sync"
	"time"
)

// line does one thing with each recording, one after the other, in the order in which
// they came. It runs as long as there are any.
type line struct {
	do func(*take)
	// gather is how long the line waits for more before it begins: what runs beside
	// those who answer is better done seldom, and in one go. done, if it is not nil, is
	// called when nothing is left.
	gather time.Duration
	done   func()

	mu    sync.Mutex
	queue []*take
	busy  bool
}

func (l *line) push(t *take) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, t)
	if !l.busy {
		l.busy = true
		go l.run()
	}
}

func (l *line) run() {
	time.Sleep(l.gather)
	for t := l.next(); t != nil; t = l.next() {
		l.do(t)
		runtime.Gosched() // those who answer come first
	}
	if l.done != nil {
		l.done()
	}
}

// next is the first in the line, nil where there is none: then the line stops.
func (l *line) next() *take {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.busy, l.queue = false, nil
		return nil
	}
	t := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	return t
}
