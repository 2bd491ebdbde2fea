package harness

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerify(t *testing.T) {
	for _, tt := range []struct {
		reason, legacy string
		cases          []string
		want           map[string]Verdict
		message        string // of the case that is not faithful
	}{
		{"all as recorded", "none", []string{"a/1", "a/2"}, map[string]Verdict{"a/1": Equivalent, "a/2": Equivalent}, ""},
		{
			"another answer, on a fresh process too", "differs",
			[]string{"a/1", "a/differs"},
			map[string]Verdict{"a/1": Equivalent, "a/differs": Unfaithful},
			"legacy does not do what was recorded",
		},
		{
			"never the same answer: no fixture mends that", "counts",
			[]string{"a/counts"},
			map[string]Verdict{"a/counts": Unstable},
			"legacy does not do the same twice",
		},
		{
			"as recorded on a fresh process only", "warms",
			[]string{"a/warms", "b/warms"},
			map[string]Verdict{"a/warms": Equivalent, "b/warms": Unstable},
			"legacy keeps something from case to case",
		},
		{
			"the process ends; the next case gets a fresh one", "exits",
			[]string{"a/exits", "a/z"},
			map[string]Verdict{"a/exits": Errored, "a/z": Equivalent},
			"the process exited (exit status 3)\nlast lines of its log:\n    panic: out of chalk",
		},
		{
			"a service that no case answers for", "outside",
			[]string{"a/outside"},
			map[string]Verdict{"a/outside": Errored},
			"fixture incomplete: it asked for GET http://users.internal/graphql",
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			c := testConfig(t, tt.legacy, "none")
			c.Candidate = nil // it is not needed
			r, err := Verify(t.Context(), c, testCorpus(tt.cases...), VerifyOptions{})
			if err != nil {
				t.Fatal(err)
			}
			got, message := map[string]Verdict{}, ""
			for _, res := range r.Results {
				got[res.Case] = res.Verdict
				if !res.Faithful() {
					message = res.Message
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			if !strings.Contains(message, tt.message) {
				t.Errorf("message %q, want %q", message, tt.message)
			}
		})
	}
}

// TestVerifyBlamesTheKiller wants a process that ends after its answer counted
// against the case that it answered, not against the next one.
func TestVerifyBlamesTheKiller(t *testing.T) {
	c := testConfig(t, "none", "none")
	side, err := openSide(t.Context(), c, c.Legacy, 0, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer side.close()
	v := &verifier{config: c}
	v.settle(&VerifyResult{Case: "a/1", Verdict: Equivalent}, side)
	dead := side.proc
	dead.kill()
	v.settle(&VerifyResult{Case: "a/2", Verdict: Equivalent}, side)
	if got := v.results[0].Verdict; got != Equivalent {
		t.Errorf("the case before is %s", got)
	}
	if got := v.results[1]; got.Verdict != Errored || !strings.Contains(got.Message, "after its answer") || side.proc != nil {
		t.Errorf("%s: %s", got.Verdict, got.Message)
	}
}

func TestVerifyCannotStart(t *testing.T) {
	c := testConfig(t, "exit-at-start", "none")
	r, err := Verify(t.Context(), c, testCorpus("a/1"), VerifyOptions{})
	if start := (*StartError)(nil); !errors.As(err, &start) {
		t.Errorf("error %v, want that legacy does not start", err)
	}
	if r == nil || len(r.Results) != 0 || r.Incomplete == "" {
		t.Errorf("report %+v: a case was judged without legacy", r)
	}
}

func TestVerifyInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := Verify(ctx, testConfig(t, "none", "none"), testCorpus("a/1"), VerifyOptions{})
	if !errors.Is(err, ErrInterrupted) || r == nil || r.Incomplete == "" {
		t.Errorf("error %v, report %+v", err, r)
	}
}

// TestOffline wants nothing left that leads to what was recorded from.
func TestOffline(t *testing.T) {
	c := testConfig(t, "none", "none")
	c.Stores = []StoreConfig{{Name: "datastore", Kind: "datastore", Driver: "external", Address: "127.0.0.1:1"}, {Name: "cache", Kind: "redis", Driver: "embedded"}}
	c.Upstreams = []UpstreamConfig{{Name: "users", Address: "http://127.0.0.1:2"}}
	off := c.offline()
	want := []StoreConfig{{Name: "datastore", Kind: "datastore", Driver: "embedded"}, {Name: "cache", Kind: "redis", Driver: "embedded"}}
	for i, s := range off.Stores {
		if s.Name != want[i].Name || s.Driver != want[i].Driver || s.Address != want[i].Address {
			t.Errorf("store %+v, want %+v", s, want[i])
		}
	}
	if off.Upstreams[0].Address != "" {
		t.Errorf("the upstream is still at %s", off.Upstreams[0].Address)
	}
	if c.Stores[0].Driver != "external" || c.Upstreams[0].Address == "" {
		t.Error("the configuration itself was changed")
	}
}
