package recorder

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

const pathAnswer = `{"data":{"task":{"id":"42","title":"abc"}}}`

// newPrompt is a legacy that answers at once.
func newPrompt(b *testing.B) *url.URL {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: application/json\r\n\r\n%s", len(pathAnswer), pathAnswer)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				for in := bufio.NewReader(conn); ; {
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					if _, err := io.WriteString(conn, answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/graphql"}
}

// BenchmarkPath is what an answer waits for: a handler before a legacy that answers at
// once, without store. "recorded" is the share of what could become a case; the others
// found the queue full, because they come as fast as they can.
func BenchmarkPath(b *testing.B) {
	target := newPrompt(b)
	body := `{"query":"query One($id: Int!) { task(board: 1, id: $id) { id title owner } }","variables":{"id":7}}`
	run := func(b *testing.B, h http.Handler) {
		b.Helper()
		b.ReportAllocs()
		for b.Loop() {
			req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, req); w.Body.String() != pathAnswer {
				b.Fatalf("got %d %s", w.Code, w.Body)
			}
		}
	}
	b.Run("ReverseProxy", func(b *testing.B) {
		run(b, &httputil.ReverseProxy{Transport: newTransport(), Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: "http", Host: target.Host}) }})
	})
	for name, s := range map[string]Selection{"recorded": {}, "left out": {Only: corpus.Mutation}} {
		b.Run(name, func(b *testing.B) {
			r, err := New(Options{Target: target, Out: b.TempDir(), Select: s})
			if err != nil {
				b.Fatal(err)
			}
			r.scribe.write = func(string, []byte) error { return nil }
			run(b, r)
			b.StopTimer()
			sum := r.Summary()
			b.ReportMetric(float64(sum.Recorded+sum.Unchanged)/float64(sum.Seen), "recorded")
		})
	}
}
