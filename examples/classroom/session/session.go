package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/Khan/genqlient/graphql"
)

// session sends operations, one after the other.
type session struct {
	ctx      context.Context
	endpoint string
	now      time.Time // of the next operation
	sent     int
	problems []string
}

// newSession begins on a Monday morning. Servers that obey the header of caller
// do what they do on that day, whenever the session is really run.
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

// as is a client that calls in somebody's name; "" is nobody.
func (s *session) as(user string) graphql.Client {
	return graphql.NewClient(s.endpoint, &caller{s, user})
}

// caller sets the headers by which servers know who calls, and when.
type caller struct {
	s    *session
	user string
}

func (c *caller) Do(req *http.Request) (*http.Response, error) {
	if c.user != "" {
		req.Header.Set("x-user", c.user)
	}
	req.Header.Set("x-replay-now", c.s.now.Format(time.RFC3339Nano))
	c.s.now = c.s.now.Add(time.Minute)
	c.s.sent++
	return http.DefaultClient.Do(req)
}

// ok notes an operation that should have worked and did not.
func (s *session) ok(_ any, err error) {
	if err != nil {
		s.problem("refused: %v", err)
	}
}

// refused notes an operation that should have been refused with a text and was not.
func (s *session) refused(text string) func(any, error) {
	return func(_ any, err error) {
		if err == nil || !strings.Contains(err.Error(), text) {
			s.problem("not refused with %q: %v", text, err)
		}
	}
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

// raw is a request that the generated client cannot spell.
type raw struct {
	user string
	body string
	get  url.Values // a GET when set
}

// send sends it, and expects a status and a part of the answer.
func (s *session) send(r raw, status int, part string) {
	method, target := http.MethodPost, s.endpoint
	if r.get != nil {
		method, target = http.MethodGet, s.endpoint+"?"+r.get.Encode()
	}
	got, body, err := s.exchange(method, target, r)
	switch {
	case err != nil:
		s.problem("send: %v", err)
	case got != status || !strings.Contains(body, part):
		s.problem("want %d and %q, got %d and %s", status, part, got, body)
	}
}

func (s *session) exchange(method, target string, r raw) (int, string, error) {
	req, err := http.NewRequestWithContext(s.ctx, method, target, bytes.NewBufferString(r.body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("content-type", "application/json")
	resp, err := (&caller{s, r.user}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), errors.Join(err, req.Body.Close())
}

// post is the body of a request, given as a document, an operation name that may
// be "", and variables as they are spelled in JSON.
func post(document, operation, variables string) string {
	text, err := json.Marshal(document)
	if err != nil {
		panic(err) // a string always encodes
	}
	body := `{"query":` + string(text)
	if operation != "" {
		body += `,"operationName":"` + operation + `"`
	}
	if variables != "" {
		body += `,"variables":` + variables
	}
	return body + "}"
}

// fields are the fields of an input object; nil is null.
type fields = map[string]any
