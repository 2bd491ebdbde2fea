package recorder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/Khan/genqlient/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/recorder"
)

// inner is a graphql.Client that somebody wrote.
type inner func(context.Context, *graphql.Request, *graphql.Response) error

func (f inner) MakeRequest(ctx context.Context, req *graphql.Request, resp *graphql.Response) error {
	return f(ctx, req, resp)
}

// answering decodes an answer as genqlient's own client does, and ends with an error.
func answering(answer string, err error) inner {
	return func(_ context.Context, _ *graphql.Request, resp *graphql.Response) error {
		if e := json.Unmarshal([]byte(answer), resp); e != nil {
			return e
		}
		return err
	}
}

type pupil struct{ Name string }

// Whatever the client within does, and whatever it is given, its caller gets the same as
// without the recorder; and what cannot be told is not recorded.
func TestClientLeavesTheInnerClientAlone(t *testing.T) {
	refused := gqlerror.List{{Message: "no"}}
	within := func(data any) func() *graphql.Response {
		return func() *graphql.Response { return &graphql.Response{Data: data} }
	}
	into := func() *graphql.Response { return &graphql.Response{Data: &pupil{}} }
	tests := []struct {
		reason   string
		inner    inner
		resp     func() *graphql.Response
		recorded string // the body of the call's response; "" if it is not recorded
	}{
		{"nowhere to put the answer", answering(`{"data":{"name":"Ann"}}`, nil), func() *graphql.Response { return nil }, ""},
		{"nowhere to put the data", answering(`{"data":{"name":"Ann"}}`, nil), within(nil), `{"data":{"name":"Ann"}}`},
		{"data into what is no pointer", answering(`{"data":{"name":"Ann"}}`, nil), within(pupil{"Bob"}), `{"data":{"name":"Ann"}}`},
		{"data into a nil pointer", answering(`{"data":{"name":"Ann"}}`, nil), within((*pupil)(nil)), `{"data":{"name":"Ann"}}`},
		{"data into a map", answering(`{"data":{"name":"Ann"}}`, nil), within(&map[string]any{}), `{"data":{"name":"Ann"}}`},
		{"data that are no object", answering(`{"data":[1.0]}`, nil), within(nil), `{"data":[1.0]}`},
		{"data that are null, nowhere to put them", answering(`{"data":null}`, nil), within(nil), `{"data":null}`},
		{"data of another type", answering(`{"data":{"name":7},"errors":[{"message":"no"}]}`, refused), into, `{"data":{"name":7},"errors":[{"message":"no"}]}`},
		{"part of the data, and errors", answering(`{"data":{"name":"Ann"},"errors":[{"message":"no"}]}`, refused), into, `{"data":{"name":"Ann"},"errors":[{"message":"no"}]}`},
		{"errors that only the error names", answering(`{"data":{"name":"Ann"}}`, fmt.Errorf("ask: %w", refused)), into, `{"data":{"name":"Ann"},"errors":[{"message":"no"}]}`},
		{"part of the data, and an error of the connection", answering(`{"data":{"name":"Ann"}}`, errors.New("broke off")), into, ""},
		{"an error of its own beside data of another type", answering(`{"data":{"name":7}}`, &graphql.HTTPError{StatusCode: http.StatusTeapot}), into, ""},
		{"errors of another type", answering(`{"data":{"name":"Ann"},"errors":7}`, nil), into, ""},
		{"what was there stays", answering(`{"data":{}}`, nil), func() *graphql.Response {
			return &graphql.Response{Data: &pupil{"Bob"}, Errors: refused, Extensions: map[string]any{"a": 1}}
		}, `{"data":{}}`},
		{"nothing at all", func(context.Context, *graphql.Request, *graphql.Response) error { return nil }, into, ""},
		{"data of its own", func(_ context.Context, _ *graphql.Request, resp *graphql.Response) error {
			resp.Data = &pupil{"Ann"}
			return nil
		}, into, ""},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			req := &graphql.Request{Query: "{ name }", OpName: "Q"}
			want := tt.resp()
			wantErr := tt.inner.MakeRequest(t.Context(), req, want)
			calls := &recorder.Upstreams{}
			client := recorder.Client(tt.inner, calls, "school")
			got := tt.resp()
			var gotErr error
			r := recordCalling(t, calls, recorder.ExclusiveNone, func(ctx context.Context) {
				gotErr = client.MakeRequest(ctx, req, got)
			})
			askHandler(t, r.rec, "{ a }")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if fmt.Sprintf("%T %[1]v", wantErr) != fmt.Sprintf("%T %[1]v", gotErr) && tt.reason != "an error of its own beside data of another type" {
				t.Errorf("error %T %[1]v, want %T %[2]v", gotErr, wantErr)
			}
			oneCall(t, r, tt.recorded)
		})
	}
}

// oneCall checks the body of the only call's answer, or that the call was not recorded.
func oneCall(t *testing.T, r *session, body string) {
	t.Helper()
	summary := r.rec.Summary()
	if body == "" {
		if summary.Recorded != 0 || summary.Skipped["call not recorded"].Count != 1 {
			t.Error(summary)
		}
		return
	}
	if summary.Recorded != 1 {
		t.Fatal(summary)
	}
	if diff := cmp.Diff(corpus.JSON(body), r.cases(t)[0].Expect.Calls[0].Response.Body); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

// A client that was set up without anything to record to, or is asked for nothing, does
// what the client within does.
func TestClientWithoutARecording(t *testing.T) {
	asked := 0
	within := inner(func(_ context.Context, req *graphql.Request, resp *graphql.Response) error {
		asked++
		return errors.New(fmt.Sprint(req, resp))
	})
	for _, calls := range []*recorder.Upstreams{nil, {}} {
		err := recorder.Client(within, calls, "school").MakeRequest(nil, nil, nil) //nolint:staticcheck // genqlient may have no context
		if err == nil || err.Error() != "<nil> <nil>" {
			t.Error(err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// A client that panics does so before its caller, and the operation waits for nothing.
func TestClientPanics(t *testing.T) {
	calls := &recorder.Upstreams{}
	client := recorder.Client(inner(func(context.Context, *graphql.Request, *graphql.Response) error { panic("within") }), calls, "school")
	var got any
	r := recordCalling(t, calls, recorder.ExclusiveNone, func(ctx context.Context) {
		defer func() { got = recover() }()
		_ = client.MakeRequest(ctx, &graphql.Request{}, &graphql.Response{})
	})
	askHandler(t, r.rec, "{ a }")
	if got != "within" {
		t.Errorf("recovered %v", got)
	}
	oneCall(t, r, "")
}

// A client that asks for a token first, say, makes two calls.
func TestClientWithinAClient(t *testing.T) {
	calls := &recorder.Upstreams{}
	tokens := recorder.Client(answering(`{"data":{"token":"x"}}`, nil), calls, "tokens")
	school := recorder.Client(inner(func(ctx context.Context, _ *graphql.Request, resp *graphql.Response) error {
		if err := tokens.MakeRequest(ctx, &graphql.Request{Query: "{ token }"}, &graphql.Response{}); err != nil {
			return err
		}
		return json.Unmarshal([]byte(`{"data":{"name":"Ann"}}`), resp)
	}), calls, "school")
	r := recordCalling(t, calls, recorder.ExclusiveNone, func(ctx context.Context) {
		if err := school.MakeRequest(ctx, &graphql.Request{Query: "{ name }"}, &graphql.Response{}); err != nil {
			t.Error(err)
		}
	})
	askHandler(t, r.rec, "{ a }")
	var names []string
	for _, call := range r.cases(t)[0].Expect.Calls {
		names = append(names, call.Upstream)
	}
	if diff := cmp.Diff([]string{"school", "tokens"}, names); diff != "" {
		t.Error(diff)
	}
}

// A client that reaches its upstream through the proxy of the same name would be taken
// down twice, and a replay would miss one call.
func TestClientThroughAProxyOfItsName(t *testing.T) {
	to, err := url.Parse(school(t, 200, `{"data":{"name":"Ann"}}`).URL)
	if err != nil {
		t.Fatal(err)
	}
	calls, err := recorder.NewUpstreams(map[string]*url.URL{"school": to, "other": to})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(calls.Close)
	for proxy, recorded := range map[string]int{"school": 0, "other": 1} {
		client := recorder.Client(graphql.NewClient(calls.URL(proxy), nil), calls, "school")
		r := recordCalling(t, calls, recorder.ExclusiveAll, func(ctx context.Context) {
			if err := client.MakeRequest(ctx, &graphql.Request{Query: "{ name }"}, &graphql.Response{}); err != nil {
				t.Error(err)
			}
		})
		askHandler(t, r.rec, "{ a }")
		if got := r.rec.Summary(); got.Recorded != recorded || got.Skipped["call not recorded"].Count != 1-recorded {
			t.Error(got)
		}
	}
}
