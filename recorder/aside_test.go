package recorder

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sidebyside/replay/harness/store"
)

// Where a store cannot tell who asks, an operation beside what may change it is not
// recorded.
func TestAsideChangesAStore(t *testing.T) {
	for _, test := range []struct {
		reason             string
		method, path, body string
		upgrade            string
		before             bool // it begins before the operation
		recorded           int
	}{
		{reason: "a page changes nothing", method: http.MethodGet, path: "/page", recorded: 1},
		{reason: "a form may", method: http.MethodPost, path: "/form"},
		{reason: "it may where it was there first, too", method: http.MethodPost, path: "/form", before: true},
		{reason: "what comes over a connection may", method: http.MethodGet, path: "/graphql", upgrade: "websocket"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			begun, proceed := make(chan struct{}, 2), make(chan struct{})
			legacy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				begun <- struct{}{}
				<-proceed
				answering(`{"data":{}}`).ServeHTTP(w, nil)
			})
			r, err := Handler(legacy, Options{
				Out: t.TempDir(), Stores: map[string]store.Recordable{"db": content{stateOf(t, afterwards)["db"]}},
				Target: &url.URL{Path: "/graphql"},
			})
			if err != nil {
				t.Fatal(err)
			}
			both := []func(){
				func() { ask(t, r, `{"query":"mutation { a }"}`) },
				func() {
					req := httptest.NewRequest(test.method, test.path, strings.NewReader(test.body))
					if test.upgrade != "" {
						req.Header.Set("Upgrade", test.upgrade)
					}
					r.ServeHTTP(httptest.NewRecorder(), req)
				},
			}
			if test.before {
				both[0], both[1] = both[1], both[0]
			}
			ended := make(chan struct{})
			for _, f := range both {
				go func() { f(); ended <- struct{}{} }()
				<-begun
			}
			close(proceed)
			<-ended
			<-ended
			ask(t, r, `{"query":"mutation { later }"}`)
			if got := r.Summary(); got.Recorded != test.recorded+1 {
				t.Error(got)
			}
		})
	}
}

// An answer that comes in parts, to what cannot be known as a subscription before, makes
// nobody wait.
func TestUnknownSubscription(t *testing.T) {
	proceed := make(chan struct{})
	r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if !strings.Contains(string(body), "persistedQuery") {
			answering(`{"data":{}}`).ServeHTTP(w, req)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		<-proceed
	}), Options{Out: t.TempDir(), Stores: map[string]store.Recordable{"db": content{}}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"extensions":{"persistedQuery":{"sha256Hash":"00"}}}`))
		req.Header.Set("Content-Type", "application/json")
		r.ServeHTTP(httptest.NewRecorder(), req)
	}()
	for r.flying.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	ask(t, r, `{"query":"mutation { a }"}`) // it would wait for the timeout, a minute
	close(proceed)
	<-ended
	if got := r.Summary(); got.Recorded != 0 || got.Seen != 2 {
		t.Error(got)
	}
}

// Whatever becomes of the elements of a batch, each is counted once, and legacy is asked
// for those that come after the client went away.
func TestBatchWhoseClientGoesAway(t *testing.T) {
	client, leaves := context.WithCancel(t.Context())
	asked := 0
	r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked++
		leaves()
		answering(`{"data":{}}`).ServeHTTP(w, req)
	}), Options{Out: t.TempDir(), Exclusive: ExclusiveAll})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(client, http.MethodPost, "/graphql",
		strings.NewReader(`[{"query":"mutation{a}"},{"query":"mutation{b}"},{"query":"mutation{c}"}]`))
	req.Header.Set("Content-Type", "application/json")
	r.ServeHTTP(httptest.NewRecorder(), req)
	if got := r.Summary(); asked != 3 || got.Seen != 3 || got.Recorded+total(got) != 3 {
		t.Errorf("asked %d times: %s", asked, got)
	}
}

// total is how many operations were seen and not recorded, or recorded before.
func total(s Summary) int {
	n := s.Unchanged + s.Differences
	for _, skipped := range s.Skipped {
		n += skipped.Count
	}
	for _, left := range s.LeftOut {
		n += left
	}
	return n
}

// Each operation that was seen has one end, also where legacy or the client breaks off.
func TestEachOperationCountsOnce(t *testing.T) {
	n := 0
	r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if strings.Contains(string(body), "broken") {
			panic(http.ErrAbortHandler)
		}
		n++
		answering(`{"data":{"n":`+strings.Repeat("1", n)+`}}`).ServeHTTP(w, req)
	}), Options{Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 { // four answers to one request
		ask(t, r, `{"query":"{ a }"}`)
	}
	send := func(body io.Reader, length int64) {
		defer func() { _ = recover() }() // the answer breaks off
		req := httptest.NewRequest(http.MethodPost, "/graphql", body)
		req.Header.Set("Content-Type", "application/json")
		req.ContentLength = length
		r.ServeHTTP(httptest.NewRecorder(), req)
	}
	const batch = `[{"query":"{b}"},{"query":"{broken}"},{"query":"{c}"},{"query":"nothing"}]`
	send(strings.NewReader(batch), int64(len(batch)))
	send(io.MultiReader(strings.NewReader(`{"query"`), broken{}), 100)
	got := r.Summary()
	if got.Seen != 9 || got.Recorded != 2 || got.Differences != 3 || got.Recorded+total(got) != got.Seen {
		t.Errorf("seen %d: %s", got.Seen, got)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
