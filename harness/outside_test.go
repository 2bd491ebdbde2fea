package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/graphql-go/graphql"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
	"github.com/sidebyside/replay/recorder"
)

// caller is an implementation that calls two upstreams, as its mode says.
type caller struct{ mode string }

func (c caller) graphql(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	users, mail := os.Getenv("USERS_URL"), os.Getenv("MAIL_URL")
	read := `{"query":"query Legacy($id: ID!) { user(id: $id) { name mail } }","variables":{"id":"1"}}`
	switch c.mode {
	case "calls-subset":
		read = `{"query":"{ u: user(id: \"1\") { n: name } }"}`
	case "calls-unrecorded":
		read = `{"query":"{ user(id: \"2\") { name } }"}`
	}
	got := call(http.MethodPost, users, read)
	invite := func(mail string) {
		got += call(http.MethodPost, users, fmt.Sprintf(`{"query":%q}`, fmt.Sprintf("mutation { invite(mail: %q) { id } }", mail)))
	}
	send := func(to string) { call(http.MethodPost, mail+"/mails?now=1", fmt.Sprintf(`{"to":%q}`, to)) }
	switch c.mode {
	case "calls-twice":
		invite("a")
		invite("b")
		invite("b")
	case "calls-argument":
		invite("a")
		invite("c")
	case "calls-never":
		invite("a")
	case "calls-order":
		invite("b")
		invite("a")
	default:
		invite("a")
		invite("b")
	}
	if c.mode != "calls-nomail" {
		send("a")
	}
	if c.mode == "calls-path" {
		call(http.MethodDelete, mail+"/mails/1", "")
	}
	// The names of the answer are the caller's own, the values are not.
	_, _ = fmt.Fprintf(w, `{"data":{"ok":%v}}`, strings.Contains(got, "Ann"))
}

func call(method, to, body string) string {
	req, err := http.NewRequest(method, to, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}

func callsCase() *corpus.Case {
	c := testCase("a/calls")
	graphQL := func(document, variables, answer string) corpus.Call {
		r := corpus.CallRequest{Method: "POST", Path: "/", Document: document}
		if variables != "" {
			r.Variables = corpus.JSON(variables)
		}
		return corpus.Call{Upstream: "users", Request: r, Response: corpus.CallResponse{Status: 200, Body: corpus.JSON(answer)}}
	}
	c.Expect.Calls = []corpus.Call{
		graphQL(`query Legacy($id: ID!) { user(id: $id) { name mail } }`, `{"id":"1"}`, `{"data":{"user":{"mail":"a","name":"Ann"}}}`),
		graphQL(`mutation { invite(mail: "a") { id } }`, "", `{"data":{"invite":{"id":1}}}`),
		graphQL(`mutation { invite(mail: "b") { id } }`, "", `{"data":{"invite":{"id":2}}}`),
		{
			Upstream: "mail", Request: corpus.CallRequest{Method: "POST", Path: "/mails?now=1", Body: corpus.JSON(`{"to":"a"}`)},
			Response: corpus.CallResponse{Status: 202},
		},
	}
	return c
}

// recordedCalls is the same case, recorded from legacy before real services.
func recordedCalls(t *testing.T) *corpus.Corpus {
	t.Helper()
	c := callsConfig(t, "calls")
	ups, err := recorder.NewUpstreams(map[string]*url.URL{"users": usersService(t), "mail": mailService(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer ups.Close()
	for i := range c.Upstreams {
		c.Upstreams[i].Address = ups.URL(c.Upstreams[i].Name)
	}
	legacy, err := Open(t.Context(), c, c.Legacy, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer legacy.Close()
	endpoint, err := url.Parse(legacy.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	rec, err := recorder.New(recorder.Options{Target: endpoint, Out: out, Upstreams: ups})
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(rec)
	defer proxy.Close()
	call(http.MethodPost, proxy.URL+endpoint.Path, `{"query":"mutation { ok }"}`)
	if s := rec.Summary(); s.Recorded != 1 {
		t.Fatal(s)
	}
	cases, err := corpus.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// usersService is a GraphQL server.
func usersService(t *testing.T) *url.URL {
	t.Helper()
	text := &graphql.Field{Type: graphql.String}
	arg := func(name string) graphql.FieldConfigArgument {
		return graphql.FieldConfigArgument{name: {Type: graphql.ID}}
	}
	user := graphql.NewObject(graphql.ObjectConfig{Name: "User", Fields: graphql.Fields{"name": text, "mail": text}})
	invitation := graphql.NewObject(graphql.ObjectConfig{Name: "Invitation", Fields: graphql.Fields{"id": &graphql.Field{Type: graphql.Int}}})
	sent := 0
	schema, err := graphql.NewSchema(graphql.SchemaConfig{
		Query: graphql.NewObject(graphql.ObjectConfig{Name: "Query", Fields: graphql.Fields{"user": {
			Type: user, Args: arg("id"),
			Resolve: func(graphql.ResolveParams) (any, error) { return map[string]any{"name": "Ann", "mail": "a"}, nil },
		}}}),
		Mutation: graphql.NewObject(graphql.ObjectConfig{Name: "Mutation", Fields: graphql.Fields{"invite": {
			Type: invitation, Args: arg("mail"),
			Resolve: func(graphql.ResolveParams) (any, error) { sent++; return map[string]any{"id": sent}, nil },
		}}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return served(t, func(w http.ResponseWriter, r *http.Request) {
		var req struct {
			Query     string
			Variables map[string]any
		}
		_ = json.NewDecoder(r.Body).Decode(&req) // graphql refuses what is left
		_ = json.NewEncoder(w).Encode(graphql.Do(graphql.Params{Schema: schema, RequestString: req.Query, VariableValues: req.Variables}))
	}, "/graphql")
}

// mailService takes everything.
func mailService(t *testing.T) *url.URL {
	t.Helper()
	return served(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) }, "")
}

func served(t *testing.T, h http.HandlerFunc, path string) *url.URL {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// What is recorded of real services is the case that the tests replay.
func TestRecordCalls(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(callsCase().Expect.Calls, recordedCalls(t).Cases[0].Expect.Calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func callsConfig(t *testing.T, candidate string) *Config {
	t.Helper()
	c := testConfig(t, "calls", candidate)
	c.Upstreams = []UpstreamConfig{{Name: "mail", Env: "MAIL_URL"}, {Name: "users", Env: "USERS_URL"}}
	return c
}

func TestRunCalls(t *testing.T) {
	const incomplete = "fixture incomplete: it asked for upstream users: "
	tests := []struct {
		candidate, reason, verdict, message string
		paths                               []string // of the differences in calls
	}{
		{"calls", "the same calls", "equivalent", "", nil},
		{"calls-subset", "a read that asks for less, otherwise written", "equivalent", "", nil},
		{"calls-twice", "one invitation too many", "divergent", "", []string{"users", "users[2]"}},
		{"calls-argument", "another argument", "divergent", "", []string{"users[1].invite.mail"}},
		{"calls-never", "one invitation less", "divergent", "", []string{"users", "users[1]"}},
		{"calls-order", "the other order", "divergent", "", []string{"users"}},
		{"calls-nomail", "no call at all to one upstream", "divergent", "", []string{"mail"}},
		{"calls-path", "a changing call that nothing answers", "divergent", "", []string{"mail", "mail[1]"}},
		{"calls-unrecorded", "a read that nothing answers", "errored", incomplete + `{ user(id: "2") { name } } (field "user" was not recorded with these arguments)`, nil},
	}
	cases := recordedCalls(t)
	for _, tt := range tests {
		t.Run(tt.candidate+" "+tt.reason, func(t *testing.T) {
			t.Parallel()
			report, err := Run(t.Context(), callsConfig(t, tt.candidate), cases, Options{})
			if err != nil {
				t.Fatalf("Run: %v", err)
			}
			res := report.Results[0]
			if res.Verdict.String() != tt.verdict || !strings.Contains(res.Message, tt.message) {
				t.Errorf("%s, %q: want %s, %q", res.Verdict, res.Message, tt.verdict, tt.message)
			}
			var paths []string
			for _, d := range res.Differences {
				if d.Channel != CallsChannel {
					t.Errorf("difference in %s at %s", d.Channel, d.Path)
				}
				paths = append(paths, d.Path)
			}
			if diff := cmp.Diff(tt.paths, paths); diff != "" {
				t.Errorf("paths (-want +got):\n%s", diff)
			}
		})
	}
}

// A refused call that a rule hides from the comparison proves nothing.
func TestRunCallsHidden(t *testing.T) {
	t.Parallel()
	c := callsConfig(t, "calls-twice")
	doc, node := strictyaml.Parse("replay.yaml", []byte(`[{match: {upstream: users}, use: ignore, reason: "checked elsewhere"}]`))
	c.Rules = normalizers.Parse(node, nil)
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	report, err := Run(t.Context(), c, &corpus.Corpus{SHA256: "0", Cases: []*corpus.Case{callsCase()}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	res := report.Results[0]
	if want := `it asked for upstream users: mutation { invite(mail: "b") { id } }`; res.Verdict != Errored || !strings.Contains(res.Message, want) {
		t.Errorf("%s, %q: want errored, because %s", res.Verdict, res.Message, want)
	}
}

func TestCheckUpstreams(t *testing.T) {
	c := callsConfig(t, "calls")
	c.Upstreams = c.Upstreams[1:]
	err := Check(c, &corpus.Corpus{Cases: []*corpus.Case{callsCase()}})
	if want := `the case calls upstream "mail", which replay.yaml does not configure`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("err = %v, want %q", err, want)
	}
}

// The text of a refusal tells the implementation's log what was asked.
func TestOutsideRefusal(t *testing.T) {
	o, err := newOutside([]UpstreamConfig{{Name: "users", Env: "USERS_URL"}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	got := call(http.MethodGet, o.env()["USERS_URL"]+"/x?y=1", "")
	if want := "replay: refused upstream users: GET /x?y=1 (no case is running)"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	o.begin(callsCase())
	var answer any
	body := call(http.MethodPost, o.env()["USERS_URL"], `{"query":"{ user(id: 1) { name } }"}`)
	if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&answer); err == nil {
		t.Errorf("got %v, want a refusal: 1 is not \"1\"", answer)
	}
	if got := o.take(); len(got.calls) != 1 || len(got.asked) != 1 {
		t.Errorf("took %+v, want the one call of the case", got)
	}
}
