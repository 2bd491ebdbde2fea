package datastoreproxy_test

import (
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/recorder"
)

// Operations that are left out run side by side with recorded ones and in the same
// entities. They are told apart from them, so that what is recorded is faithful.
func TestLeftOutIsToldApart(t *testing.T) { eachWay(t, leftOutIsToldApart) }

func leftOutIsToldApart(t *testing.T, behind recorder.Attributor) {
	server := httptest.NewServer(newLegacy(t, behind.URL()))
	t.Cleanup(server.Close)
	to, err := url.Parse(server.URL + "/graphql")
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	rec, err := recorder.New(recorder.Options{
		Target: to, Stores: map[string]store.Recordable{"datastore": behind}, Out: out, Guards: 2, Follow: 1,
		Exclusive: recorder.ExclusiveNone, Select: recorder.Selection{Sample: 0.3},
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(rec)
	t.Cleanup(front.Close)
	sent, _ := sendAll(t, front.URL+"/graphql", 8, 20)
	got := rec.Summary()
	c, err := corpus.Load(os.DirFS(out))
	if err != nil {
		t.Fatal(err)
	}
	accounted := got.Recorded + got.Unchanged + got.LeftOut["sample"]
	for reason, s := range got.Skipped {
		if accounted += s.Count; reason == "store call without the operation's trace" || reason == "store call in a transaction of nobody" {
			t.Errorf("%d calls of those that were left out were not told apart: %s", s.Count, reason)
		}
	}
	if accounted != sent || got.LeftOut["sample"] == 0 || got.Recorded == 0 {
		t.Errorf("%d of %d are accounted for: %s", accounted, sent, got)
	}
	wantFaithful(t, c.Cases)
}
