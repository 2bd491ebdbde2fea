package recorder

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// desk has a scribe at work in another process. One that ends before its time, because it
// was killed, say, costs what it had not written; another follows.
type desk struct {
	start   func() (io.ReadWriteCloser, error)
	opening opening

	mu     sync.Mutex
	wire   *wire         // to the latest scribe
	began  time.Time     // when that was started
	pause  time.Duration // from then to the next at the earliest
	closed bool
}

// A scribe follows another after shortestPause, and after twice as long as the one before
// where that answered nothing.
const (
	shortestPause = time.Second
	longestPause  = time.Minute
)

const scribeEnded = "process that writes cases has ended"

func newDesk(start func() (io.ReadWriteCloser, error), base *Base) (*desk, error) {
	d := &desk{start: start, pause: shortestPause}
	if base != nil {
		d.opening = opening{base.name, base.text}
	}
	err := d.open()
	return d, err
}

func (d *desk) open() error {
	d.began = time.Now()
	pipe, err := d.start()
	if err != nil {
		return fmt.Errorf("start the process that writes cases: %w", err)
	}
	d.wire = newWire(pipe, d.opening)
	return nil
}

// staffed is the wire to a scribe that is at work, or says why none is.
func (d *desk) staffed() (*wire, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	answered, broken := d.wire.state()
	if broken == nil {
		return d.wire, nil
	}
	if answered {
		d.pause = shortestPause
	}
	if d.closed || time.Since(d.began) < d.pause {
		return nil, broken
	}
	d.wire.close()
	d.pause = min(2*d.pause, longestPause)
	err := d.open()
	return d.wire, err
}

// close ends the scribe, once it has done what it was sent.
func (d *desk) close() {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.wire.close()
}

// send hands a recording over; false where it is skipped.
func (d *desk) send(t *take) bool {
	var text []byte
	t.guarded(func() {
		var err error
		if text, err = corpus.FormatUnread(&t.c); err != nil {
			t.skip("case would not be readable", err.Error())
		}
	})
	if t.skipped {
		return false
	}
	w, err := d.staffed()
	if err == nil {
		err = w.send(t, text)
	}
	if err != nil {
		t.skip(scribeEnded, err.Error())
	}
	return err == nil
}

// flush sends what is gathered.
func (d *desk) flush() {
	if w, err := d.staffed(); err == nil {
		w.flush()
	}
}
