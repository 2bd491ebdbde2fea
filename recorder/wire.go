package recorder

import (
	"bufio"
	"encoding/gob"
	"io"
	"net/http"
	"sync"

	"github.com/sidebyside/replay/corpus"
)

// wire hands recordings over to one scribe in another process, as the texts of cases that
// are not redacted, named or placed yet, over a pipe. What the scribe cannot take fast
// enough waits in the backlog, and what finds that full is dropped and counted.
type wire struct {
	pipe io.ReadWriteCloser

	out    sync.Mutex // of the writing end
	buffer *bufio.Writer
	encode *gob.Encoder

	mu       sync.Mutex
	last     uint64
	pending  map[uint64]*take
	answered bool
	broken   error
}

// sheet is a recording on its way to the scribe.
type sheet struct {
	ID     uint64
	Text   []byte
	Header http.Header
	Spans  spans
}

// opening comes before the first sheet.
type opening struct {
	// BaseName and BaseText are of the base that the fixtures stand on; "" for none.
	BaseName string
	BaseText []byte
}

// receipt is the scribe's answer to a sheet.
type receipt struct {
	ID     uint64
	Result result
}

func newWire(pipe io.ReadWriteCloser, o opening) *wire {
	w := &wire{pipe: pipe, buffer: bufio.NewWriter(pipe), pending: map[uint64]*take{}}
	w.encode = gob.NewEncoder(w.buffer)
	if err := w.encode.Encode(o); err != nil {
		w.broken = err
	}
	go w.receive()
	return w
}

// close ends the scribe, once it has done what it was sent.
func (w *wire) close() { _ = w.pipe.Close() } // nothing more is sent

// state says whether the scribe has answered anything, and why it is of no use any more.
func (w *wire) state() (answered bool, broken error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answered, w.broken
}

// send hands over a recording with the text of its case; an error says that the scribe is
// of no use any more, and that the recording is still the caller's.
func (w *wire) send(t *take, text []byte) error {
	s := sheet{Text: text, Header: t.header, Spans: t.spans}
	t.c, t.answer = corpus.Case{}, nil // it may wait for long
	w.mu.Lock()
	if w.broken != nil {
		w.mu.Unlock()
		return w.broken
	}
	w.last++
	s.ID = w.last
	w.pending[s.ID] = t
	w.mu.Unlock()

	w.out.Lock()
	defer w.out.Unlock()
	if err := w.encode.Encode(s); err != nil {
		w.fail(err)
	}
	return nil
}

// flush sends what is gathered.
func (w *wire) flush() {
	w.out.Lock()
	defer w.out.Unlock()
	if err := w.buffer.Flush(); err != nil {
		w.fail(err)
	}
}

// receive takes the scribe's answers.
func (w *wire) receive() {
	in := gob.NewDecoder(bufio.NewReader(w.pipe))
	for {
		var r receipt
		if err := in.Decode(&r); err != nil {
			w.fail(err)
			return
		}
		w.mu.Lock()
		t := w.pending[r.ID]
		delete(w.pending, r.ID)
		w.answered = true
		w.mu.Unlock()
		if t != nil {
			t.became(r.Result)
			t.r.backlog.free(t)
		}
	}
}

// fail gives up what the scribe has not answered.
func (w *wire) fail(err error) {
	w.mu.Lock()
	if w.broken == nil {
		w.broken = err
	}
	lost := w.pending
	w.pending = map[uint64]*take{}
	w.mu.Unlock()
	for _, t := range lost {
		t.skip(scribeEnded, "it did not say what became of this one, which may be in the corpus: "+err.Error())
		t.r.backlog.free(t)
	}
}
