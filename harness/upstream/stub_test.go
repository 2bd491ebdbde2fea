package upstream_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/upstream"
)

func graphQL(t *testing.T, document, variables, answer string) corpus.Call {
	t.Helper()
	return corpus.Call{
		Upstream: "users", Request: asked(t, document, variables),
		Response: corpus.CallResponse{Status: 200, Body: corpus.JSON(answer)},
	}
}

func asked(t *testing.T, document, variables string) corpus.CallRequest {
	t.Helper()
	r := corpus.CallRequest{Method: http.MethodPost, Path: "/", Document: document}
	if variables != "" {
		r.Variables = corpus.JSON(variables)
	}
	return r
}

func plain(method, path, body, answer string) corpus.Call {
	return corpus.Call{
		Upstream: "users", Request: request(method, path, body),
		Response: corpus.CallResponse{Status: 200, Body: corpus.JSON(answer)},
	}
}

func request(method, path, body string) corpus.CallRequest {
	r := corpus.CallRequest{Method: method, Path: path}
	if body != "" {
		r.Body = corpus.JSON(body)
	}
	return r
}

// answers asks one after the other, and shows each answer or why there is none.
func answers(c *corpus.Case, requests ...corpus.CallRequest) []string {
	s := upstream.NewStub(c)
	var out []string
	for _, r := range requests {
		got, err := s.Answer("users", &r)
		if m := (*upstream.Missing)(nil); errors.As(err, &m) {
			out = append(out, "missing: "+m.Why)
			continue
		}
		out = append(out, got.Body.String())
	}
	return out
}

func TestAnswerQuery(t *testing.T) {
	recorded := []corpus.Call{
		graphQL(t, `query Legacy($id: ID!, $max: Int = 2) {
			__typename
			u: user(id: $id) { id name address { city zip } friends(max: $max) { name __typename } }
			team(filter: {size: 3, kind: RED}) { name ... on Club { since } ... on Band { style } }
		}`, `{"id":"7"}`, `{"data":{"__typename":"Query","u":{"id":"7","name":"Ann","address":{"city":"Ulm","zip":"1"},
			"friends":[{"name":"Bob","__typename":"User"},{"name":null,"__typename":"Bot"}]},"team":{"name":"A","since":1990}},
			"errors":[{"message":"hidden","path":["u","friends",1,"name"]}]}`),
		graphQL(t, `{ user(id: "8") { name } }`, "", `{"data":{"user":null},"errors":[{"message":"gone","path":["user"]}]}`),
		graphQL(t, `{ user(id: "9") { name age } }`, "", `{"data":{"user":null},"errors":[{"message":"no age","path":["user","age"]}]}`),
		graphQL(t, `{ broken }`, "", `{"errors":[{"message":"boom"}]}`),
	}
	tests := []struct {
		reason, document, variables, want string
	}{
		{"a part, in another order, aliased", `{ user(id: "7") { town: address { c: city } name } }`, "", `{"data":{"user":{"town":{"c":"Ulm"},"name":"Ann"}}}`},
		{"a fragment on the type of the position", `{ user(id: "7") { ...F } } fragment F on User { id }`, "", `{"data":{"user":{"id":"7"}}}`},
		{"an argument's default is its value", `query ($id: ID!) { user(id: $id) { friends(max: 2) { __typename } } }`, `{"id":"7"}`, `{"data":{"user":{"friends":[{"__typename":"User"},{"__typename":"Bot"}]}}}`},
		{"an error moves with its field", `{ x: user(id: "7") { y: friends(max: 2) { z: name } } }`, "", `{"data":{"x":{"y":[{"z":"Bob"},{"z":null}]}},"errors":[{"message":"hidden","path":["x","y",1,"z"]}]}`},
		{"objects in arguments have no order", `{ team(filter: {kind: RED, size: 3.0}) { name } }`, "", `{"data":{"team":{"name":"A"}}}`},
		{"a type condition that was recorded", `{ team(filter: {kind: RED, size: 3}) { ... on Club { since } ... on Band { style } } }`, "", `{"data":{"team":{"since":1990}}}`},
		{"a type of which another object was is no interface", `{ user(id: "7") { friends(max: 2) { __typename ... on User { name } } } }`, "", `{"data":{"user":{"friends":[{"__typename":"User","name":"Bob"},{"__typename":"Bot"}]}}}`},
		{"Person may be an interface that a Bot satisfies", `{ user(id: "7") { friends(max: 2) { __typename ... on Person { name } } } }`, "", `missing: the recording does not say whether the type condition "Person" holds`},
		{"root fields of several recorded calls", `{ a: user(id: "7") { id } b: user(id: "8") { name } }`, "", `{"data":{"a":{"id":"7"},"b":null},"errors":[{"message":"gone","path":["b"]}]}`},
		{"@skip and @include are obeyed", `query ($no: Boolean!) { user(id: "7") { id name @include(if: $no) secret @skip(if: true) } }`, `{"no":false}`, `{"data":{"user":{"id":"7"}}}`},
		{"an answer without data", `query Other { b: broken }`, "", `{"errors":[{"message":"boom"}]}`},
		{"another argument", `{ user(id: "70") { id } }`, "", `missing: field "user" was not recorded with these arguments`},
		{"null is not absent", `{ user(id: "7") { friends(max: null) { name } } }`, "", `missing: field "friends" was not recorded with these arguments`},
		{"another field", `{ user(id: "7") { mail } }`, "", `missing: field "mail" was not recorded with these arguments`},
		{"two unknown type conditions", `{ user(id: "7") { ... on A { id } ... on B { name } } }`, "", `missing: the recording does not say whether the type condition "B" holds`},
		{"null because of a field that is not asked for", `{ user(id: "9") { name } }`, "", `missing: the recording has an error in a field "age" that is not asked for, and null in the place of what is`},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			c := &corpus.Case{Expect: corpus.Observation{Calls: recorded}}
			if diff := cmp.Diff([]string{tt.want}, answers(c, asked(t, tt.document, tt.variables))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswerMutations(t *testing.T) {
	recorded := []corpus.Call{
		graphQL(t, `{ count }`, "", `{"data":{"count":0}}`),
		graphQL(t, `mutation { invite(mail: "a") { id at } }`, "", `{"data":{"invite":{"id":1,"at":2}}}`),
		graphQL(t, `{ count }`, "", `{"data":{"count":1}}`),
		graphQL(t, `mutation { x: invite(mail: "b") { id } note(text: "t") }`, "", `{"data":{"x":{"id":2},"note":true}}`),
	}
	count := asked(t, `{ count }`, "")
	tests := []struct {
		reason   string
		requests []corpus.CallRequest
		want     []string
	}{
		{
			"reads see what was changed before them, and repeat",
			[]corpus.CallRequest{count, count, asked(t, `mutation M($m: String) { invite(mail: $m) { id } }`, `{"m":"a"}`), count, count},
			[]string{`{"data":{"count":0}}`, `{"data":{"count":0}}`, `{"data":{"invite":{"id":1}}}`, `{"data":{"count":1}}`, `{"data":{"count":1}}`},
		},
		{
			"the other order, and one request as two",
			[]corpus.CallRequest{asked(t, `mutation { note(text: "t") }`, ""), asked(t, `mutation { invite(mail: "b") { id } }`, ""), asked(t, `mutation { invite(mail: "a") { id } }`, "")},
			[]string{`{"data":{"note":true}}`, `{"data":{"invite":{"id":2}}}`, `{"data":{"invite":{"id":1}}}`},
		},
		{
			"other arguments are answered, for the comparison to judge; each answer once",
			[]corpus.CallRequest{asked(t, `mutation { invite(mail: "c") { id } }`, ""), asked(t, `mutation { invite(mail: "d") { id } }`, ""), asked(t, `mutation { invite(mail: "e") { id } }`, "")},
			[]string{`{"data":{"invite":{"id":1}}}`, `{"data":{"invite":{"id":2}}}`, `missing: field "invite" was not recorded, or not as often`},
		},
		{
			"what cannot be answered uses nothing up",
			[]corpus.CallRequest{asked(t, `mutation { invite(mail: "b") { id } erase }`, ""), asked(t, `mutation { invite(mail: "b") { id } }`, "")},
			[]string{`missing: field "erase" was not recorded, or not as often`, `{"data":{"invite":{"id":2}}}`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			c := &corpus.Case{Expect: corpus.Observation{Calls: recorded}}
			if diff := cmp.Diff(tt.want, answers(c, tt.requests...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A document sent elsewhere than it was recorded is not answered.
func TestAnswerPath(t *testing.T) {
	c := &corpus.Case{Expect: corpus.Observation{Calls: []corpus.Call{
		graphQL(t, `{ a }`, "", `{"data":{"a":1}}`), graphQL(t, `mutation { b }`, "", `{"data":{"b":1}}`),
	}}}
	read, write := asked(t, `{ a }`, ""), asked(t, `mutation { b }`, "")
	read.Path, write.Path = "/v2", "/v2"
	want := []string{`missing: field "a" was not recorded with these arguments`, `missing: field "b" was not recorded, or not as often`}
	if diff := cmp.Diff(want, answers(c, read, write)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The order of other parameters does not count, and their values do.
func TestAnswerQueryOfTheURL(t *testing.T) {
	recorded := graphQL(t, `{ a b }`, "", `{"data":{"a":1,"b":2}}`)
	recorded.Request.Path = "/graphql?tenant=7&v=2"
	same, other := asked(t, `{ a }`, ""), asked(t, `{ a }`, "")
	same.Path, other.Path = "/graphql?v=2&tenant=7", "/graphql?v=2&tenant=8"
	want := []string{`{"data":{"a":1}}`, `missing: field "a" was not recorded with these arguments`}
	if diff := cmp.Diff(want, answers(&corpus.Case{Expect: corpus.Observation{Calls: []corpus.Call{recorded}}}, same, other)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnswerPlain(t *testing.T) {
	recorded := []corpus.Call{
		plain("GET", "/users?a=1&b=2", "", `{"n":1}`),
		plain("POST", "/mails", `{"to":"a","size":1.0}`, `{"mail":1}`),
		plain("POST", "/mails", `{"to":"b"}`, `{"mail":2}`),
	}
	tests := []struct {
		reason   string
		requests []corpus.CallRequest
		want     []string
	}{
		{"parameters in another order; reads repeat", []corpus.CallRequest{request("GET", "/users?b=2&a=1", ""), request("GET", "/users?a=1&b=2", "")}, []string{`{"n":1}`, `{"n":1}`}},
		{"another parameter", []corpus.CallRequest{request("GET", "/users?a=2&b=2", "")}, []string{"missing: not recorded with this method, path, query and body"}},
		{"another method", []corpus.CallRequest{request("HEAD", "/users?a=1&b=2", "")}, []string{"missing: not recorded with this method, path, query and body"}},
		{"bodies by value, in the other order, each once", []corpus.CallRequest{request("POST", "/mails", `{"to":"b"}`), request("POST", "/mails", `{"size":1,"to":"a"}`), request("POST", "/mails", `{"to":"b"}`)}, []string{`{"mail":2}`, `{"mail":1}`, "missing: not recorded, or not as often"}},
		{"another body is answered, for the comparison to judge", []corpus.CallRequest{request("POST", "/mails", `{"to":"z"}`)}, []string{`{"mail":1}`}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			c := &corpus.Case{Expect: corpus.Observation{Calls: recorded}}
			if diff := cmp.Diff(tt.want, answers(c, tt.requests...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An id that the store gives out anew matches the recorded one, and stands in the
// answer; an id of the request or fixture does not.
func TestAnswerGenerated(t *testing.T) {
	c := &corpus.Case{
		Name:    "add/x",
		Request: corpus.Request{Operation: corpus.Mutation, Fields: []string{"add"}, Document: "mutation { add(to: 42) { id } }"},
		Expect: corpus.Observation{
			Effects: map[string][]corpus.Effect{"datastore": {{
				Op: corpus.Insert, Key: corpus.Key{Path: []corpus.PathElement{{Kind: "Task", ID: 5001234}}},
			}}},
			Calls: []corpus.Call{
				plain("GET", "/tasks/5001234/url", "", `{"url":"/t/5001234","id":5001234}`),
				graphQL(t, `{ task(id: 5001234) { id } }`, "", `{"data":{"task":{"id":5001234}}}`),
			},
		},
	}
	got := answers(
		c, request("GET", "/tasks/42/url", ""), request("GET", "/tasks/7007/url", ""),
		asked(t, `query($i: Int) { task(id: $i) { id } }`, `{"i":7007}`), asked(t, `{ task(id: 8008) { id } }`, ""),
	)
	want := []string{
		"missing: not recorded with this method, path, query and body", `{"url":"/t/7007","id":7007}`, `{"data":{"task":{"id":7007}}}`,
		`missing: field "task" was not recorded with these arguments`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRequest(t *testing.T) {
	tests := []struct {
		reason, method, query, contentType, body string
		want                                     corpus.CallRequest
	}{
		{"GraphQL", "POST", "", "application/json", `{"query":"{ a }","variables":{"x":1.0}}`, corpus.CallRequest{Method: "POST", Path: "/p", Document: "{ a }", Variables: corpus.JSON(`{"x":1.0}`)}},
		{"a search is no GraphQL", "POST", "", "application/json", `{"query":"red shoes"}`, corpus.CallRequest{Method: "POST", Path: "/p", Body: corpus.JSON(`{"query":"red shoes"}`)}},
		{"of several operations the one that is asked for", "POST", "", "application/json", `{"query":"query A { a } query B { b }","operationName":"B"}`, corpus.CallRequest{Method: "POST", Path: "/p", Document: "query B {\n\tb\n}\n"}},
		{"a form", "POST", "", "application/x-www-form-urlencoded", `a=1`, corpus.CallRequest{Method: "POST", Path: "/p", Body: corpus.JSON(`"a=1"`)}},
		{"a JSON string is text, quotes and all", "PUT", "", "application/json", `"a"`, corpus.CallRequest{Method: "PUT", Path: "/p", Body: corpus.JSON(`"\"a\""`)}},
		{"GraphQL with something else in the URL", "POST", "tenant=7", "application/json", `{"query":"{ a }"}`, corpus.CallRequest{Method: "POST", Path: "/p?tenant=7", Document: "{ a }"}},
		{"variables in the URL, too: which count is the server's business", "POST", "variables={}", "application/json", `{"query":"{ a }"}`, corpus.CallRequest{Method: "POST", Path: "/p?variables={}", Body: corpus.JSON(`{"query":"{ a }"}`)}},
		{"a query in the URL", "GET", "q=1", "", "", corpus.CallRequest{Method: "GET", Path: "/p?q=1"}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			got, err := upstream.Request(tt.method, "/p", tt.query, http.Header{"Content-Type": {tt.contentType}}, []byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := upstream.Request("POST", "/p", "", nil, []byte{0xff}); err == nil || !strings.Contains(err.Error(), "not text") {
		t.Errorf("err = %v, want a body that is not text to be refused", err)
	}
}
