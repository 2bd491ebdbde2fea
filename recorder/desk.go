package recorder

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// desk hands recordings over to a scribe in another process, as the texts of cases that
// are not redacted, named or placed yet, over a pipe. What the scribe cannot take fast
// enough waits in the backlog, and what finds that full is dropped and counted.
type desk struct {
	pipe io.ReadWriteCloser

	out    sync.Mutex // of the writing end
	buffer *bufio.Writer
	encode *gob.Encoder

	mu      sync.Mutex
	last    uint64
	pending map[uint64]*take
	broken  error
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

func newDesk(pipe io.ReadWriteCloser, base *Base) *desk {
	d := &desk{pipe: pipe, buffer: bufio.NewWriter(pipe), pending: map[uint64]*take{}}
	d.encode = gob.NewEncoder(d.buffer)
	var o opening
	if base != nil {
		o = opening{base.name, base.text}
	}
	if err := d.encode.Encode(o); err != nil {
		d.broken = err
	}
	go d.receive()
	return d
}

// close ends the scribe, once it has done what it was sent.
func (d *desk) close() {
	if d != nil {
		_ = d.pipe.Close() // nothing more is sent
	}
}

// send hands a recording over; false where it is skipped.
func (d *desk) send(t *take) bool {
	var text []byte
	var err error
	t.guarded(func() {
		if text, err = corpus.FormatUnread(&t.c); err != nil {
			t.skip("case would not be readable", err.Error())
		}
	})
	if t.skipped {
		return false
	}
	s := sheet{Text: text, Header: t.header, Spans: t.spans}
	t.c, t.answer = corpus.Case{}, nil
	d.mu.Lock()
	if d.broken != nil {
		d.mu.Unlock()
		t.skip(scribeEnded, d.broken.Error())
		return false
	}
	d.last++
	s.ID = d.last
	d.pending[s.ID] = t
	d.mu.Unlock()

	d.out.Lock()
	defer d.out.Unlock()
	if err = d.encode.Encode(s); err != nil {
		d.fail(err)
	}
	return true
}

// flush sends what is gathered.
func (d *desk) flush() {
	d.out.Lock()
	defer d.out.Unlock()
	if err := d.buffer.Flush(); err != nil {
		d.fail(err)
	}
}

const scribeEnded = "process that writes cases has ended"

// receive takes the scribe's answers.
func (d *desk) receive() {
	in := gob.NewDecoder(bufio.NewReader(d.pipe))
	for {
		var r receipt
		if err := in.Decode(&r); err != nil {
			d.fail(err)
			return
		}
		d.mu.Lock()
		t := d.pending[r.ID]
		delete(d.pending, r.ID)
		d.mu.Unlock()
		if t != nil {
			t.became(r.Result)
			t.r.backlog.free(t)
		}
	}
}

// fail gives up what the scribe has not answered.
func (d *desk) fail(err error) {
	d.mu.Lock()
	if d.broken == nil {
		d.broken = err
	}
	lost := d.pending
	d.pending = map[uint64]*take{}
	d.mu.Unlock()
	for _, t := range lost {
		t.skip(scribeEnded, err.Error())
		t.r.backlog.free(t)
	}
}

// Scribe makes and writes the cases that a Recorder sends it ([Options.Scribe]), until
// in ends or ctx does. Of the options those count that say what is written, and where:
// Out, Redact, Identify and PerShape. The base is the recorder's.
func Scribe(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	if o.Out == "" {
		return errors.New("new scribe: no directory to write cases to")
	}
	s := newScribe(o, gatheringFiles)
	buffer := bufio.NewWriter(out)
	answers := answers{buffer: buffer, to: gob.NewEncoder(buffer)}
	defer answers.flush()
	decode := gob.NewDecoder(bufio.NewReader(in))
	var first opening
	if err := decode.Decode(&first); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read opening: %w", err)
	}
	if first.BaseName != "" {
		var err error
		if s.base, err = openBase(o.Out, first.BaseName, first.BaseText); err != nil {
			return err
		}
	}
	places := make(chan struct{}, writers)
	var writing sync.WaitGroup
	defer writing.Wait() // before the last answers go
	for ctx.Err() == nil {
		var sheet sheet
		if err := decode.Decode(&sheet); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		} else if err != nil {
			return fmt.Errorf("read recording: %w", err)
		}
		d, r := sheet.draft()
		if r.Outcome != skippedCase {
			r = s.compose(d)
		}
		if r.Outcome != written {
			answers.send(receipt{sheet.ID, r})
			continue
		}
		places <- struct{}{}
		writing.Go(func() {
			answers.send(receipt{sheet.ID, s.save(d)})
			<-places
		})
	}
	return nil
}

// draft is the recording that a sheet holds.
func (s *sheet) draft() (*draft, result) {
	c, err := corpus.Parse("recording.yaml", s.Text)
	if err != nil {
		return nil, skip("case would not be readable", err.Error())
	}
	c.Name = ""
	return &draft{c: *c, header: s.Header, spans: s.Spans, read: s.Text}, result{}
}

// answers go back one after the other. Who is gone needs none.
type answers struct {
	mu     sync.Mutex
	buffer *bufio.Writer
	to     *gob.Encoder
	soon   bool // they are on their way
}

// send gathers answers: each time they are sent takes the recorder from its work.
func (a *answers) send(r receipt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = a.to.Encode(r)
	if !a.soon {
		a.soon = true
		time.AfterFunc(gathering, a.flush)
	}
}

func (a *answers) flush() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.soon = false
	_ = a.buffer.Flush()
}
