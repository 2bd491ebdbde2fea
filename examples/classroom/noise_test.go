package classroom_test

import (
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/normalizers"
)

// TestSelfTest wants nearly every fault found under the example's rules. What
// they cost is the precision of the time of a write.
func TestSelfTest(t *testing.T) {
	c, err := harness.LoadConfig("replay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	r, err := harness.SelfTest(t.Context(), c, cases, harness.SelfTestOptions{Min: 0.995, Places: harness.DefaultPlaces})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if r.Fails() {
		t.Errorf("found %d of %d faults:\n%s", r.Found, r.Tried, text.String())
	}
	for _, o := range r.Operators {
		for _, e := range o.Examples {
			if o.Name != "truncate-instant" || len(e.Rules) == 0 {
				t.Errorf("%s is missed %d times, hidden by %v; %s at %s", o.Name, e.Count, e.Rules, e.Case, e.Path)
			}
		}
	}
}

// TestNoise begins without rules, takes those that are suggested, and wants
// legacy to agree with itself under them, whatever varies.
func TestNoise(t *testing.T) {
	c, cases := replays(t)
	runs := 50
	if testing.Short() {
		runs = 4
	}
	c.Rules = &normalizers.Rules{}
	bare, err := harness.Noise(t.Context(), c, cases, harness.NoiseOptions{Runs: 4, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(bare.Rules) == 0 || len(bare.Unexplained) > 0 || len(bare.Broken) > 0 {
		t.Fatalf("rules %q, unexplained %q, broken %v", bare.Rules, bare.Unexplained, bare.Broken)
	}
	for _, rule := range bare.Rules {
		if !strings.Contains(rule, "use: now") {
			t.Errorf("more than the time of the request differs: %s", rule)
		}
	}
	doc, node := strictyaml.Parse("suggested.yaml", []byte(strings.Join(bare.Rules, "\n")))
	c.Rules = normalizers.Parse(node, c.Schema)
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	settled, err := harness.Noise(t.Context(), c, cases, harness.NoiseOptions{Runs: runs, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !settled.Settled() || settled.Comparisons != runs*len(cases.Cases) {
		t.Errorf("%d comparisons, unstable %v, broken %v", settled.Comparisons, settled.Places, settled.Broken)
	}
}
