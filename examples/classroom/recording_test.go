package classroom_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// operation is one request of the session with the part of the data that it
// depended on, and what legacy did.
type operation struct {
	method, query, user string
	at                  string // when, in the form of x-replay-now
	body                []byte
	fields              []string // root fields
	fixture             corpus.State
	got                 observation
}

// observation is what a server answered and wrote.
type observation struct {
	status    int
	body      []byte
	effects   []corpus.Effect
	allocated []corpus.Key
	at        time.Time
}

// recorder stands before legacy. Elements of a batch go to legacy one by one.
type recorder struct {
	t      *testing.T
	legacy *server
	mu     sync.Mutex
	ops    []operation
}

// record runs the session against legacy.
func record(t *testing.T) []operation {
	t.Helper()
	r := &recorder{t: t, legacy: start(t, "legacy")}
	r.legacy.fill(t, seed(t))
	front := httptest.NewServer(r)
	defer front.Close()
	session := exec.Command(filepath.Join(programs, "session"), "--endpoint", front.URL+"/graphql")
	if out, err := session.CombinedOutput(); err != nil {
		t.Fatalf("session: %v\n%s", err, out)
	}
	return r.ops
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.t.Error(err)
	}
	op := operation{method: req.Method, query: req.URL.RawQuery, user: req.Header.Get("x-user"), at: req.Header.Get("x-replay-now"), body: body}
	w.Header().Set("content-type", "application/json")
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		got := r.one(op)
		w.WriteHeader(got.status)
		_, _ = w.Write(got.body)
		return
	}
	var batch []json.RawMessage
	if err := json.Unmarshal(body, &batch); err != nil {
		r.t.Error(err)
	}
	answers := make([]json.RawMessage, len(batch))
	for i, element := range batch {
		op.body = element
		answers[i] = r.one(op).body
	}
	if err := json.NewEncoder(w).Encode(answers); err != nil {
		r.t.Error(err)
	}
}

// one sends an operation on and keeps it.
func (r *recorder) one(op operation) observation {
	ctx := context.Background()
	if err := r.legacy.store.Continue(ctx); err != nil {
		r.t.Error(err)
	}
	op.got = observe(r.t, r.legacy, op)
	fixture, err := r.legacy.store.Fixture(ctx, store.FixtureOptions{Guards: 3, Follow: 1})
	if err != nil {
		r.t.Error(err)
	}
	op.fixture, op.fields = fixture, rootFields(op)
	r.ops = append(r.ops, op)
	return op.got
}

// rootFields is empty for a document that selects no operation.
func rootFields(op operation) []string {
	var req struct{ Query, OperationName string }
	_ = json.Unmarshal(op.body, &req) // a GET has no body
	if op.method == http.MethodGet {
		form, _ := url.ParseQuery(op.query)
		req.Query, req.OperationName = form.Get("query"), form.Get("operationName")
	}
	_, fields, _ := corpus.RootFields(req.Query, req.OperationName)
	return fields
}

// replay does an operation on a server that has its fixture and nothing else.
func replay(t *testing.T, s *server, op operation) observation {
	t.Helper()
	s.fill(t, op.fixture)
	return observe(t, s, op)
}

// observe sends an operation and tells what came of it.
func observe(t *testing.T, s *server, op operation) observation {
	t.Helper()
	req, err := http.NewRequest(op.method, s.base+"/graphql?"+op.query, bytes.NewReader(op.body))
	if err != nil {
		t.Fatal(err)
	}
	if op.user != "" {
		req.Header.Set("x-user", op.user)
	}
	req.Header.Set("x-replay-now", op.at)
	at, err := time.Parse(time.RFC3339, op.at)
	if err != nil && op.at != "" {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%v\n%s", err, s.log)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := s.store.Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("content-type"); !strings.HasPrefix(got, "application/json") {
		t.Errorf("content-type %q", got)
	}
	return observation{status: resp.StatusCode, body: body, effects: seen.Effects, allocated: seen.Allocated, at: at}
}
