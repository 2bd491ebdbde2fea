package recorder

import (
	"errors"
	"fmt"
	"mime"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// compose makes a case of a recording. All of it happens when the client has its
// answer, and no step can cost more than the recording.
func (t *take) compose() {
	for _, step := range []func(){t.hear, t.settleLate, t.identify, t.redact, t.place, t.name, t.form} {
		t.guarded(step)
	}
}

// hear takes down the answer.
func (t *take) hear() {
	a := t.answer
	body, err := unpacked(a.encoding, a.body.Bytes(), t.r.options.MaxBody)
	if err != nil {
		t.skip(compressed(err), t.operation.label()+": "+err.Error())
		return
	}
	t.c.Expect.HTTP.Status = a.status
	if mediaType, _, err := mime.ParseMediaType(a.contentType); err == nil {
		t.c.Expect.HTTP.Headers = map[string]string{"content-type": mediaType}
	}
	if t.c.Expect.Response, err = corpus.ParseJSON(body); err != nil {
		t.skip("answer is not JSON", fmt.Sprintf("%s: status %d, %s", t.operation.label(), a.status, err))
		return
	}
	if t.operation.supplied && unknownHash(t.c.Expect.Response) {
		t.skip(persistedQuery, t.operation.label()+": legacy did not know it either")
	}
}

// flaw says why an answer cannot be part of a case, so far as that is seen without
// reading it.
func (t *take) flaw() (reason, detail string) {
	switch a := t.answer; {
	case a.err != nil:
		return "no answer", a.err.Error()
	case a.broken:
		return "answer broke off", fmt.Sprintf("%s: after %d bytes", t.operation.label(), a.body.Len())
	case a.status == 0:
		return "no answer", t.operation.label() + ": the handler wrote nothing"
	case a.large:
		return "answer too large", fmt.Sprintf("more than %d bytes", a.limit)
	case !isJSON(a.contentType):
		return "answer is not JSON", fmt.Sprintf("%s: %s", t.operation.label(), a.contentType)
	}
	return "", ""
}

// settleLate settles what could wait for it.
func (t *take) settleLate() {
	if !t.settled {
		t.settle()
	}
	if t.skipped {
		return
	}
	if !t.r.backlog.grow(t, fixtureSize(&t.c)) {
		t.skip("queue is full", "a fixture is too large for it")
	}
}

// identify keeps who asks.
func (t *take) identify() {
	if t.r.options.Identify == nil {
		return
	}
	name, value, err := t.r.options.Identify(t.header)
	t.header = nil
	switch {
	case err != nil:
		t.skip("identity not read", err.Error())
	case name != "":
		if t.c.Request.Headers == nil {
			t.c.Request.Headers = map[string]string{}
		}
		t.c.Request.Headers[strings.ToLower(name)] = value
	}
}

// redact replaces the case by what may be written of it.
func (t *take) redact() {
	if t.r.options.Redact == nil {
		return
	}
	clean, err := t.redacted()
	if err != nil {
		t.skip("not redacted", err.Error())
		return
	}
	t.c = *clean
}

// errRedactionPanicked says nothing of the panic, which may hold a value.
var errRedactionPanicked = errors.New("redaction panicked")

func (t *take) redacted() (clean *corpus.Case, err error) {
	defer func() {
		if recover() != nil {
			err = errRedactionPanicked
		}
	}()
	c := t.c
	return t.r.options.Redact(&c)
}

// place lays the fixture over the base.
func (t *take) place() {
	if err := t.r.options.Base.place(&t.c); err != nil {
		t.skip("base not written", err.Error())
	}
}

func (t *take) name() { t.c.Name = corpus.CaseName(&t.c, t.ofSession) }

// form makes the text of the case if its name is new.
func (t *take) form() {
	outcome, text, err := t.r.saver.decide(&t.c)
	switch {
	case errors.Is(err, errUnreadable):
		t.skip("case would not be readable", err.Error())
	case err != nil:
		t.skip("case not written", err.Error())
	case outcome == written:
		t.text = text
		return
	case outcome == same:
		t.r.counters.unchanged()
	case outcome == surplus:
		t.r.counters.leaveOut(leftOutShape)
	default:
		t.r.counters.differing(t.c.Name)
	}
	t.skipped = true
}

// save writes the text. Memory was its only place until then, so that a case is
// counted when it is on disk.
func (t *take) save() {
	if err := t.r.write(t.c.Name, t.text); err != nil {
		t.r.saver.lost(&t.c)
		t.skip("case not written", err.Error())
		return
	}
	t.r.counters.recorded()
}

// size is what a recording holds in memory before its fixture is taken, in bytes,
// roughly.
func (t *take) size() int64 {
	const frame = 4 << 10
	return int64(frame + t.operation.bytes + t.answer.body.Cap())
}
