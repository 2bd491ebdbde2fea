package recorder

import (
	"bytes"
	"net/http"
)

// intent is an operation that is about to be passed on. Where operations go side by side
// and all of them are recorded, nothing depends on what it asks for: then legacy gets it
// first, and it is read while legacy is at work.
type intent struct {
	operation
	sampled bool             // where it is not read
	unread  func() operation // nil for one that was
}

func (i *intent) read() {
	if i.unread != nil {
		i.operation, i.unread = i.unread(), nil
	}
}

// wanted says whether it is to be a case, as far as is known.
func (i *intent) wanted() bool {
	if i.unread != nil {
		return i.sampled
	}
	return i.recorded()
}

// canWait says whether a request need not be read before legacy is asked: it goes by the
// relay, is neither a batch nor a subscription, and whether it is recorded does not depend
// on it.
func (r *Recorder) canWait(req *http.Request, body []byte) bool {
	return r.relay.address != "" && req.Method == http.MethodPost && r.selector.Only == "" && r.selector.bucket == nil && !r.closed.Load() &&
		bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && !bytes.Contains(body, []byte("subscription"))
}

// readLate reads an operation that legacy has got.
func (r *Recorder) readLate(in incoming, sampled bool) operation {
	in = in.unread()
	r.counters.saw(len(in.operations))
	r.selected(&in, sampled)
	return in.operations[0]
}

// read reads the operation, if that was not done before legacy got it.
func (t *take) read() {
	if t.unread == nil {
		return
	}
	unread := t.unread
	t.unread = nil
	t.guarded(func() { t.operation = unread() })
	t.open()
	t.answer.unwanted = t.answer.unwanted || t.skipped
}
