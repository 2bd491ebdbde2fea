package datastoreproxy_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/recorder"
	"github.com/sidebyside/replay/recorder/datastoreproxy"
)

// session is what became of the operations that many clients sent.
type session struct {
	recorder.Summary
	cases           []*corpus.Case
	legacy          *legacy
	sent, mutations int
}

// ways are those in which a Datastore tells operations apart.
var ways = map[string]func(*testing.T) recorder.Attributor{
	"proxy":   func(t *testing.T) recorder.Attributor { return startProxy(t, openStore(t, school()).URL()) },
	"watched": func(t *testing.T) recorder.Attributor { return datastoreproxy.Watch(openStore(t, school())) },
}

// eachWay runs a test with each of them.
func eachWay(t *testing.T, run func(*testing.T, recorder.Attributor)) {
	t.Helper()
	for name, open := range ways {
		t.Run(name, func(t *testing.T) { run(t, open(t)) })
	}
}

// record sends operations of many clients through a recorder before legacy.
func record(t *testing.T, behind recorder.Attributor, mode recorder.Exclusive, clients, each int, change func(*legacy)) session {
	t.Helper()
	l := newLegacy(t, behind.URL())
	change(l)
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	to, err := url.Parse(server.URL + "/graphql")
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	rec, err := recorder.New(recorder.Options{
		Target: to, Stores: map[string]store.Recordable{"datastore": behind}, Out: out, Guards: 2, Follow: 1, Exclusive: mode,
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(rec)
	t.Cleanup(front.Close)
	sent, mutations := sendAll(t, front.URL+"/graphql", clients, each)
	summary := rec.Summary() // waits for what is still to be written
	c, err := corpus.Load(os.DirFS(out))
	if err != nil {
		t.Fatal(err)
	}
	return session{summary, c.Cases, l, sent, mutations}
}

// sendAll has clients send operations side by side, on few entities: each so many,
// or as many as go into REPLAY_LOAD (1m, say).
func sendAll(t *testing.T, to string, clients, each int) (sent, mutations int) {
	t.Helper()
	var end time.Time
	if text := os.Getenv("REPLAY_LOAD"); text != "" {
		length, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal("REPLAY_LOAD: ", err)
		}
		end = time.Now().Add(length)
	}
	var all, writes atomic.Int64
	fields := []string{"task", "list", "bump", "set", "drop", "add", "bump"}
	var group sync.WaitGroup
	for c := range clients {
		group.Go(func() {
			for i := 0; i < each || time.Now().Before(end); i++ {
				n := c + i*clients
				all.Add(1)
				if field := fields[n%len(fields)]; field != "task" && field != "list" {
					writes.Add(1)
				}
				post(t, to, fields[n%len(fields)], map[string]int64{
					"class": int64(n%3) + 1, "id": int64(n%5) + 1, "by": int64(n % 7), "n": int64(n),
				})
			}
		})
	}
	group.Wait()
	return int(all.Load()), int(writes.Load())
}

func post(t *testing.T, to, field string, variables map[string]int64) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": documents[field], "variables": variables})
	if err != nil {
		t.Error(err)
		return ""
	}
	resp, err := http.Post(to, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %d %v: %s", field, resp.StatusCode, err, text)
	}
	return string(text)
}

// wantFaithful replays each case on a store that holds its fixture alone.
func wantFaithful(t *testing.T, cases []*corpus.Case) {
	t.Helper()
	fresh := openStore(t, corpus.State{})
	again := httptest.NewServer(newLegacy(t, fresh.URL()))
	t.Cleanup(again.Close)
	for _, c := range cases {
		if diff := cmp.Diff(masked(t, c), masked(t, replayed(t, c, fresh, again.URL))); diff != "" {
			t.Errorf("%s is not faithful: recorded (-), replayed (+):\n%s\n%+v", c.Name, diff, c.State("datastore"))
		}
	}
}

func replayed(t *testing.T, c *corpus.Case, s *datastore.Store, to string) *corpus.Case {
	t.Helper()
	if err := s.Seed(t.Context(), c.State("datastore")); err != nil {
		t.Fatal(err)
	}
	var variables map[string]int64
	if err := json.Unmarshal(c.Request.Variables, &variables); err != nil {
		t.Fatal(err)
	}
	answer := post(t, to, c.Request.Fields[0], variables)
	seen, err := s.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := *c
	if out.Expect.Response, err = corpus.ParseJSON([]byte(answer)); err != nil {
		t.Fatal(err)
	}
	out.Expect.Effects = nil
	if len(seen.Effects) > 0 {
		out.Expect.Effects = map[string][]corpus.Effect{"datastore": seen.Effects}
	}
	return &out
}

// masked is the text of a case without the ids that the store gave out.
func masked(t *testing.T, c *corpus.Case) string {
	t.Helper()
	text, err := corpus.Format(c)
	if err != nil {
		t.Fatal(err)
	}
	out := string(text)
	for _, e := range c.Expect.Effects["datastore"] {
		if id := e.Key.Path[len(e.Key.Path)-1].ID; e.Op == corpus.Insert && id > 1000 {
			out = strings.ReplaceAll(out, strconv.FormatInt(id, 10), "<id>")
		}
	}
	return out
}

// wantAll says that nothing got lost.
func wantAll(t *testing.T, s session) {
	t.Helper()
	n := s.Recorded + s.Unchanged
	for _, skipped := range s.Skipped {
		n += skipped.Count
	}
	if n != s.sent || len(s.Differing) > 0 {
		t.Errorf("%d of %d operations are accounted for:\n%s", n, s.sent, s.Summary)
	}
	t.Log(s.Summary)
}

func TestTracedSideBySide(t *testing.T) { eachWay(t, tracedSideBySide) }

func tracedSideBySide(t *testing.T, behind recorder.Attributor) {
	s := record(t, behind, recorder.ExclusiveNone, 64, 8, func(*legacy) {})
	wantAll(t, s)
	// As many operations as go into a minute are more than can be written in it.
	if len(s.cases) == 0 || len(s.cases) < s.sent/2 && os.Getenv("REPLAY_LOAD") == "" {
		t.Errorf("only %d cases are recorded", len(s.cases))
	}
	for reason := range s.Skipped {
		if strings.Contains(reason, "trace") {
			t.Errorf("a call was not attributed: %s", reason)
		}
	}
	wantFaithful(t, s.cases)
}

func TestBrokenTracesAreNotRecorded(t *testing.T) { eachWay(t, brokenTraces) }

func brokenTraces(t *testing.T, behind recorder.Attributor) {
	breaks := func(n int64) bool { return n%10 == 3 }
	s := record(t, behind, recorder.ExclusiveNone, 8, 20, func(l *legacy) { l.breaks = breaks })
	wantAll(t, s)
	for _, c := range s.cases {
		if breaks(number(t, c)) {
			t.Errorf("%s is recorded, although a call of it had no trace", c.Name)
		}
	}
	n, broken := s.Skipped["store call without the operation's trace"].Count, s.legacy.broken
	if broken < s.sent/11 || n < broken {
		t.Errorf("%d operations of %d broke their trace, %d were counted", broken, s.sent, n)
	}
	wantFaithful(t, s.cases)
}

func TestExclusive(t *testing.T) {
	for _, mode := range []recorder.Exclusive{recorder.ExclusiveAll, recorder.ExclusiveMutations} {
		t.Run(mode.String(), func(t *testing.T) {
			eachWay(t, func(t *testing.T, behind recorder.Attributor) {
				s := record(t, behind, mode, 64, 2, func(l *legacy) { l.untraced = true })
				wantAll(t, s)
				mutations := 0
				for _, c := range s.cases {
					if c.Request.Operation == corpus.Mutation {
						mutations++
					}
				}
				full := s.Skipped["queue is full"].Count // 0 but for a load of minutes
				if mode == recorder.ExclusiveAll && len(s.cases)+full != s.sent || mutations+full < s.mutations || full > 0 && os.Getenv("REPLAY_LOAD") == "" {
					t.Errorf("%d cases, %d of them mutations, of %d: %s", len(s.cases), mutations, s.mutations, s.Summary)
				}
				wantFaithful(t, s.cases)
			})
		})
	}
}

func number(t *testing.T, c *corpus.Case) int64 {
	t.Helper()
	var v struct{ N int64 }
	if err := json.Unmarshal(c.Request.Variables, &v); err != nil {
		t.Fatal(err)
	}
	return v.N
}
