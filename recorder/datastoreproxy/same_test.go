package datastoreproxy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// Through the proxy, an implementation is told the same as without, and what is
// recorded is what the journal of an embedded emulator yields.
func TestAsWithoutProxy(t *testing.T) {
	direct, behind := openStore(t, school()), openStore(t, school())
	proxy := startProxy(t, behind.URL())
	clients := [2]*client{newTold(t, direct.URL(), direct), newTold(t, proxy.URL(), proxy)}
	rapid.Check(t, func(rt *rapid.T) {
		for _, s := range []store.Store{direct, behind} {
			if err := s.Seed(t.Context(), school()); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 4).Draw(rt, "operations") {
			acts := rapid.SliceOfN(rapid.Custom(drawAct), 1, 4).Draw(rt, "acts")
			want, got := clients[0].operate(rt, acts), clients[1].operate(rt, acts)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{}), cmpopts.EquateEmpty(), equalValues); diff != "" {
				for _, a := range acts {
					rt.Log(a.name)
				}
				rt.Fatalf("without proxy (-), with (+):\n%s", diff)
			}
		}
	})
}

var equalValues = cmp.Comparer(func(a, b corpus.Key) bool { return a.Equal(b) })
