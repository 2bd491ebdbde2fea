package recorder

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// scribe makes of what was recorded the cases that may be written, and writes them. It
// needs neither legacy nor its stores, so that it can be a process of its own
// (desk.go). Nothing that goes wrong here can cost more than the recording.
type scribe struct {
	identify func(http.Header) (name, value string, err error)
	redact   func(*corpus.Case) (*corpus.Case, error)
	base     *Base
	saver    saver
	// write writes the text of a case.
	write func(name string, text []byte) error
}

// newScribe returns one that gathers cases for so long before it has the disk keep them.
func newScribe(o Options, gather time.Duration) *scribe {
	files := corpus.Saver{Dir: o.Out, Gather: gather}
	return &scribe{
		identify: o.Identify, redact: o.Redact, base: o.Base, saver: saver{dir: o.Out, limit: o.PerShape},
		write: func(name string, text []byte) error { _, err := files.SaveText(name, text); return err },
	}
}

// draft is a recording on its way to be a case.
type draft struct {
	c      corpus.Case
	header http.Header // as it came; nil if nobody asks for it
	spans  spans       // of the session until then
	read   []byte      // a text of the case that is known to be readable; nil for none
	text   []byte      // of the case
}

// result is what became of a draft.
type result struct {
	Outcome outcome
	// Reason and Detail are for one that is skipped.
	Reason, Detail string
	// Name is that of the case.
	Name string
}

func skip(reason, detail string) result {
	return result{Outcome: skippedCase, Reason: reason, Detail: detail}
}

// compose makes the text of a case, which is then to be written where the outcome is
// written.
func (s *scribe) compose(d *draft) (out result) {
	defer recovered(&out)
	for _, step := range []func(*draft) result{s.identifyIt, s.redactIt, s.place} {
		if r := step(d); r.Outcome == skippedCase {
			return r
		}
	}
	d.c.Name = corpus.CaseName(&d.c, d.spans.has)
	outcome, text, err := s.saver.decide(&d.c, d.read)
	switch {
	case errors.Is(err, errUnreadable):
		return skip("case would not be readable", err.Error())
	case err != nil:
		return skip("case not written", err.Error())
	}
	d.text = text
	return result{Outcome: outcome, Name: d.c.Name}
}

// save writes the text. Memory was its only place until then, so that a case is
// counted when it is on disk.
func (s *scribe) save(d *draft) (out result) {
	defer recovered(&out)
	if err := s.write(d.c.Name, d.text); err != nil {
		s.saver.lost(&d.c)
		return skip("case not written", err.Error())
	}
	return result{Outcome: written, Name: d.c.Name}
}

// recovered makes of a panic the result.
func recovered(out *result) {
	if p := recover(); p != nil {
		*out = skip("recording panicked", fmt.Sprint(p))
	}
}

// identifyIt keeps who asks.
func (s *scribe) identifyIt(d *draft) (out result) {
	if s.identify == nil {
		return out
	}
	name, value, err := s.identify(d.header)
	d.header = nil
	switch {
	case err != nil:
		return skip("identity not read", err.Error())
	case name != "":
		if d.c.Request.Headers == nil {
			d.c.Request.Headers = map[string]string{}
		}
		d.c.Request.Headers[strings.ToLower(name)] = value
	}
	return out
}

// redactIt replaces the case by what may be written of it.
func (s *scribe) redactIt(d *draft) (out result) {
	if s.redact == nil {
		return out
	}
	clean, err := s.redacted(d.c)
	if err != nil {
		return skip("not redacted", err.Error())
	}
	d.c = *clean
	return out
}

// errRedactionPanicked says nothing of the panic, which may hold a value.
var errRedactionPanicked = errors.New("redaction panicked")

func (s *scribe) redacted(c corpus.Case) (clean *corpus.Case, err error) {
	defer func() {
		if recover() != nil {
			err = errRedactionPanicked
		}
	}()
	return s.redact(&c)
}

// place lays the fixture over the base.
func (s *scribe) place(d *draft) (out result) {
	if err := s.base.place(&d.c); err != nil {
		return skip("base not written", err.Error())
	}
	return out
}
