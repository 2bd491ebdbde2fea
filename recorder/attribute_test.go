package recorder_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/recorder"
)

// telling is a store that tells operations apart, and lists their marks.
type telling struct {
	store.Recordable
	err   error // of Observe
	mu    sync.Mutex
	marks []recorder.Mark
	ended int
}

func (s *telling) Begin(m recorder.Mark) recorder.Recording {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks = append(s.marks, m)
	return told{s}
}

type told struct{ s *telling }

func (told) Answered(context.Context) {}

func (t told) Observe(context.Context) (store.Observed, error) { return store.Observed{}, t.s.err }

func (told) Fixture(context.Context, store.FixtureOptions) (corpus.State, error) {
	return corpus.State{}, nil
}

func (told) Marked() (calls, marked int) { return 1, 1 }

func (t told) End() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.s.ended++
}

const oneTask = `{"query":"{ task(board: 1, id: 1) { id } }"}`

// hears is a legacy that keeps the headers of what it is asked.
type hears struct {
	mu      sync.Mutex
	headers []http.Header
	wait    func(body string)
}

func (h *hears) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	h.mu.Lock()
	h.headers = append(h.headers, req.Header.Clone())
	h.mu.Unlock()
	if h.wait != nil {
		h.wait(req.Header.Get("x-name"))
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"data":{}}`))
}

func TestTraceparent(t *testing.T) {
	const trace = "0af7651916cd43dd8448eb211c80319c"
	for _, test := range []struct {
		name, sent string
		want       string // trace id of the mark; "" for none, "new" for one of the recorder
	}{
		{"a request without one gets one", "", "new"},
		{"that of the client stays", "00-" + trace + "-b7ad6b7169203331-01", trace},
		{"one of a later version, too", "cc-" + trace + "-b7ad6b7169203331-01-more", trace},
		{"what is none stays, and says nothing", "nonsense", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, legacy := &telling{}, &hears{}
			r := recordBefore(t, legacy, map[string]store.Recordable{"datastore": s}, nil)
			var headers []string
			if test.sent != "" {
				headers = []string{"traceparent", test.sent}
			}
			send(t, http.MethodPost, r.url, "application/json", oneTask, headers...)
			r.rec.Summary()
			got, mark := legacy.headers[0].Get("traceparent"), s.marks[0]
			if test.want == "new" && (mark.Trace == "" || !strings.HasPrefix(got, "00-"+mark.Trace+"-") || !strings.HasSuffix(got, "-00")) {
				t.Errorf("legacy got %q, the store %q", got, mark.Trace)
			}
			if test.want != "new" && (got != test.sent || mark.Trace != test.want) {
				t.Errorf("legacy got %q instead of %q, the store %q instead of %q", got, test.sent, mark.Trace, test.want)
			}
			if !mark.Sole || s.ended != 1 {
				t.Errorf("sole %v, ended %d times", mark.Sole, s.ended)
			}
		})
	}
}

func TestNoTraceparentForStoresThatDoNotRead(t *testing.T) {
	legacy := &hears{}
	r := recordBefore(t, legacy, map[string]store.Recordable{"datastore": openStore(t)}, nil)
	send(t, http.MethodPost, r.url, "application/json", oneTask)
	if got := legacy.headers[0].Get("traceparent"); got != "" {
		t.Errorf("legacy got %q", got)
	}
}

func TestCountsWhatAStoreCannotTell(t *testing.T) {
	s := &telling{err: &recorder.Unrecorded{Reason: "call of nobody", Detail: "Lookup"}}
	r := recordBefore(t, &hears{}, map[string]store.Recordable{"datastore": s}, nil)
	send(t, http.MethodPost, r.url, "application/json", oneTask)
	if got := r.rec.Summary().Skipped["call of nobody"]; got.Count != 1 || got.Examples[0] != "Lookup" {
		t.Errorf("counted %+v", got)
	}
}

func TestSideBySideNeedsAttribution(t *testing.T) {
	r := record(t, seed(), nil)
	r.options.Exclusive = recorder.ExclusiveNone
	if _, err := recorder.New(r.options); err == nil || !strings.Contains(err.Error(), "cannot tell operations apart") {
		t.Errorf("got %v", err)
	}
}

// Two queries wait for each other inside legacy; a mutation finds itself alone.
func TestQueriesBesideMutationsAlone(t *testing.T) {
	var mu sync.Mutex
	var inside, most int
	met := make(chan struct{})
	legacy := &hears{wait: func(name string) {
		mu.Lock()
		if inside++; name == "query" && inside == 2 {
			close(met)
		}
		most = max(most, inside)
		alone := inside
		mu.Unlock()
		if name == "query" {
			<-met
		} else if alone != 1 {
			t.Error("a mutation is not alone")
		}
		mu.Lock()
		inside--
		mu.Unlock()
	}}
	r := recordBefore(t, legacy, map[string]store.Recordable{"datastore": &telling{}}, func(o *recorder.Options) {
		o.Exclusive = recorder.ExclusiveMutations
	})
	both := func(name, body string) {
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				if _, err := try(t, http.MethodPost, r.url, "application/json", body, "x-name", name); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	both("query", oneTask)
	both("mutation", `{"query":"mutation { remove(board: 1, id: 1) }"}`)
	if most != 2 {
		t.Errorf("at most %d operations were in flight", most)
	}
}
