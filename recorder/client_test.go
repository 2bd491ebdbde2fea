package recorder_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/Khan/genqlient/graphql"
	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/examples/classroom/session/ops"
	"github.com/sidebyside/replay/recorder"
)

// school answers what it is told to.
func school(t *testing.T, status int, answer string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

// A generated client sees the same with the recorder as without, and the case holds
// what came; or it is not recorded, and that is counted.
func TestClientSeesTheSame(t *testing.T) {
	tests := []struct {
		reason   string
		status   int
		answer   string
		recorded string // the body of the call's response; "" if it is not recorded
	}{
		{"data", 200, `{"data":{"renameAssignment":{"id":"42","title":"A<b>&","updated":"x"}}}`, `{"data":{"renameAssignment":{"id":"42","title":"A<b>&","updated":"x"}}}`},
		{"more than was asked for", 200, `{"data":{"renameAssignment":{"points":1.0,"id":"42"}},"extensions":{"cost":3}}`, `{"data":{"renameAssignment":{"points":1.0,"id":"42"}},"extensions":{"cost":3}}`},
		{"errors beside data", 200, `{"data":{"renameAssignment":null},"errors":[{"message":"no","path":["renameAssignment"],"extensions":{"code":"X"}}]}`, `{"data":{"renameAssignment":null},"errors":[{"message":"no","path":["renameAssignment"],"extensions":{"code":"X"}}]}`},
		{"data that are null", 200, `{"data":null,"errors":[{"message":"no"}]}`, `{"data":null,"errors":[{"message":"no"}]}`},
		{"no data", 200, `{"errors":[{"message":"no"}]}`, `{"errors":[{"message":"no"}]}`},
		{"data of another type", 200, `{"data":{"renameAssignment":{"id":7}}}`, `{"data":{"renameAssignment":{"id":7}}}`},
		{"another status", 500, `{"errors":[{"message":"no"}]}`, ""},
		{"no GraphQL", 200, `<html>`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s := school(t, tt.status, tt.answer)
			plain := graphql.NewClient(s.URL, nil)
			want, wantErr := ops.RenameAssignment(t.Context(), plain, "7", "42", "A")
			calls := &recorder.Upstreams{}
			client := recorder.Client(plain, calls, "school")
			var got *ops.RenameAssignmentResponse
			var gotErr error
			rec := recordCalling(t, calls, recorder.ExclusiveNone, func(ctx context.Context) {
				got, gotErr = ops.RenameAssignment(ctx, client, "7", "42", "A")
			})
			askHandler(t, rec.rec, "{ a }")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if (wantErr == nil) != (gotErr == nil) || wantErr != nil && wantErr.Error() != gotErr.Error() {
				t.Errorf("error %v, want %v", gotErr, wantErr)
			}
			var status *graphql.HTTPError
			if errors.As(wantErr, &status) != errors.As(gotErr, &status) {
				t.Errorf("error %T, want %T", gotErr, wantErr)
			}
			summary := rec.rec.Summary()
			if tt.recorded == "" {
				if summary.Recorded != 0 || summary.Skipped["call not recorded"].Count != 1 {
					t.Error(summary)
				}
				return
			}
			if summary.Recorded != 1 {
				t.Fatal(summary)
			}
			call := rec.cases(t)[0].Expect.Calls[0]
			want2 := corpus.Call{
				Upstream: "school",
				Request:  corpus.CallRequest{Method: "POST", Path: "/", Document: ops.RenameAssignment_Operation, Variables: corpus.JSON(`{"classId":"7","id":"42","title":"A"}`)},
				Response: corpus.CallResponse{Status: 200, Body: corpus.JSON(tt.recorded)},
			}
			if diff := cmp.Diff(want2, call); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// recordCalling is a recorded service that does something for each operation.
func recordCalling(t *testing.T, calls *recorder.Upstreams, mode recorder.Exclusive, do func(context.Context)) *session {
	t.Helper()
	out := t.TempDir()
	rec, err := recorder.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		do(r.Context())
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":{"a":1}}`)
	}), recorder.Options{Upstreams: calls, Out: out, Exclusive: mode})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rec.Summary() })
	return &session{rec: rec, out: out}
}

func askHandler(t *testing.T, h http.Handler, document string) {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(fmt.Sprintf(`{"query":%q}`, document)))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Errorf("answered with %d: %s", w.Code, w.Body)
	}
}

// Operations side by side have their own calls, by the context; a call without one is
// that of the operation that runs alone, or spoils those that it may belong to.
func TestClientCallsBelongToTheirOperation(t *testing.T) {
	s := school(t, 200, `{"data":{"renameAssignment":null}}`)
	tests := []struct {
		reason   string
		mode     recorder.Exclusive
		lost     bool // the context
		recorded int
	}{
		{"side by side, told by context", recorder.ExclusiveNone, false, 8},
		{"side by side without one", recorder.ExclusiveNone, true, 0},
		{"one at a time without one", recorder.ExclusiveAll, true, 8},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			calls := &recorder.Upstreams{}
			client := recorder.Client(graphql.NewClient(s.URL, nil), calls, "school")
			r := recordCalling(t, calls, tt.mode, func(ctx context.Context) {
				if tt.lost {
					ctx = context.Background()
				}
				for range 3 {
					if _, err := ops.RenameAssignment(ctx, client, "7", "42", "A"); err != nil {
						t.Error(err)
					}
				}
			})
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() { askHandler(t, r.rec, fmt.Sprintf("{ a%d }", i)) })
			}
			all.Wait()
			summary := r.rec.Summary()
			if summary.Recorded != tt.recorded {
				t.Fatal(summary)
			}
			if tt.recorded == 0 {
				return
			}
			for _, c := range r.cases(t) {
				if len(c.Expect.Calls) != 3 {
					t.Errorf("%s has %d calls", c.Name, len(c.Expect.Calls))
				}
			}
		})
	}
}

// What is asked before or after an operation is passed on, and counted.
func TestClientBesideOperations(t *testing.T) {
	s := school(t, 200, `{"data":{"renameAssignment":null}}`)
	calls := &recorder.Upstreams{}
	client := recorder.Client(graphql.NewClient(s.URL, nil), calls, "school")
	r := recordCalling(t, calls, recorder.ExclusiveAll, func(context.Context) {})
	if _, err := ops.RenameAssignment(t.Context(), client, "7", "42", "A"); err != nil {
		t.Error(err)
	}
	askHandler(t, r.rec, "{ a }")
	if got := r.rec.Summary(); got.StrayCalls != 1 || got.Recorded != 1 {
		t.Error(got)
	}
}
