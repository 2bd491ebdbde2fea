package harness

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestParseAt(t *testing.T) {
	now := instant(t, "2026-11-20T14:03:22+01:00")
	for _, tt := range []struct{ reason, text, want string }{
		{"an instant", "2028-02-29T12:00:00+02:00", "2028-02-29T10:00:00Z"},
		{"a date has the time of day of now, in UTC", "2028-02-29", "2028-02-29T13:03:22Z"},
		{"days from now", "+400d", "2027-12-25T13:03:22Z"},
		{"a duration from now", "+1h30m", "2026-11-20T14:33:22Z"},
		{"days and more", "+1d12h", "2026-11-22T01:03:22Z"},
		{"back", "-36h", "2026-11-19T01:03:22Z"},
	} {
		got, err := ParseAt(tt.text, now)
		if err != nil || got.Format(time.RFC3339) != tt.want {
			t.Errorf("%s: ParseAt(%q) = %v, %v; want %s", tt.reason, tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "tomorrow", "400d", "+", "+d", "+-1d", "+1d-2h", "--1h", "2026-02-30", "+99999999d"} {
		if got, err := ParseAt(text, now); err == nil || !strings.Contains(err.Error(), "want an instant such as") {
			t.Errorf("ParseAt(%q) = %v, %v; want an error that says what is read", text, got, err)
		}
	}
}

func TestClockMovesCases(t *testing.T) {
	recorded, now := instant(t, "2026-11-20T14:03:22.184Z"), instant(t, "2027-03-28T01:00:00.9Z")
	due := instant(t, "2026-11-20T23:30:00Z")
	for _, tt := range []struct {
		reason          string
		clock           Clock
		wantDue, wantAt string
		wantTold        string // "" for nothing
	}{
		{"real: all stays", Clock{}, "2026-11-20T23:30:00Z", "2026-11-20T14:03:22.184Z", ""},
		{"real, at another time: all stays, and that time is told", Clock{Mode: RealClock, At: now}, "2026-11-20T23:30:00Z", "2026-11-20T14:03:22.184Z", "2027-03-28T01:00:00.9Z"},
		{"header: all stays, and the time of the recording is told", Clock{Mode: HeaderClock, Obeyed: true}, "2026-11-20T23:30:00Z", "2026-11-20T14:03:22.184Z", "2026-11-20T14:03:22.184Z"},
		{"rebase by the real clock: exactly to now, in whole seconds", Clock{Mode: RebaseClock}, "2027-03-28T10:26:38Z", "2027-03-28T01:00:00.184Z", "2027-03-28T01:00:00.184Z"},
		{"rebase of what obeys: to today, at the same time of day", Clock{Mode: RebaseClock, Obeyed: true}, "2027-03-28T23:30:00Z", "2027-03-28T14:03:22.184Z", "2027-03-28T14:03:22.184Z"},
		{"rebase to another day: that day, at the same time of day", Clock{Mode: RebaseClock, At: instant(t, "2028-02-29T23:59:00+01:00")}, "2028-02-29T23:30:00Z", "2028-02-29T14:03:22.184Z", "2028-02-29T14:03:22.184Z"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			cs := testCase("a/b")
			cs.Recorded.At = recorded
			cs.Fixture.Stores = map[string]corpus.State{"ds": {Entities: []corpus.Entity{{
				Key: corpus.Key{Path: []corpus.PathElement{{Kind: "Task", ID: 1}}}, Properties: map[string]corpus.Value{"due": due},
			}}}}
			got, _ := tt.clock.rebase(&Config{}, cs, now)
			told := ""
			if at := tt.clock.told(got); !at.IsZero() {
				told = at.Format(time.RFC3339Nano)
			}
			have := []string{
				got.State("ds").Entities[0].Properties["due"].(time.Time).Format(time.RFC3339Nano), got.Recorded.At.Format(time.RFC3339Nano), told,
			}
			if diff := cmp.Diff([]string{tt.wantDue, tt.wantAt, tt.wantTold}, have); diff != "" {
				t.Errorf("due, recorded, told (-want +got):\n%s", diff)
			}
			if !cs.Recorded.At.Equal(recorded) {
				t.Error("the case itself was modified")
			}
		})
	}
}

func TestClockWindow(t *testing.T) {
	told, from := instant(t, "2028-02-29T14:00:00Z"), instant(t, "2026-11-20T09:00:00Z")
	to := from.Add(2 * time.Second)
	for _, tt := range []struct {
		reason           string
		clock            Clock
		told             time.Time
		wantFrom, wantTo time.Time
	}{
		{"nothing is told", Clock{}, time.Time{}, from, to},
		{"who obeys knows no other time", Clock{Mode: HeaderClock, Obeyed: true}, told, told, told.Add(2 * time.Second)},
		{"at another time there is no other way than to obey", Clock{Mode: RebaseClock, At: told}, told, told, told.Add(2 * time.Second)},
		{"who may or may not obey has both", Clock{Mode: RebaseClock}, from.Add(-time.Second), from.Add(-time.Second), to},
	} {
		gotFrom, gotTo := tt.clock.window(tt.told, from, to)
		if !gotFrom.Equal(tt.wantFrom) || !gotTo.Equal(tt.wantTo) {
			t.Errorf("%s: %v to %v, want %v to %v", tt.reason, gotFrom, gotTo, tt.wantFrom, tt.wantTo)
		}
	}
}

const dueSDL = `
scalar DateTime
type Query { x: Int }
type Mutation { submit(due: DateTime!): Work }
type Work { late: Boolean! due: DateTime! }
`

// dueServer is an implementation by url that says whether work comes late, by
// the header where it obeys, else by the real clock.
func dueServer(t *testing.T, name string, obeys bool) *Implementation {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var req struct{ Variables struct{ Due time.Time } }
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil || req.Variables.Due.IsZero() {
			_, _ = fmt.Fprint(w, `{"data":{"__typename":"Query"}}`)
			return
		}
		now := time.Now()
		if at, err := time.Parse(time.RFC3339, r.Header.Get(NowHeader)); err == nil && obeys {
			now = at
		}
		due := req.Variables.Due
		_, _ = fmt.Fprintf(w, `{"data":{"submit":{"late":%v,"due":%q}}}`, now.After(due), due.Format(time.RFC3339Nano))
	}))
	t.Cleanup(s.Close)
	return &Implementation{Name: name, URL: s.URL, Endpoint: s.URL, Timeout: 5 * time.Second, ReadyTimeout: 5 * time.Second}
}

func dueCase(name, recorded, due string, late bool) *corpus.Case {
	return &corpus.Case{
		Name: name, Recorded: corpus.Recorded{At: mustTime(recorded), Implementation: "legacy"},
		Request: corpus.Request{
			Operation: corpus.Mutation, Fields: []string{"submit"}, Document: `mutation ($due: DateTime!) { submit(due: $due) { late due } }`,
			Variables: corpus.JSON(fmt.Sprintf(`{"due":%q}`, due)),
		},
		Expect: corpus.Observation{
			HTTP:     corpus.HTTP{Status: 200, Headers: map[string]string{"content-type": "application/json"}},
			Response: corpus.JSON(fmt.Sprintf(`{"data":{"submit":{"late":%v,"due":%q}}}`, late, due)),
		},
	}
}

func mustTime(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err) // the texts are those of this file
	}
	return at
}

// TestRunAtAnyTime replays work that came a minute early, at the last instant and
// a minute late, in every mode.
func TestRunAtAnyTime(t *testing.T) {
	schema, err := normalizers.LoadSchema("schema.graphql", []byte(dueSDL))
	if err != nil {
		t.Fatal(err)
	}
	cases := func() *corpus.Corpus {
		return &corpus.Corpus{SHA256: "0", Cases: []*corpus.Case{
			dueCase("submit/early", "2024-02-29T23:30:00.5Z", "2024-02-29T23:31:00.5Z", false),
			dueCase("submit/exact", "2024-02-29T23:30:00.5Z", "2024-02-29T23:30:00.5Z", false),
			dueCase("submit/late", "2024-02-29T23:30:00.5Z", "2024-02-29T23:29:00.5Z", true),
		}}
	}
	unfaithful := map[string]string{"submit/early": "unfaithful", "submit/exact": "unfaithful", "submit/late": "equivalent"}
	green := map[string]string{"submit/early": "equivalent", "submit/exact": "equivalent", "submit/late": "equivalent"}
	for _, tt := range []struct {
		reason  string
		obeys   bool
		clock   Clock
		at      string
		want    map[string]string
		message string // of what fails
	}{
		{"years later, what was due is over", false, Clock{}, "", unfaithful, "the clock may be why: the case was recorded"},
		{"by the real clock the distance to now is kept, but for the time a request takes", false, Clock{Mode: RebaseClock}, "", map[string]string{
			"submit/early": "equivalent", "submit/exact": "unfaithful", "submit/late": "equivalent",
		}, "legacy does not do what was recorded"},
		{"told, it is kept exactly", true, Clock{Mode: RebaseClock, Obeyed: true}, "", green, ""},
		{"who is told without anybody saying so obeys, too", true, Clock{Mode: RebaseClock}, "", green, ""},
		{"at another time", true, Clock{Mode: RebaseClock, Obeyed: true}, "2031-10-26T00:30:00Z", green, ""},
		{"at the time of the recording", true, Clock{Mode: HeaderClock, Obeyed: true}, "", green, ""},
		{"told another time, with nothing moved", true, Clock{}, "2031-10-26T00:30:00Z", unfaithful, "days before this replay and holds 2 instants (variables.due, for example); clock: {mode: rebase} in replay.yaml moves them"},
		{"a minute before the recording nothing was over", true, Clock{}, "2024-02-29T23:28:59Z", map[string]string{
			"submit/early": "equivalent", "submit/exact": "equivalent", "submit/late": "unfaithful",
		}, "legacy does not do what was recorded"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			c := &Config{
				File: "replay.yaml", Dir: t.TempDir(), Schema: schema, Rules: &normalizers.Rules{}, Clock: tt.clock,
				Legacy: dueServer(t, "legacy", tt.obeys), Candidate: dueServer(t, "candidate", tt.obeys),
			}
			var opts Options
			if tt.at != "" {
				opts.At = instant(t, tt.at)
			}
			r, err := Run(t.Context(), c, cases(), opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, verdicts(r)); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			for _, res := range r.Results {
				if res.Verdict.Fails() && !strings.Contains(res.Message, tt.message) {
					t.Errorf("%s: message %q does not say %q", res.Case, res.Message, tt.message)
				}
				if tt.at != "" && !strings.HasSuffix(res.Reproduce, " --at "+tt.at) {
					t.Errorf("%s is not repeated by %q", res.Case, res.Reproduce)
				}
			}
		})
	}
}

func TestHeaderModeHasItsOwnTime(t *testing.T) {
	c := testConfig(t, "none", "none")
	c.Clock = Clock{Mode: HeaderClock, Obeyed: true}
	_, err := Run(t.Context(), c, testCorpus("a/1"), Options{At: time.Now()})
	if err == nil || !strings.Contains(err.Error(), "say clock: {mode: rebase, now: header}") {
		t.Errorf("Run: %v", err)
	}
}

func TestReportOfUnshifted(t *testing.T) {
	u := func(n int) (list []normalizers.Unshifted) {
		for i := range n {
			list = append(list, normalizers.Unshifted{Place: fmt.Sprintf("response.data.x[%d]", i), Text: "2026-11-20", Why: "a date inside a text"})
		}
		return list
	}
	r := &Report{Summary: map[Verdict]int{Equivalent: 1, Unfaithful: 1}, Results: []Result{
		{Case: "a/green", Unshifted: u(1)},
		{Case: "a/red", Verdict: Unfaithful, Message: "legacy does not do what was recorded", Unshifted: u(5), Reproduce: "replay run"},
	}}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/unshifted.golden", text.String())
}
