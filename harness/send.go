package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

const (
	// maxAnswer is the largest answer that is read, in bytes.
	maxAnswer = 32 << 20
	// acceptDefault is what is asked for when the recording does not say.
	acceptDefault = "application/json, application/graphql-response+json;q=0.9"
)

// answer is what came back over HTTP.
type answer struct {
	http corpus.HTTP
	body []byte
}

// requestBody is the JSON body of the request, with the document, variables and
// extensions as they were recorded (GraphQL over HTTP, section "Request").
func requestBody(r *corpus.Request) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"query":`)
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r.Document); err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	if r.OperationName != "" {
		b.WriteString(`,"operationName":`)
		if err := enc.Encode(r.OperationName); err != nil {
			return nil, fmt.Errorf("encode operationName: %w", err)
		}
	}
	if r.Variables != nil {
		b.WriteString(`,"variables":`)
		b.Write(r.Variables)
	}
	if r.Extensions != nil {
		b.WriteString(`,"extensions":`)
		b.Write(r.Extensions)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// send posts the case's request and reads the whole answer, within the
// implementation's timeout. told is the time to replay at, zero for the real one.
// An error means that the implementation crashed,
// hung or refused: the case proves nothing.
func (p *process) send(ctx context.Context, cs *corpus.Case, body []byte, told time.Time) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, p.config.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.endpoint, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", accept(cs))
	for k, v := range cs.Request.Headers {
		req.Header.Set(k, v)
	}
	if err := p.config.identity.apply(ctx, req.Header, told); err != nil {
		return answer{}, err
	}
	if !told.IsZero() {
		req.Header.Set(NowHeader, told.UTC().Format(time.RFC3339Nano))
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return answer{}, p.sendError(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, p.sendError(ctx, fmt.Errorf("the answer broke off after %d bytes: %w", len(got), err))
	case len(got) > maxAnswer:
		return answer{}, fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	}
	return answer{corpus.HTTP{Status: resp.StatusCode, Headers: recordedHeaders(resp.Header)}, got}, nil
}

// accept asks for the media type that was recorded, so that the answer comes
// with the status rules of the same type.
func accept(cs *corpus.Case) string {
	if h, ok := cs.Request.Headers["accept"]; ok {
		return h
	}
	if strings.HasPrefix(cs.Expect.HTTP.Headers["content-type"], "application/graphql-response+json") {
		return "application/graphql-response+json"
	}
	return acceptDefault
}

// sendError says in the user's words what went wrong.
func (p *process) sendError(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("no answer within its timeout of %s", p.config.Timeout)
	case p.exitsSoon():
		return fmt.Errorf("the process exited (%s)", p.instance.Why())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the answer broke off: %w", reason(err))
	default:
		return fmt.Errorf("no answer: %w", reason(err))
	}
}

// recordedHeaders are the headers that belong to an observation: the media type.
func recordedHeaders(h http.Header) map[string]string {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return nil
	}
	return map[string]string{"content-type": mediaType}
}

// check says why an answer is no behaviour that could be compared; nil if it is.
func (a answer) check(recordedStatus int) error {
	if a.http.Status >= 500 && a.http.Status != recordedStatus {
		return fmt.Errorf("it answered status %d: %s", a.http.Status, bodyExcerpt(a.body))
	}
	if !json.Valid(a.body) {
		return fmt.Errorf("its answer (status %d) is not JSON: %s", a.http.Status, bodyExcerpt(a.body))
	}
	return nil
}

// bodyExcerpt is the beginning of a text, fit for one line of a message.
func bodyExcerpt(b []byte) string {
	const most = 200
	cut := ""
	if len(b) > most {
		b, cut = b[:most], "…"
	}
	s := strings.Join(strings.Fields(string(bytes.ToValidUTF8(b, []byte("?")))), " ")
	if s == "" {
		return "an empty body"
	}
	return s + cut
}
