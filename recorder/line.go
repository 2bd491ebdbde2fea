package recorder

import (
	"runtime"
	"sync"
	"time"
)

// line does one thing with each recording, in the order in which they came. It runs as
// long as there are any.
type line struct {
	do func(*take)
	// hands is how many recordings it is done with at a time, 1 when 0: more where it
	// consists of waiting.
	hands int
	// patience is how many recordings wait for each hand before there is one more.
	patience int
	// newest has the latest taken first: where what is to be read is remembered for a
	// while only, a line that is too long then loses what it cannot do anyway, and not all.
	newest bool
	// crowded, where what is done takes a processor from those who answer, says whether as
	// many operations are in flight as there are processors.
	crowded func() bool
	// gather is how long the line waits for more before it begins: what runs beside
	// those who answer is better done seldom, and in one go. done, if it is not nil, is
	// called when nothing is left.
	gather time.Duration
	done   func()

	mu    sync.Mutex
	queue []*take
	busy  int // hands
}

func (l *line) push(t *take) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, t)
	if l.busy < max(1, l.hands) && len(l.queue) > l.patience*l.busy {
		l.busy++
		go l.run()
	}
}

func (l *line) run() {
	time.Sleep(l.gather)
	for t := l.next(); t != nil; t = l.next() {
		l.await()
		began := time.Now()
		l.do(t)
		l.giveWay(time.Since(began))
	}
	if l.done != nil {
		l.done()
	}
}

// await waits for a moment in which few operations are in flight, while the line is short.
func (l *line) await() {
	const (
		look  = 500 * time.Microsecond
		most  = 20 * time.Millisecond
		short = 16
	)
	if l.crowded == nil {
		return
	}
	for waited := time.Duration(0); waited < most && l.length() < short && l.crowded(); waited += look {
		time.Sleep(look)
	}
}

func (l *line) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// giveWay lets those who answer come first: while the processors are not enough, all
// hands together work as much as one that rests three quarters of its time. Then the
// recording is what comes last, and its queue what fills.
func (l *line) giveWay(worked time.Duration) {
	if l.crowded == nil {
		runtime.Gosched()
		return
	}
	const (
		look = 500 * time.Microsecond
		most = 100 * time.Millisecond
	)
	looked := time.Now()
	time.Sleep(look)  // other processes want the processor if this takes longer,
	runtime.Gosched() // and others in this one if that does
	if time.Since(looked) < look+look/2 {
		return
	}
	l.mu.Lock()
	rest := 3 * worked * time.Duration(l.busy)
	l.mu.Unlock()
	time.Sleep(min(rest, most))
}

// next is the next in the line, nil where there is none: then one who worked stops.
func (l *line) next() *take {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.busy--
		l.queue = nil
		return nil
	}
	if last := len(l.queue) - 1; l.newest {
		t := l.queue[last]
		l.queue[last] = nil
		l.queue = l.queue[:last]
		return t
	}
	t := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	return t
}
