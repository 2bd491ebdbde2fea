package recorder_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/recorder"
)

// service is an upstream that does what its path says.
func service(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/base/gzip":
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = fmt.Fprint(z, `{"packed":true}`)
		_ = z.Close()
	case "/base/refuses":
		w.WriteHeader(http.StatusTeapot)
		_, _ = fmt.Fprint(w, "no tea")
	case "/base/half":
		w.Header().Set("Content-Length", "100")
		_, _ = fmt.Fprint(w, "half")
	case "/base/moved":
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	default:
		w.Header().Set("X-Seen", r.Host+r.Header.Get("X-Forwarded-For"))
		_, _ = fmt.Fprintf(w, `{"path":%q,"body":%q}`, r.URL.RequestURI(), body)
	}
}

// callingLegacy answers what an upstream answers to the request that the
// operation's text names: "METHOD /path body".
func callingLegacy(t *testing.T, base string) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, what, _ := strings.Cut(string(body), "# ")
		what, _, _ = strings.Cut(what, `"`)
		parts := strings.SplitN(what, " ", 3)
		req, err := http.NewRequestWithContext(r.Context(), parts[0], base+parts[1], strings.NewReader(parts[2]))
		if err != nil {
			return
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			_, _ = fmt.Fprintf(w, `{"data":{"status":0}}`)
			return
		}
		defer func() { _ = resp.Body.Close() }()
		text, _ := io.ReadAll(resp.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"data":{"status":%d,"seen":%q,"text":%q}}`, resp.StatusCode, resp.Header.Get("X-Seen"), text)
	}
}

func recordCalls(t *testing.T) (*session, string) {
	t.Helper()
	target := httptest.NewServer(http.HandlerFunc(service))
	t.Cleanup(target.Close)
	to, err := url.Parse(target.URL + "/base?key=1")
	if err != nil {
		t.Fatal(err)
	}
	ups, err := recorder.NewUpstreams(map[string]*url.URL{"svc": to})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ups.Close)
	s := recordBefore(t, callingLegacy(t, ups.URL("svc")), nil, func(o *recorder.Options) { o.Upstreams = ups })
	return s, to.Host
}

func TestRecordCalls(t *testing.T) {
	s, host := recordCalls(t)
	tests := []struct {
		reason, what, answer string
		want                 *corpus.Call // nil: the case is not recorded
	}{
		{
			"path and query reach the target as they came", "PUT /a%2Fb?x=1 {}",
			fmt.Sprintf(`{"data":{"status":200,"seen":%q,"text":"{\"path\":\"/base/a%%2Fb?key=1&x=1\",\"body\":\"{}\"}"}}`, host),
			&corpus.Call{
				Upstream: "svc", Request: corpus.CallRequest{Method: "PUT", Path: "/a%2Fb?x=1", Body: corpus.JSON("{}")},
				Response: corpus.CallResponse{Status: 200, Body: corpus.JSON(`{"path":"/base/a%2Fb?key=1&x=1","body":"{}"}`)},
			},
		},
		{
			"a compressed answer", "GET /gzip ", `{"data":{"status":200,"seen":"","text":"{\"packed\":true}"}}`,
			&corpus.Call{
				Upstream: "svc", Request: corpus.CallRequest{Method: "GET", Path: "/gzip"},
				Response: corpus.CallResponse{Status: 200, Body: corpus.JSON(`{"packed":true}`)},
			},
		},
		{
			"the target's refusal", "POST /refuses tea?", `{"data":{"status":418,"seen":"","text":"no tea"}}`,
			&corpus.Call{
				Upstream: "svc", Request: corpus.CallRequest{Method: "POST", Path: "/refuses", Body: corpus.JSON(`"tea?"`)},
				Response: corpus.CallResponse{Status: 418, Body: corpus.JSON(`"no tea"`)},
			},
		},
		{"an answer that breaks off", "GET /half ", `{"data":{"status":200,"seen":"","text":"half"}}`, nil},
		{"an answer that needs a header", "HEAD /moved ", `{"data":{"status":502,"seen":"","text":""}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			before := s.rec.Summary()
			got := post(t, s.url, fmt.Sprintf(`{"query":"{ status } # %s"}`, tt.what))
			if diff := cmp.Diff(tt.answer, got.Body); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			after := s.rec.Summary()
			if tt.want == nil {
				if after.Recorded != before.Recorded || after.Skipped["call not recorded"].Count != before.Skipped["call not recorded"].Count+1 {
					t.Errorf("summary = %v, want the case not to be recorded, and counted", after)
				}
				return
			}
			for _, c := range s.cases(t) {
				if strings.Contains(c.Request.Document, tt.what) {
					if diff := cmp.Diff([]corpus.Call{*tt.want}, c.Expect.Calls); diff != "" {
						t.Errorf("calls (-want +got):\n%s", diff)
					}
					return
				}
			}
			t.Errorf("no case was recorded: %s", after)
		})
	}
}

// What cannot belong to one operation for certain is part of no case.
func TestRecordCallsUnattributed(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(service))
	t.Cleanup(target.Close)
	to, err := url.Parse(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	ups, err := recorder.NewUpstreams(map[string]*url.URL{"svc": to})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ups.Close)
	get := func(trace string) {
		send(t, http.MethodGet, ups.URL("svc")+"/x", "", "", "Traceparent", trace)
	}
	get("") // as legacy does when it starts
	inside, leave := make(chan string), make(chan bool)
	legacy := func(w http.ResponseWriter, r *http.Request) {
		inside <- r.Header.Get("Traceparent")
		<-leave
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"data":{"a":1}}`)
	}
	s := recordBefore(t, http.HandlerFunc(legacy), nil, func(o *recorder.Options) {
		o.Upstreams, o.Exclusive = ups, recorder.ExclusiveMutations
	})
	pair := func(calls func(first, second string)) {
		done := make(chan bool)
		for _, name := range []string{"a", "b"} {
			go func() {
				_, _ = try(t, http.MethodPost, s.url, "application/json", fmt.Sprintf(`{"query":"{ a } # %s"}`, name))
				done <- true
			}()
		}
		first, second := <-inside, <-inside
		calls(first, second)
		for range 2 {
			leave <- true
			<-done
		}
	}
	pair(func(_, _ string) { get("") })
	if got := s.rec.Summary(); got.Recorded != 0 || got.Skipped["call of several operations"].Count != 2 || got.StrayCalls != 1 {
		t.Errorf("summary = %v, want both operations not to be recorded, and one stray call", got)
	}
	pair(func(first, second string) { get(first); get(second); get(first) })
	var calls []int
	for _, c := range s.cases(t) {
		calls = append(calls, len(c.Expect.Calls))
	}
	if len(calls) != 2 || calls[0]+calls[1] != 3 || calls[0] == 0 || calls[1] == 0 {
		t.Errorf("calls = %v, want each operation to have those of its trace\n%s", calls, s.rec.Summary())
	}
}
