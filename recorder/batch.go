package recorder

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// batch passes the elements of a batch on one by one, so that each has a fixture
// and effects of its own, and joins their answers. An answer that is no JSON
// cannot be joined: it stands for the whole batch.
func (r *Recorder) batch(w http.ResponseWriter, req *http.Request, in incoming, arrived time.Time) {
	joined := &joint{header: http.Header{}}
	var odd *joint
	for i, op := range in.operations {
		t, err := r.begin(element(req, op), intent{operation: op})
		if err != nil {
			r.unasked(in.operations[i+1:])
			return
		}
		// Legacy executes a batch that it has got, also where the client goes away.
		req = req.WithContext(context.WithoutCancel(req.Context()))
		one := &joint{header: http.Header{}}
		whole := one.serve(t, arrived)
		if !whole {
			r.unasked(in.operations[i+1:])
			one.write(w)
			panic(http.ErrAbortHandler) // the client's answer breaks off, too
		}
		if t.answer.err != nil {
			r.unasked(in.operations[i+1:])
			one.write(w)
			return
		}
		joined.join(one)
		if _, err := corpus.ParseJSON(one.body.Bytes()); odd == nil && err != nil {
			odd = one
		}
		arrived = time.Now()
	}
	if odd != nil {
		odd.write(w)
		return
	}
	joined.close()
	joined.write(w)
}

// unasked counts the elements of a batch for which legacy was not asked any more.
func (r *Recorder) unasked(rest []operation) {
	for _, op := range rest {
		switch {
		case op.leftOut != "":
			r.counters.leaveOut(op.leftOut)
		case op.reason != "":
			r.counters.skip(op.reason, op.detail)
		default:
			r.counters.skip("batch broke off", op.label())
		}
	}
}

// element is the request for one element of a batch. Its answer comes without
// compression, so that it can be joined with others.
func element(req *http.Request, op operation) *http.Request {
	one := *req
	one.Header = req.Header.Clone()
	for _, name := range []string{"Accept-Encoding", "Content-Encoding", "Content-Length", "Expect"} {
		one.Header.Del(name)
	}
	one.Header.Set("Accept-Encoding", "identity")
	one.ContentLength, one.TransferEncoding, one.Trailer = int64(len(op.text)), nil, nil
	rewind(&one, op.text)
	return &one
}

// unsplit is a batch of which nothing is recorded: it is passed on as it is.
func unsplit(operations []operation) operation {
	whole := operation{parts: operations}
	whole.Operation = corpus.Query
	for _, op := range operations {
		if op.Operation != corpus.Query {
			whole.Operation = op.Operation // it may be a mutation
		}
	}
	return whole
}

// joint is an answer in memory: to an element, or joined of those.
type joint struct {
	status int
	header http.Header
	body   bytes.Buffer
	line   bool // the elements' answers end with a line feed
}

func (j *joint) Header() http.Header { return j.header }

func (j *joint) WriteHeader(status int) {
	if j.status == 0 && status >= http.StatusOK {
		j.status = status
	}
}

func (j *joint) Write(p []byte) (int, error) {
	j.WriteHeader(http.StatusOK)
	return j.body.Write(p)
}

// serve has an element answered; whole is false where the answer broke off.
func (j *joint) serve(t *take, arrived time.Time) (whole bool) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // the value that was given to panic
			panic(p)
		}
	}()
	t.serve(j, arrived)
	return true
}

// join appends the answer to an element. The batch has the headers of the first
// and, where the elements do not agree on a status, 200.
func (j *joint) join(one *joint) {
	if j.status == 0 {
		j.status, j.header = one.status, one.header
		j.body.WriteByte('[')
	} else {
		j.body.WriteByte(',')
	}
	if j.status != one.status {
		j.status = http.StatusOK
	}
	j.line = strings.HasSuffix(one.body.String(), "\n")
	j.body.Write(bytes.TrimSpace(one.body.Bytes()))
}

// close ends the array as most servers end theirs.
func (j *joint) close() {
	j.body.WriteByte(']')
	if j.line {
		j.body.WriteByte('\n')
	}
	j.header.Del("Content-Length")
}

// write gives the answer to the client.
func (j *joint) write(w http.ResponseWriter) {
	h := w.Header()
	maps.Copy(h, j.header)
	if j.header.Get("Content-Length") == "" && j.header.Get("Trailer") == "" {
		h.Set("Content-Length", strconv.Itoa(j.body.Len()))
	}
	w.WriteHeader(orElse(j.status, http.StatusOK))
	_, _ = io.Copy(w, &j.body)                // a client that is gone misses nothing
	_ = http.NewResponseController(w).Flush() // a writer that cannot flush has no buffer to empty
}
