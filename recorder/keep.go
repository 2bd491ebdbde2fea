package recorder

import (
	"fmt"
	"mime"

	"github.com/sidebyside/replay/corpus"
)

// finish takes down what the client did not wait for. All of it happens when the client
// has its answer, and no step can cost more than the recording.
func (t *take) finish() {
	for _, step := range []func(){t.hear, t.settleLate} {
		t.guarded(step)
	}
}

// became counts what the scribe made of the recording.
func (t *take) became(r result) {
	switch r.Outcome {
	case written:
		t.r.counters.recorded()
	case same:
		t.r.counters.unchanged()
	case differing:
		t.r.counters.differing(r.Name)
	case surplus:
		t.r.counters.leaveOut(leftOutShape)
	case skippedCase:
		t.skip(r.Reason, r.Detail)
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

// size is what a recording holds in memory before its fixture is taken, in bytes,
// roughly.
func (t *take) size() int64 {
	const frame = 4 << 10
	return int64(frame + t.operation.bytes + t.answer.body.Cap())
}
