package recorder

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// prompt is a legacy that answers at once.
type prompt struct{}

func (prompt) RoundTrip(req *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, req.Body)
	_ = req.Body.Close()
	return &http.Response{
		StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(pathAnswer)), Request: req,
		Header: http.Header{"Content-Type": {"application/json"}, "Content-Length": {"42"}}, Body: io.NopCloser(strings.NewReader(pathAnswer)),
	}, nil
}

const pathAnswer = `{"data":{"task":{"id":"42","title":"abc"}}}`

// BenchmarkPath is what an answer waits for: a handler with a legacy that answers at
// once, without network and store.
func BenchmarkPath(b *testing.B) {
	target := &url.URL{Scheme: "http", Host: "legacy", Path: "/graphql"}
	body := `{"query":"query One($id: Int!) { task(board: 1, id: $id) { id title owner } }","variables":{"id":7}}`
	run := func(h http.Handler) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
				req.Header.Set("Content-Type", "application/json")
				h.ServeHTTP(httptest.NewRecorder(), req)
			}
		}
	}
	record := func(s Selection) http.Handler {
		r, err := New(Options{Target: target, Out: b.TempDir(), Transport: prompt{}, Select: s})
		if err != nil {
			b.Fatal(err)
		}
		r.scribe.write = func(string, []byte) error { return nil }
		b.Cleanup(func() { r.Summary() })
		return r
	}
	b.Run("ReverseProxy", run(&httputil.ReverseProxy{Transport: prompt{}, Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target) }}))
	b.Run("recorded", run(record(Selection{})))
	b.Run("left out", run(record(Selection{Only: corpus.Mutation})))
}
