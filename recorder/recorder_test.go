package recorder_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/recorder"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// session is a recorder before a legacy over a seeded store.
type session struct {
	url     string // of the recorder's endpoint
	legacy  string // of legacy's own endpoint
	out     string
	rec     *recorder.Recorder
	options recorder.Options
}

func record(t *testing.T, seed corpus.State, change func(*recorder.Options)) *session {
	t.Helper()
	stores := openStore(t)
	if err := stores.Seed(t.Context(), seed); err != nil {
		t.Fatal(err)
	}
	return recordBefore(t, newBoard(t, stores), map[string]store.Recordable{"datastore": stores}, change)
}

func recordBefore(t *testing.T, legacy http.Handler, stores map[string]store.Recordable, change func(*recorder.Options)) *session {
	t.Helper()
	server := httptest.NewServer(legacy)
	t.Cleanup(server.Close)
	return before(t, server.URL+"/graphql", func(o *recorder.Options) {
		o.Stores = stores
		if change != nil {
			change(o)
		}
	})
}

// before starts a recorder before a legacy that is there.
func before(t *testing.T, legacy string, change func(*recorder.Options)) *session {
	t.Helper()
	target, err := url.Parse(legacy)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 14, 3, 22, 184_500_000, time.FixedZone("CET", 3600))
	o := recorder.Options{
		Target: target, Out: filepath.Join(t.TempDir(), "corpus"),
		Guards: 3, Follow: 1, Implementation: "legacy", Revision: "3f2c9d1",
		Now: func() time.Time { return at },
	}
	if change != nil {
		change(&o)
	}
	rec, err := recorder.New(o)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(rec)
	t.Cleanup(func() { proxy.Close(); rec.Summary() }) // nothing is written any more
	return &session{url: proxy.URL + "/graphql", legacy: legacy, out: o.Out, rec: rec, options: o}
}

// seed is two boards; points rise with the id.
func seed() corpus.State {
	var s corpus.State
	for board := int64(1); board <= 2; board++ {
		for id := int64(1); id <= 5; id++ {
			s.Entities = append(s.Entities, corpus.Entity{
				Key: taskKey(board, id),
				Properties: map[string]corpus.Value{
					"Title": fmt.Sprintf("task %d", id), "Points": 10 * id, "Done": id%2 == 0, "Note": "long",
					"Owner": userKey([]string{"ann", "bob"}[id%2]),
				},
				Unindexed: []string{"Note"},
			})
		}
	}
	s.Entities = append(s.Entities, corpus.Entity{Key: userKey("ann"), Properties: map[string]corpus.Value{"Name": "Ann"}})
	return s
}

func taskKey(board, id int64) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: "Board", ID: board}, {Kind: "Task", ID: id}}}
}

func userKey(name string) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: name}}}
}

type reply struct {
	Status int
	Header http.Header
	Body   string
}

func send(t *testing.T, method, to, contentType, body string, headers ...string) reply {
	t.Helper()
	got, err := try(t, method, to, contentType, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func try(t *testing.T, method, to, contentType, body string, headers ...string) (reply, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, to, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	resp.Header.Del("Date")
	return reply{resp.StatusCode, resp.Header, string(data)}, err
}

func post(t *testing.T, to, body string, headers ...string) reply {
	t.Helper()
	return send(t, http.MethodPost, to, "application/json", body, headers...)
}

// cases reads what was recorded, through the front door.
func (s *session) cases(t *testing.T) []*corpus.Case {
	t.Helper()
	s.rec.Summary() // waits for the case in flight
	c, err := corpus.Open(s.out)
	if err != nil {
		t.Fatal(err)
	}
	return c.Cases
}

func TestGoldenCases(t *testing.T) {
	tests := []struct{ name, body string }{
		{"lookup", `{"query":"query One($b: Int!) { task(board: $b, id: 3) { id title owner } }","operationName":"One","variables":{"b":1}}`},
		{"absent", `{"query":"{ task(board: 1, id: 77) { id } }"}`},
		{"limit", `{"query":"{\n  # the highest two\n  best: tasks(board: 2, order: -1, limit: 2) { id points }\n}\n"}`},
		{"add", `{"query":"mutation { add(board: 1, points: 7) { points } }","variables":null,"extensions":{"trace": 1.0}}`},
		{"update", `{"query":"mutation { setPoints(board: 1, id: 2, points: 21) { id points } }","variables":{"unused": 1.0, "big": 9223372036854775808}}`},
		{"remove", `{"query":"mutation { remove(board: 1, id: 2) }"}`},
		{"refused", `{"query":"mutation { claim(board: 1, id: 2) { id } }"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := record(t, seed(), func(o *recorder.Options) { o.KeepHeaders = []string{"X-User"} })
			post(t, s.url, test.body, "X-User", "user-17", "Authorization", "Bearer secret")
			if got := s.cases(t); len(got) != 1 {
				t.Fatalf("want 1 case, got %d; %s", len(got), s.rec.Summary())
			}
			files, err := filepath.Glob(filepath.Join(s.out, "*", "*.yaml"))
			if err != nil || len(files) != 1 {
				t.Fatalf("files %v, error %v", files, err)
			}
			data, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			rel, _ := filepath.Rel(s.out, files[0])
			golden(t, test.name+".yaml", []byte("# "+filepath.ToSlash(rel)+"\n"+string(data)))
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// Whatever is sent, the client gets what legacy would have answered.
func TestAnswersPassThrough(t *testing.T) {
	const one = `{"query":"{ task(board: 1, id: 3) { title } }"}`
	tests := []struct {
		reason                          string
		method, path, contentType, body string
		headers                         []string
	}{
		{"an operation", "POST", "", "application/json", one, nil},
		{"another media type", "POST", "", "application/json; charset=utf-8", one, []string{"Accept", "application/graphql-response+json"}},
		{"compression is not asked for", "POST", "", "application/json", one, []string{"Accept-Encoding", "gzip"}},
		{"a query in the URL", "GET", "?query=%7Bcount%7D&variables=%7B%7D", "", "", nil},
		{"a page for people", "GET", "", "", "", []string{"Accept", "text/html"}},
		{"a batch", "POST", "", "application/json", "[" + one + ", " + one + "]", nil},
		{"errors of the request", "POST", "", "application/json", `{"query":"{ nothing }"}`, nil},
		{"a document that does not parse", "POST", "", "application/json", `{"query":"{"}`, nil},
		{"no JSON", "POST", "", "application/json", `{`, nil},
		{"an unknown content type", "POST", "", "text/csv", "a,b", nil},
		{"no content type", "POST", "", "", "a,b", nil},
		{"another path", "GET", "/../healthz", "", "", nil},
		{"a preflight", "OPTIONS", "", "", "", nil},
	}
	for _, test := range tests {
		s := record(t, seed(), nil)
		want := send(t, test.method, s.legacy+test.path, test.contentType, test.body, test.headers...)
		got := send(t, test.method, s.url+test.path, test.contentType, test.body, test.headers...)
		if strings.HasPrefix(test.body, "[") {
			// Joined from single answers: the same JSON, though not the same white space.
			want.Body, got.Body = compact(t, want.Body), compact(t, got.Body)
			want.Header.Del("Content-Length")
			got.Header.Del("Content-Length")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", test.reason, diff)
		}
	}
}

func compact(t *testing.T, text string) string {
	t.Helper()
	j, err := corpus.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return j.String()
}

func TestEachElementOfABatchIsACase(t *testing.T) {
	s := record(t, seed(), nil)
	post(t, s.url, `[
		{"query":"mutation { setPoints(board: 1, id: 2, points: 21) { id } }"},
		{"query":"{ task(board: 1, id: 2) { points } }"},
		{"query":"{"},
		{"query":"mutation { remove(board: 1, id: 1) }"}
	]`)
	var got []string
	for _, c := range s.cases(t) {
		got = append(got, fmt.Sprintf("%s: %d entities, %d effects", c.Request.Fields[0], len(c.State("datastore").Entities), len(c.Expect.Effects["datastore"])))
	}
	want := []string{"remove: 6 entities, 1 effects", "setPoints: 2 entities, 1 effects", "task: 2 entities, 0 effects"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSameCaseAgain(t *testing.T) {
	s := record(t, seed(), nil)
	for range 3 {
		post(t, s.url, `{"query":"{ task(board: 1, id: 3) { id } }"}`)
		post(t, s.url, `{"query":"mutation { add(board: 1, points: 7) { id points } }"}`)
	}
	if n := len(s.cases(t)); n != 2 {
		t.Errorf("want 2 cases, got %d", n)
	}
	if diff := cmp.Diff(recorder.Summary{Seen: 6, Recorded: 2, Unchanged: 4}, s.rec.Summary()); diff != "" {
		t.Error(diff)
	}
}

func TestLegacyThatAnswersDifferently(t *testing.T) {
	n := 0
	s := recordBefore(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n++
		_, _ = fmt.Fprintf(w, `{"data":{"roll":%d}}`, n)
	}), nil, nil)
	post(t, s.url, `{"query":"{ roll }"}`)
	post(t, s.url, `{"query":"{ roll }"}`)
	cases := s.cases(t)
	want := recorder.Summary{Seen: 2, Recorded: 1, Differences: 1, Differing: []string{cases[0].Name}}
	if diff := cmp.Diff(want, s.rec.Summary()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(`{"data":{"roll":1}}`, cases[0].Expect.Response.String()); diff != "" {
		t.Errorf("the first recording is kept:\n%s", diff)
	}
}

func TestSummary(t *testing.T) {
	s := record(t, seed(), func(o *recorder.Options) { o.MaxBody = 4000 })
	post(t, s.url, `{"query":"{ count }"}`)
	post(t, s.url, `{"query":"{ count }"}`)
	post(t, s.url, `{"query":"{ count"}`)
	post(t, s.url, `{"query":"subscription S { ticks }","operationName":"S"}`)
	post(t, s.url, `{"query":7}`)
	post(t, s.url, `nonsense`)
	post(t, s.url, `7`)
	post(t, s.url, `[]`)
	post(t, s.url, `{}`)
	post(t, s.url, `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}`)
	post(t, s.url, `{"query":"{ count }","variables":"`+strings.Repeat("x", 5000)+`"}`)
	send(t, "POST", s.url, "multipart/form-data; boundary=x", "--x--")
	send(t, "POST", s.url, "text/csv", "a,b")
	send(t, "GET", s.url+"?query="+url.QueryEscape("mutation { remove(board: 1, id: 1) }"), "", "")
	send(t, "GET", s.url+"?query={count}&variables=7x", "", "")
	_, err := try(t, "POST", s.url, "application/json", `{"query":"mutation { crash }"}`)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.txt", []byte(s.rec.Summary().String()))
}

func TestWhatCannotBeWrittenIsAnsweredAllTheSame(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := record(t, seed(), func(o *recorder.Options) { o.Out = file })
	if got := post(t, s.url, `{"query":"{ count }"}`); got.Status != http.StatusOK {
		t.Errorf("got %v", got)
	}
	if got := s.rec.Summary(); got.Recorded != 0 || got.Skipped["case not written"].Count != 1 {
		t.Errorf("got %v", got)
	}
}

// faulty is a store that fails at one step.
type faulty struct {
	store.Recordable
	at string
}

// momentary is one that holds on to what it saw; its moments fail.
type momentary struct{ faulty }

func (m momentary) Moment(context.Context) (store.Moment, error) { return moment(m), nil }

type moment struct{ faulty }

func (m moment) Observed() (store.Observed, error) { return m.Observe(context.Background()) }

func (m moment) Fixture(o store.FixtureOptions) (corpus.State, error) {
	return m.faulty.Fixture(context.Background(), o)
}

var errFaulty = errors.New("out of order")

func (f faulty) Continue(ctx context.Context) error {
	if f.at == "continue" {
		return errFaulty
	}
	return f.Recordable.Continue(ctx)
}

func (f faulty) Observe(ctx context.Context) (store.Observed, error) {
	if f.at == "observe" {
		return store.Observed{}, errFaulty
	}
	return f.Recordable.Observe(ctx)
}

func (f faulty) Fixture(ctx context.Context, o store.FixtureOptions) (corpus.State, error) {
	switch f.at {
	case "fixture":
		return corpus.State{}, errFaulty
	case "panic":
		panic(errFaulty)
	}
	return f.Recordable.Fixture(ctx, o)
}

func TestAStoreThatFailsCostsARecordingOnly(t *testing.T) {
	for _, at := range []string{"continue", "observe", "fixture", "panic"} {
		stores := openStore(t)
		for kind, f := range map[string]store.Recordable{"plain": faulty{stores, at}, "momentary": momentary{faulty{stores, at}}} {
			s := recordBefore(t, newBoard(t, stores), map[string]store.Recordable{"datastore": f}, nil)
			if got := post(t, s.url, `{"query":"{ count }"}`); compact(t, got.Body) != `{"data":{"count":0}}` {
				t.Errorf("%s, %s: got %v", kind, at, got)
			}
			if got := s.rec.Summary(); got.Recorded != 0 || len(got.Skipped) != 1 {
				t.Errorf("%s, %s: got %v", kind, at, got)
			}
		}
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	s := recordBefore(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"data":`))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}), nil, nil)
	got, err := try(t, "POST", s.url, "application/json", `{"query":"{ count }"}`)
	if !errors.Is(err, io.ErrUnexpectedEOF) || got.Body != `{"data":` {
		t.Errorf("the client must see that the answer broke off, got %v, %v", got, err)
	}
	if got := s.rec.Summary(); got.Skipped["answer broke off"].Count != 1 {
		t.Errorf("got %v", got)
	}
}

func TestOneOperationAtATime(t *testing.T) {
	for _, tt := range []struct {
		name   string
		why    string
		stores map[string]store.Recordable
		change func(*recorder.Options)
		beside bool // operations reach legacy side by side

		patience time.Duration // of legacy, which waits so long for one beside another
	}{
		{"auto", "nothing but its time tells which operation called the store", map[string]store.Recordable{"datastore": openStore(t)}, nil, false, 5 * time.Millisecond},
		{"all", "it is asked for", nil, func(o *recorder.Options) { o.Exclusive = recorder.ExclusiveAll }, false, 5 * time.Millisecond},
		{"auto, without stores", "there is nothing to tell apart", nil, nil, true, 5 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const operations = 16
			var running, beside atomic.Int64
			s := recordBefore(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				defer running.Add(-1)
				if running.Add(1) > 1 {
					beside.Add(1)
				}
				for until := time.Now().Add(tt.patience); beside.Load() == 0 && time.Now().Before(until); {
					time.Sleep(time.Millisecond) // another one has the time to come
				}
				_, _ = w.Write([]byte(`{"data":{}}`))
			}), tt.stores, tt.change)
			replies := make(chan reply)
			for i := range operations {
				go func() { replies <- post(t, s.url, fmt.Sprintf(`{"query":"{ a%d }"}`, i)) }()
			}
			for range operations {
				if got := <-replies; got.Body != `{"data":{}}` {
					t.Error(got.Body)
				}
			}
			if got := beside.Load() > 0; got != tt.beside {
				t.Errorf("side by side: %v, want %v: %s", got, tt.beside, tt.why)
			}
			if got := len(s.cases(t)); got != operations {
				t.Errorf("want %d cases, got %d", operations, got)
			}
		})
	}
}

func TestLongAnswersStream(t *testing.T) {
	proceed := make(chan struct{})
	s := recordBefore(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("data: 1\n\n"))
		w.(http.Flusher).Flush()
		<-proceed
		_, _ = w.Write([]byte("data: 2\n\n"))
	}), nil, nil)
	for _, body := range []string{`{"query":"subscription { ticks }"}`, `{"query":"{ ticks }"}`} {
		resp, err := http.Post(s.url, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, len("data: 1\n\n"))
		if _, err := io.ReadFull(resp.Body, first); err != nil {
			t.Fatal(err)
		}
		proceed <- struct{}{}
		rest, err := io.ReadAll(resp.Body)
		if err != nil || string(rest) != "data: 2\n\n" {
			t.Errorf("got %q, %v", rest, err)
		}
		_ = resp.Body.Close()
	}
}

func TestNewRefuses(t *testing.T) {
	target := &url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: "/graphql"}
	for want, o := range map[string]recorder.Options{
		"new recorder: no target: give the URL of legacy's GraphQL endpoint": {Out: "x"},
		"new recorder: no directory to write cases to":                       {Target: target},
		"new recorder: guards -1 and follow 0 must not be negative":          {Target: target, Out: "x", Guards: -1},
	} {
		_, err := recorder.New(o)
		if err == nil || err.Error() != want {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

func TestUnreachableLegacy(t *testing.T) {
	s := recordBefore(t, http.NotFoundHandler(), nil, func(o *recorder.Options) {
		o.Target = &url.URL{Scheme: "http", Host: "127.0.0.1:1", Path: "/graphql"}
	})
	for _, path := range []string{"", "/../healthz"} {
		if got := post(t, s.url+path, `{"query":"{ count }"}`); got.Status != http.StatusBadGateway || !strings.HasPrefix(got.Body, "recorder: legacy gave no answer: ") {
			t.Errorf("got %v", got)
		}
	}
	if got := s.rec.Summary(); got.Skipped["no answer"].Count != 1 {
		t.Errorf("got %v", got)
	}
}

func TestNoSecretReachesDisk(t *testing.T) {
	s := record(t, seed(), nil)
	post(t, s.url, `{"query":"{ count }"}`, "Authorization", "Bearer hunter2", "Cookie", "session=hunter2")
	for _, c := range s.cases(t) {
		text, err := corpus.Format(c)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("hunter2")) {
			t.Errorf("a header that nobody asked to keep was written:\n%s", text)
		}
	}
}
