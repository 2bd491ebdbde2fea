package recorder

import (
	"bytes"
	"mime"
	"net/http"
	"strings"
)

// answer passes on what legacy says, as it comes, and keeps a copy.
type answer struct {
	http.ResponseWriter
	limit int64 // of the copy, in bytes
	// proxied is set where a proxy writes: it is to read legacy's answer to its end
	// even if the client is gone, and each piece is to be passed on at once.
	proxied bool
	// unwanted is set where no copy is.
	unwanted bool
	// lasts, where it is not nil, is called when the answer turns out to be one of parts,
	// which may come for hours.
	lasts func()

	status                int // 0 until legacy has answered
	contentType, encoding string
	body                  bytes.Buffer
	passed                int64 // bytes that the client got
	large                 bool  // there is more than the limit
	ended                 bool  // the next piece is the last one
	gone                  bool  // the client
	broken                bool  // the answer broke off
	err                   error // there is no answer
}

// Unwrap serves http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader notes the head of the answer.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		h := a.Header()
		a.status, a.contentType, a.encoding = status, h.Get("Content-Type"), h.Get("Content-Encoding")
		a.unwanted = a.unwanted || !isJSON(a.contentType)
		if a.lasts != nil && inParts(a.contentType) {
			a.lasts()
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write passes a piece on. Where a proxy writes it reaches the client at once, but
// for the last piece, which goes with the end of the answer.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	a.keep(p)
	if a.gone {
		return len(p), nil
	}
	n, err := a.ResponseWriter.Write(p)
	a.passed += int64(n)
	if !a.proxied {
		return n, err
	}
	if err == nil && !a.ended {
		a.Flush()
	}
	if err != nil && a.wanted() {
		a.gone = true
		return len(p), nil
	}
	return n, err
}

// Flush passes on what is buffered.
func (a *answer) Flush() {
	_ = http.NewResponseController(a.ResponseWriter).Flush() // a writer that cannot flush has no buffer to empty
}

// finish lets the client have an answer that is whole before the recording is seen to.
func (a *answer) finish() {
	if a.proxied && !a.gone && a.Header().Get("Content-Length") != "" {
		a.Flush()
	}
}

// keep adds a piece to the copy.
func (a *answer) keep(p []byte) {
	if !a.wanted() {
		return
	}
	if int64(a.body.Len()+len(p)) > a.limit {
		a.large, a.body = true, bytes.Buffer{}
		return
	}
	a.body.Write(p)
}

func (a *answer) wanted() bool { return !a.unwanted && !a.large }

// isJSON says whether an answer may be one to an operation.
func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err != nil || mediaType == "application/json" || strings.HasSuffix(mediaType, "+json") || mediaType == "text/plain"
}

// inParts says whether an answer comes in parts (GraphQL over SSE; the incremental
// delivery over HTTP).
func inParts(contentType string) bool {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	return mediaType == "text/event-stream" || mediaType == "multipart/mixed"
}
