package recorder

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

func TestParse(t *testing.T) {
	tests := []struct {
		reason                           string
		method, contentType, query, body string
		want                             corpus.Request
		refused                          string
	}{
		{
			reason: "all there is, literals as they came", contentType: "application/json",
			body: `{"query":"query Q($a: Float) { x: a(v: $a) b }","operationName":"Q","variables":{"a": 1.0, "a": 1e3},"extensions":null}`,
			want: corpus.Request{
				Operation: corpus.Query, Fields: []string{"a", "b"}, Document: "query Q($a: Float) { x: a(v: $a) b }", OperationName: "Q",
				Variables: corpus.JSON(`{"a":1.0,"a":1e3}`), Extensions: corpus.JSON("null"),
			},
		},
		{
			reason: "absent is not null", contentType: "application/json; charset=UTF-8",
			body: `{"query":" mutation{m}\r\n","operationName":null}`,
			want: corpus.Request{Operation: corpus.Mutation, Fields: []string{"m"}, Document: " mutation{m}\r\n"},
		},
		{
			reason: "a persisted query that comes with its text", contentType: "application/json",
			body: `{"query":"{a}","extensions":{"persistedQuery":{"version":1}}}`,
			want: corpus.Request{
				Operation: corpus.Query, Fields: []string{"a"}, Document: "{a}",
				Extensions: corpus.JSON(`{"persistedQuery":{"version":1}}`),
			},
		},
		{
			reason: "parameters of the URL", method: "GET", query: `key=1&query=query+A{a}+query+B{b}&operationName=B&variables=%7B%22n%22%3A+1.50%7D`,
			want: corpus.Request{
				Operation: corpus.Query, Fields: []string{"b"}, Document: "query A{a} query B{b}", OperationName: "B",
				Variables: corpus.JSON(`{"n":1.50}`),
			},
		},
		{
			reason: "a bare document", contentType: "application/graphql", body: "{a}",
			want: corpus.Request{Operation: corpus.Query, Fields: []string{"a"}, Document: "{a}"},
		},
		{reason: "a mutation must not come by GET", method: "GET", query: "key=1&query=mutation{m}", refused: "mutation over GET"},
		{reason: "bad escapes", method: "GET", query: "query=%zz", refused: "URL does not parse"},
		{reason: "bad extensions", method: "GET", query: "query={a}&extensions={", refused: "extensions in the URL are not JSON"},
		{reason: "an upload", contentType: "multipart/form-data; boundary=x", refused: "multipart upload"},
		{reason: "a form", contentType: "application/x-www-form-urlencoded", body: "query={a}", refused: "content type"},
		{reason: "nothing said", contentType: "", refused: "content type"},
		{reason: "Latin 1", contentType: "application/json; charset=latin1", body: `{"query":"{a}"}`, refused: "charset"},
		{reason: "which of two", contentType: "application/json", body: `{"query":"query A{a} query B{b}"}`, refused: "operation does not parse"},
		{reason: "a name that is none", contentType: "application/json", body: `{"query":"{a}","operationName":1}`, refused: "operationName is not a string"},
		{reason: "one subscription of two operations", contentType: "application/json", body: `{"query":"query A{a} subscription S{s}","operationName":"S"}`, refused: subscription},
		{reason: "an unpaired surrogate in the document", contentType: "application/json", body: `{"query":"{a(x:\"\ud800\")}"}`, refused: "document is not UTF-8"},
		{reason: "a name that is empty is not the same as none", contentType: "application/json", body: `{"query":"{a}","operationName":""}`, refused: "operationName is empty"},
		{reason: "an empty name in the URL", method: "GET", query: "key=1&query={a}&operationName=", refused: "operationName is empty"},
		{reason: "another member", contentType: "application/json", body: `{"query":"{a}","id":"x"}`, refused: "other members"},
		{reason: "another member that is null", contentType: "application/json", body: `{"query":"{a}","id":null}`, refused: "other members"},
		{reason: "a member in other letters", contentType: "application/json", body: `{"query":"{a}","Variables":{}}`, refused: "other members"},
		{reason: "an id beside the document", contentType: "application/json", body: `{"query":"{a}","documentId":"x"}`, refused: "other members"},
		{reason: "an id alone", contentType: "application/json", body: `{"documentId":"x"}`, refused: persistedQuery},
		{reason: "an id beside a hash", contentType: "application/json", body: `{"id":"x","extensions":{"persistedQuery":{"sha256Hash":"aa"}}}`, refused: "other members"},
		{reason: "another member of a subscription", contentType: "application/json", body: `{"query":"subscription{s}","id":"1"}`, refused: subscription},
		{reason: "two documents", contentType: "application/json", body: `{"query":"{a}","query":"{b}"}`, refused: "repeated member"},
		{reason: "variables twice, the same", contentType: "application/json", body: `{"query":"{a}","variables":{},"variables":{}}`, refused: "repeated member"},
		{reason: "the endpoint's own parameters", contentType: "application/json", query: "key=1", body: `{"query":"{a}"}`, want: corpus.Request{Operation: corpus.Query, Fields: []string{"a"}, Document: "{a}"}},
		{reason: "the endpoint's own parameter with another value", contentType: "application/json", query: "key=2", body: `{"query":"{a}"}`, refused: "parameters in the URL"},
		{reason: "a parameter beside a body", contentType: "application/json", query: "key=1&op=A", body: `{"query":"{a}"}`, refused: "parameters in the URL"},
		{reason: "the operation's name beside a body", contentType: "application/json", query: "key=1&op=A", body: `{"query":"query A{a}","operationName":"A"}`, want: corpus.Request{Operation: corpus.Query, Fields: []string{"a"}, Document: "query A{a}", OperationName: "A"}},
		{reason: "a parameter of GraphQL that is the operation's name", contentType: "application/json", query: "key=1&operationName=A", body: `{"query":"query A{a}","operationName":"A"}`, refused: "parameters in the URL"},
		{reason: "part of the request in the URL", contentType: "application/json", query: "variables={}", body: `{"query":"{a}"}`, refused: "parameters in the URL"},
		{reason: "a parameter beside a bare document", contentType: "application/graphql", query: "key=1&op=A", body: "{a}", refused: "parameters in the URL"},
		{reason: "two documents, one in the URL", contentType: "application/graphql", query: "key=1&query={b}", body: "{a}", refused: "parameters in the URL"},
		{reason: "a bare document with its name", contentType: "application/graphql", query: "key=1&operationName=A", body: "query A{a}", want: corpus.Request{Operation: corpus.Query, Fields: []string{"a"}, Document: "query A{a}", OperationName: "A"}},
		{reason: "a parameter of a GET", method: "GET", query: "key=1&query={a}&op=A", refused: "parameters in the URL"},
		{reason: "another member and its own parameter twice", contentType: "application/json", query: "key=1&key=1", body: `{"query":"{a}","x":1}`, refused: "other members"},
		{reason: "a GET without the endpoint's parameter", method: "GET", query: "query={a}", refused: "parameters in the URL"},
		{reason: "a parameter twice", method: "GET", query: "key=1&query={a}&query={b}", refused: "parameters in the URL"},
		{reason: "variables in the URL that are empty", method: "GET", query: "query={a}&variables=", refused: "variables in the URL are not JSON"},
		{reason: "a GET with a body", method: "GET", query: "key=1&query={a}", body: "{}", refused: "GET with a body"},
		{reason: "a byte order mark", contentType: "application/json", body: "\ufeff{\"query\":\"{a}\"}", refused: notJSON},
		{reason: "UTF-16", contentType: "application/json", body: "{\x00}\x00", refused: notJSON},
		{reason: "text after the end", contentType: "application/json", body: `{"query":"{a}"} {}`, refused: notJSON},
		{reason: "white space after the end", contentType: "application/json", body: "{\"query\":\"{a}\"}\r\n", want: corpus.Request{Operation: corpus.Query, Fields: []string{"a"}, Document: "{a}"}},
		{reason: "variables that are not UTF-8", contentType: "application/json", body: "{\"query\":\"{a}\",\"variables\":{\"a\":\"\xff\"}}", refused: notJSON},
		{reason: "a charset in quotes and capitals", contentType: `application/JSON; Charset="UTF-8"`, body: `{"query":"{a}"}`, want: corpus.Request{Operation: corpus.Query, Fields: []string{"a"}, Document: "{a}"}},
		{reason: "two charsets", contentType: "application/json; charset=utf-8; charset=latin1", refused: "content type"},
	}
	for _, test := range tests {
		if test.method == "" {
			test.method = "POST"
		}
		in, refused := unreadable(&http.Request{Method: test.method, Header: http.Header{"Content-Type": {test.contentType}}})
		if !refused {
			in = newClasses("key=1").parse(test.method, test.contentType, test.query, []byte(test.body))
		}
		if len(in.operations) != 1 || in.batch {
			t.Errorf("%s: got %+v", test.reason, in)
			continue
		}
		op := in.operations[0]
		if op.reason != test.refused {
			t.Errorf("%s: want refused %q, got %q (%s)", test.reason, test.refused, op.reason, op.detail)
		}
		if diff := cmp.Diff(test.want, op.Request); test.refused == "" && diff != "" {
			t.Errorf("%s:\n%s", test.reason, diff)
		}
	}
}

func TestParseBatch(t *testing.T) {
	in := newClasses("key=1").parse("POST", "application/json", "", []byte(`[ {"query" : "{a}", "variables": {"x": 1.0}}, {"query":"subscription{s}"}, 7 ]`))
	if !in.batch || len(in.operations) != 3 {
		t.Fatalf("got %+v", in)
	}
	var texts, reasons []string
	for _, op := range in.operations {
		texts, reasons = append(texts, string(op.text)), append(reasons, op.reason)
	}
	if diff := cmp.Diff([]string{`{"query" : "{a}", "variables": {"x": 1.0}}`, `{"query":"subscription{s}"}`, "7"}, texts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"", subscription, "request is not an object"}, reasons); diff != "" {
		t.Error(diff)
	}
}

// Whatever is sent: either it is refused for a reason, or the case keeps it.
func FuzzParse(f *testing.F) {
	f.Add("POST", "application/json", "", `{"query":"{a}","variables":{"a":1.0,"b":"\ud800"},"extensions":null}`)
	f.Add("POST", "application/json; charset=utf-8", "", `[{"query":"mutation M{m}","operationName":"M"},{"query":"{"},7,[]]`)
	f.Add("GET", "", "key=1&query=%7Ba%7D&variables=%7B%7D&extensions=%7B%22persistedQuery%22%3A1%7D", "")
	f.Add("POST", "application/graphql", "operationName=A", "query A{a} query B{b}")
	f.Add("POST", "application/json", "", "{\"query\":\"{a}\\r\\n \\u0000#\\u2028\"}")
	f.Fuzz(func(t *testing.T, method, contentType, query, body string) {
		in := newClasses("key=1").parse(method, contentType, query, []byte(body))
		if len(in.operations) == 0 || !in.batch && len(in.operations) != 1 {
			t.Fatalf("%d operations", len(in.operations))
		}
		for _, op := range in.operations {
			if in.batch && !json.Valid(op.text) {
				t.Errorf("the element %q is passed on as %q", body, op.text)
			}
			if op.reason == "" {
				keeps(t, op)
			}
		}
	})
}

func keeps(t *testing.T, op operation) {
	t.Helper()
	if strings.TrimSpace(op.Document) == "" || len(op.Fields) == 0 {
		t.Fatalf("recorded without document or fields: %+v", op)
	}
	c := corpus.Case{Name: "a/b-00000000", Request: op.Request, Expect: corpus.Observation{
		HTTP: corpus.HTTP{Status: 200}, Response: corpus.JSON(`{"data":{}}`),
	}}
	text, err := corpus.Format(&c)
	if err != nil {
		t.Skip(err) // named in the summary: "case would not be readable"
	}
	again, err := corpus.Parse("a/b-00000000.yaml", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if again.Request.Document != op.Document || !bytes.Equal(again.Request.Variables, op.Variables) ||
		!bytes.Equal(again.Request.Extensions, op.Extensions) || again.Request.OperationName != op.OperationName {
		t.Errorf("%+v came back as %+v", op.Request, again.Request)
	}
}
