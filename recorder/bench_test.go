package recorder_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/recorder"
)

// rates of the load, in requests per second.
const benchRate = 500

// BenchmarkOverhead sends the same operations, one each 2 ms, to legacy itself,
// through net/http's own proxy, and through recorders. It reports the 50th and 99th
// percentile of the time to an answer, in milliseconds. Recorders are worth it if they
// add no more than 0.3 and 2 ms to what legacy takes alone.
//
//	go test -run '^$' -bench Overhead -benchtime 5000x ./recorder
func BenchmarkOverhead(b *testing.B) {
	stores := openStore(b)
	if err := stores.Seed(b.Context(), seed()); err != nil {
		b.Fatal(err)
	}
	legacy := httptest.NewServer(newBoard(b, stores))
	b.Cleanup(legacy.Close)
	target, err := url.Parse(legacy.URL + "/graphql")
	if err != nil {
		b.Fatal(err)
	}
	record := func(b *testing.B, change func(*recorder.Options)) string {
		b.Helper()
		o := recorder.Options{Target: target, Out: b.TempDir(), Guards: 3, Follow: 1}
		change(&o)
		rec, err := recorder.New(o)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			got := rec.Summary()
			b.ReportMetric(float64(got.Recorded+got.Unchanged+len(got.Differing))/float64(max(1, got.Seen)), "recorded")
		})
		return serveBench(b, rec)
	}
	all := map[string]store.Recordable{"datastore": stores}
	for _, way := range []struct {
		name string
		open func(*testing.B) string
	}{
		{"none", func(*testing.B) string { return target.String() }},
		{"ReverseProxy", func(b *testing.B) string { return serveBench(b, bare(target)) }},
		{"exclusive", func(b *testing.B) string {
			return record(b, func(o *recorder.Options) { o.Stores = all })
		}},
		{"sample", func(b *testing.B) string {
			return record(b, func(o *recorder.Options) { o.Stores, o.Select.Sample = all, 0.01 })
		}},
	} {
		b.Run(way.name, func(b *testing.B) { paced(b, way.open(b)) })
	}
}

// bare is a proxy that does nothing but pass on.
func bare(target *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: target.Scheme, Host: target.Host}) },
		Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256},
	}
}

func serveBench(b *testing.B, h http.Handler) string {
	b.Helper()
	s := httptest.NewServer(h)
	b.Cleanup(s.Close)
	return s.URL + "/graphql"
}

// paced sends b.N operations at an even pace, whatever the answers take, and reports
// how long each took from the moment at which it was due.
func paced(b *testing.B, to string) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 256}}
	defer client.CloseIdleConnections()
	send := func(i int) {
		resp, err := client.Post(to, "application/json", strings.NewReader(benchBody(i)))
		if err != nil {
			b.Error(err)
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	for i := range 200 {
		send(i) // connections are made, and what is prepared once is
	}
	took := make([]time.Duration, b.N)
	var all sync.WaitGroup
	b.ResetTimer()
	start := time.Now()
	for i := range b.N {
		due := start.Add(time.Duration(i) * time.Second / benchRate)
		time.Sleep(time.Until(due))
		all.Go(func() {
			send(i)
			took[i] = time.Since(due)
		})
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	ms := func(part float64) float64 { return took[min(b.N-1, int(part*float64(b.N)))].Seconds() * 1e3 }
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
}

// benchBody is an operation: every other one is a mutation.
func benchBody(i int) string {
	if i%2 == 0 {
		return fmt.Sprintf(`{"query":"query One($id: Int!) { task(board: 1, id: $id) { id title owner } }","variables":{"id":%d}}`, i%5+1)
	}
	return fmt.Sprintf(`{"query":"mutation Set($id: Int!, $p: Int!) { setPoints(board: 1, id: $id, points: $p) { id points } }","variables":{"id":%d,"p":%d}}`, i%5+1, i)
}
