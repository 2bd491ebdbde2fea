package recorder

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/sidebyside/replay/corpus"
)

func TestSelection(t *testing.T) {
	const query, mutation = `{"query":"{ a }"}`, `{"query":"mutation { a }"}`
	const low, high = "00-00000000000000000000000000000001-b7ad6b7169203331-01", "00-000000000000000000ffffffffffffff-b7ad6b7169203331-01"
	tests := []struct {
		reason, body, trace string
		selection           Selection
		chance              float64
		want                string // how it was left out
	}{
		{"all are recorded by default", query, "", Selection{}, 0.99, ""},
		{"the type that is wanted", mutation, "", Selection{Only: corpus.Mutation}, 0, ""},
		{"the other type", query, "", Selection{Only: corpus.Mutation}, 0, leftOutOnly},
		{"chance falls below the share", query, "", Selection{Sample: 0.5}, 0.49, ""},
		{"chance falls above the share", query, "", Selection{Sample: 0.5}, 0.5, leftOutSample},
		{"a trace counts, not chance", query, low, Selection{Sample: 0.5}, 0.99, ""},
		{"a trace beyond the share", query, high, Selection{Sample: 0.5}, 0, leftOutSample},
		{"the whole is everything", query, high, Selection{Sample: 1}, 0.99, ""},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			r, _ := within(t, func(o *Options) { o.Select = tt.selection })
			r.selector.chance = func() float64 { return tt.chance }
			ask(t, r, tt.body, "Traceparent", tt.trace)
			got := r.Summary()
			if left := 1 - got.Recorded; left != got.LeftOut[tt.want] || (tt.want == "") != (left == 0) || len(got.Skipped) > 0 {
				t.Error(got)
			}
		})
	}
}

// Of a second no more is recorded than asked for, and the rest is counted.
func TestRate(t *testing.T) {
	r, ask := within(t, func(o *Options) { o.Select.Rate = 2 })
	r.selector.bucket = rate.NewLimiter(0, 2) // a second that does not end
	for i := range 5 {
		ask(i)
	}
	if got := r.Summary(); got.Recorded != 2 || got.LeftOut[leftOutRate] != 3 {
		t.Error(got)
	}
}

func TestSampleIsTheShare(t *testing.T) {
	s := newSelector(Selection{Sample: 0.1})
	n, h := 0, http.Header{}
	for range 20_000 {
		if s.sampled(h) {
			n++
		}
	}
	if n < 1700 || n > 2300 { // 7 standard deviations
		t.Errorf("%d of 20000 are sampled", n)
	}
}

func TestSelectionRefuses(t *testing.T) {
	for want, s := range map[string]Selection{
		`new recorder: cannot record only "subscription": choose query or mutation`:   {Only: "subscription"},
		"new recorder: a sample of 1.5 is no share: it lies above 0 and is at most 1": {Sample: 1.5},
		"new recorder: -1 cases per second are no rate":                               {Rate: -1},
	} {
		if err := s.check(); err == nil || err.Error() != want {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

// Operations that are left out run side by side, though what is recorded runs alone.
func TestLeftOutDoesNotWait(t *testing.T) {
	const clients = 8
	inside, proceed := make(chan struct{}), make(chan struct{})
	r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("X-Meet") != "" {
			inside <- struct{}{}
			<-proceed
		}
		answering(`{"data":{}}`).ServeHTTP(w, req)
	}), Options{Out: t.TempDir(), Exclusive: ExclusiveAll, Select: Selection{Only: corpus.Mutation}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	for range clients {
		go func() { ask(t, r, `{"query":"{ a }"}`, "X-Meet", "1"); done <- struct{}{} }()
	}
	for range clients {
		<-inside // all of them at once
	}
	go func() { ask(t, r, `{"query":"mutation { a }"}`); done <- struct{}{} }()
	for waiting := 0; waiting == 0; time.Sleep(time.Millisecond) {
		r.turn.mu.Lock()
		waiting = len(r.turn.waiting) // the mutation must be alone
		r.turn.mu.Unlock()
	}
	close(proceed)
	for range clients + 1 {
		<-done
	}
	if got := r.Summary(); got.Recorded != 1 || got.LeftOut[leftOutOnly] != clients {
		t.Error(got)
	}
}

// A batch of which nothing is recorded is passed on whole; one of which something is
// is taken apart, and the rest of it left out.
func TestSelectionOfBatches(t *testing.T) {
	var bodies []string
	r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		bodies = append(bodies, string(body))
		answering(`{"data":{}}`).ServeHTTP(w, req)
	}), Options{Out: t.TempDir(), Exclusive: ExclusiveAll, Select: Selection{Only: corpus.Mutation}})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, r, ` [{"query":"{ a }"} ,{"query":"{"}]`)
	ask(t, r, ` [{"query":"{ a }"} ,{"query":"mutation { b }"}]`)
	want := []string{` [{"query":"{ a }"} ,{"query":"{"}]`, `{"query":"{ a }"}`, `{"query":"mutation { b }"}`}
	if fmt.Sprint(bodies) != fmt.Sprint(want) {
		t.Errorf("legacy got %q", bodies)
	}
	if got := r.Summary(); got.Seen != 4 || got.Recorded != 1 || got.LeftOut[leftOutOnly] != 2 || got.Skipped["operation does not parse"].Count != 1 {
		t.Error(got)
	}
}
