package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// session sends operations, one after the other.
type session struct {
	ctx      context.Context
	endpoint string
	now      time.Time // of the next operation
	sent     int
	problems []string
}

// newSession begins on a Monday morning.
func newSession(ctx context.Context, endpoint string) *session {
	s := &session{ctx: ctx, endpoint: endpoint}
	s.at("2026-09-14T07:30:00.25Z")
	return s
}

// at says when the next operation happens. Each takes a minute.
func (s *session) at(instant string) {
	t, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		panic(err) // the instants are those of this program
	}
	s.now = t
}

// do sends an operation with its variables, and expects a part of the answer,
// which is a refusal where it says so.
func (s *session) do(document, variables, part string) {
	status, got, err := s.send(document, variables)
	switch refused := strings.Contains(got, `"errors":`); {
	case err != nil:
		s.problem("send: %v", err)
	case status != http.StatusOK || !strings.Contains(got, part) || refused != strings.Contains(part, `"message":`):
		s.problem("want %s, got %d and %s", part, status, got)
	}
}

// refused sends an operation that legacy refuses with a text.
func (s *session) refused(document, variables, text string) {
	message, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always encodes
	}
	s.do(document, variables, `"message":`+string(message))
}

// wrong sends a request that is none.
func (s *session) wrong(document, variables string) {
	if status, got, err := s.send(document, variables); err != nil || status != http.StatusBadRequest {
		s.problem("want %d, got %d and %s (%v)", http.StatusBadRequest, status, got, err)
	}
}

var operationName = regexp.MustCompile(`^(?:query|mutation) (\w+)`)

func (s *session) send(document, variables string) (status int, answer string, err error) {
	request := map[string]any{"query": document}
	if m := operationName.FindStringSubmatch(document); m != nil {
		request["operationName"] = m[1]
	}
	if variables != "" {
		request["variables"] = json.RawMessage(variables)
	}
	body, err := json.Marshal(request)
	if err != nil {
		return 0, "", err
	}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.endpoint, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-replay-now", s.now.Format(time.RFC3339Nano))
	s.now = s.now.Add(time.Minute)
	s.sent++
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return 0, "", err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return resp.StatusCode, string(text), err
	}
	return resp.StatusCode, compact.String(), nil
}

// problem names the line of the operation.
func (s *session) problem(format string, args ...any) {
	where := "?"
	for skip := 1; ; skip++ {
		_, file, line, ok := runtime.Caller(skip)
		if !ok {
			break
		}
		if !strings.HasSuffix(file, "/session.go") {
			where = fmt.Sprintf("%s:%d", file[strings.LastIndex(file, "/")+1:], line)
			break
		}
	}
	s.problems = append(s.problems, where+": "+fmt.Sprintf(format, args...))
}
