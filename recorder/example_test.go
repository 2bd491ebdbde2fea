package recorder_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/Khan/genqlient/graphql"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/examples/classroom/session/ops"
	"github.com/sidebyside/replay/recorder"
)

// greeting is a GraphQL service of one field.
func greeting(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"data":{"hello":"world"}}`)
}

// A service records what it answers, without a proxy before it.
func ExampleHandler() {
	out, err := os.MkdirTemp("", "corpus")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(out) }()
	recorded, err := recorder.Handler(http.HandlerFunc(greeting), recorder.Options{Out: out})
	if err != nil {
		panic(err)
	}
	service := httptest.NewServer(recorded)
	defer service.Close()

	resp, err := http.Post(service.URL, "application/json", strings.NewReader(`{"query":"{ hello }"}`))
	if err != nil {
		panic(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, _ := io.ReadAll(resp.Body)
	fmt.Println(string(answer))

	fmt.Print(recorded.Summary())
	cases, err := corpus.Open(out)
	if err != nil {
		panic(err)
	}
	fmt.Println(cases.Cases[0].Request.Document, cases.Cases[0].Expect.Response)
	// Output:
	// {"data":{"hello":"world"}}
	// recorded 1 case
	// { hello } {"data":{"hello":"world"}}
}

// A service that asks another one with a client that genqlient generated: what it
// asks becomes part of the case.
func ExampleClient() {
	school := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":{"renameAssignment":{"id":"42","title":"Fractions","updated":"now"}}}`)
	}))
	defer school.Close()
	out, err := os.MkdirTemp("", "corpus")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(out) }()

	calls := &recorder.Upstreams{}
	client := recorder.Client(graphql.NewClient(school.URL, nil), calls, "school") // the one line
	service := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		renamed, err := ops.RenameAssignment(r.Context(), client, "7", "42", "Fractions")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"data":{"rename":%q}}`, renamed.RenameAssignment.Title)
	})
	recorded, err := recorder.Handler(service, recorder.Options{Upstreams: calls, Out: out})
	if err != nil {
		panic(err)
	}

	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"query":"mutation { rename }"}`))
	request.Header.Set("Content-Type", "application/json")
	recorded.ServeHTTP(httptest.NewRecorder(), request)

	fmt.Print(recorded.Summary())
	cases, err := corpus.Open(out)
	if err != nil {
		panic(err)
	}
	for _, call := range cases.Cases[0].Expect.Calls {
		fmt.Println(call.Upstream, call.Request.Variables, call.Response.Status, call.Response.Body)
	}
	// Output:
	// recorded 1 case
	// school {"classId":"7","id":"42","title":"Fractions"} 200 {"data":{"renameAssignment":{"id":"42","title":"Fractions","updated":"now"}}}
}
