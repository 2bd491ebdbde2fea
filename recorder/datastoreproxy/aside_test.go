package datastoreproxy_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	ds "cloud.google.com/go/datastore"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/recorder"
)

// What legacy does for a request that is no operation is not taken for what it does for
// the operation beside it.
func TestAsideIsToldApart(t *testing.T) {
	subscription := `{"query":"subscription { told }"}`
	for _, test := range []struct {
		reason             string
		method, path, body string // of the request beside the operation; no path for none
		traced             bool   // legacy passes traces on
		recorded           int
	}{
		{"nothing runs beside it", "", "", "", false, 1},
		{"the call without a trace may be either's", http.MethodGet, "/rest", "", false, 0},
		{"so may that of a subscription", http.MethodPost, "/graphql", subscription, false, 0},
		{"the trace tells", http.MethodGet, "/rest", "", true, 1},
		{"the trace tells a subscription's, too", http.MethodPost, "/graphql", subscription, true, 1},
	} {
		t.Run(test.reason, func(t *testing.T) {
			eachWay(t, func(t *testing.T, behind recorder.Attributor) {
				l := newLegacy(t, behind.URL())
				put := func(r *http.Request, id int64) error {
					ctx := context.Background()
					if test.traced {
						ctx = otel.GetTextMapPropagator().Extract(ctx, propagation.HeaderCarrier(r.Header))
					}
					_, err := l.Put(ctx, ds.IDKey("Told", id, nil), &row{})
					return err
				}
				begun, proceed := make(chan struct{}), make(chan struct{})
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					id := int64(2)
					if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "mutation") {
						close(begun)
						<-proceed
						id = 1
					}
					if err := put(r, id); err != nil {
						t.Error(err)
					}
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, `{"data":{"tell":1}}`)
				}))
				t.Cleanup(server.Close)
				to, err := url.Parse(server.URL + "/graphql")
				if err != nil {
					t.Fatal(err)
				}
				out := t.TempDir()
				rec, err := recorder.New(recorder.Options{
					Target: to, Stores: map[string]store.Recordable{"datastore": behind}, Out: out, Guards: 2, Follow: 1,
				})
				if err != nil {
					t.Fatal(err)
				}
				front := httptest.NewServer(rec)
				t.Cleanup(front.Close)
				send := func(method, path, body string) {
					req, err := http.NewRequest(method, front.URL+path, strings.NewReader(body))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("Content-Type", "application/json")
					resp, err := http.DefaultClient.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					_ = resp.Body.Close()
				}
				answered := make(chan struct{})
				go func() {
					send(http.MethodPost, "/graphql", `{"query":"mutation { tell }"}`)
					close(answered)
				}()
				<-begun
				if test.path != "" {
					send(test.method, test.path, test.body) // nobody makes it wait
				}
				close(proceed)
				<-answered
				got := rec.Summary()
				if got.Recorded != test.recorded {
					t.Errorf("recorded %d, want %d: %s", got.Recorded, test.recorded, got)
				}
				c, err := corpus.Load(os.DirFS(out))
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range c.Cases {
					for _, e := range one.Expect.Effects["datastore"] {
						if e.Key.Path[0].ID != 1 {
							t.Errorf("%s has the effect of another: %v", one.Name, e.Key)
						}
					}
				}
			})
		})
	}
}
