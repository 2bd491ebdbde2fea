package recorder

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

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
