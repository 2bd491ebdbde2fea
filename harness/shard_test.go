package harness

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

// shardCases are n cases with times as skewed as corpora have them: most are
// short, a few take a hundred times as long.
func shardCases(n int, seed uint64, skew float64) ([]*corpus.Case, *Timings) {
	random := rand.New(rand.NewPCG(seed, 1))
	rep := &Report{}
	cases := make([]*corpus.Case, n)
	for i := range cases {
		cases[i] = &corpus.Case{Name: fmt.Sprintf("field%d/case-%08x", i%40, random.Uint32())}
		rep.Results = append(rep.Results, Result{Case: cases[i].Name, Milliseconds: Milliseconds{Total: 2 * math.Exp(skew*random.NormFloat64())}})
	}
	return cases, rep.timings()
}

// loadsOf adds up what each part takes.
func loadsOf(cases []*corpus.Case, homes []int, parts int, t *Timings) []int64 {
	loads := make([]int64, parts)
	for i, cs := range cases {
		loads[homes[i]] += t.of(cs)
	}
	return loads
}

// 10 000 cases of skewed times are cut so that no part takes 10 % more or less
// than an equal share. A part that one case fills is left out: no cut can help it.
func TestSplitBalances(t *testing.T) {
	type sample struct {
		cases   []*corpus.Case
		timings *Timings
	}
	var samples []sample
	for i, skew := range []float64{0, 0.5, 1, 1.5, 2} {
		cases, timings := shardCases(10_000, uint64(i), skew)
		samples = append(samples, sample{cases, timings})
	}
	samples = append(samples, sample{samples[0].cases, nil})
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.IntRange(1, 64).Draw(t, "parts")
		s := rapid.SampledFrom(samples).Draw(t, "sample")
		loads := loadsOf(s.cases, split(s.cases, parts, s.timings), parts, s.timings)
		filled, rest := giants(s.cases, s.timings, parts)
		share := float64(rest) / float64(parts-len(filled))
		for i, l := range loads {
			if off := float64(l) / share; (off < 0.9 || off > 1.1) && !filled[l] {
				t.Fatalf("part %d of %d takes %.3f of an equal share; all: %v", i+1, parts, off, loads)
			}
		}
	})
}

// giants are the times of the cases that fill a part each, and what the others
// take together.
func giants(cases []*corpus.Case, t *Timings, parts int) (filled map[int64]bool, rest int64) {
	times := make([]int64, len(cases))
	for i, cs := range cases {
		times[i] = t.of(cs)
		rest += times[i]
	}
	slices.Sort(times)
	filled = map[int64]bool{}
	for _, one := range slices.Backward(times) {
		if one*int64(parts-len(filled)) <= rest {
			break
		}
		filled[one] = true
		rest -= one
	}
	return filled, rest
}

// Cases that are heavier than others are spread as well as they can be.
func TestSplitSpreadsHeavyCases(t *testing.T) {
	rep := &Report{}
	var cases []*corpus.Case
	for i := range 200 {
		took := 1.0
		if i%20 == 0 {
			took = 100
		}
		cases = append(cases, &corpus.Case{Name: fmt.Sprintf("a/%d", i)})
		rep.Results = append(rep.Results, Result{Case: cases[i].Name, Milliseconds: Milliseconds{Total: took}})
	}
	timings := rep.timings()
	for _, tt := range []struct {
		parts int
		most  int64 // milliseconds
	}{{2, 600}, {5, 240}, {10, 121}} {
		for _, l := range loadsOf(cases, split(cases, tt.parts, timings), tt.parts, timings) {
			if l > tt.most*1000 {
				t.Errorf("a part of %d takes %d ms, want at most %d", tt.parts, l/1000, tt.most)
			}
		}
	}
}

// A case that is added, or taken away, moves few others: by number, at most one at
// each cut.
func TestSplitIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.IntRange(1, 20).Draw(t, "parts")
		n := rapid.IntRange(1, 2000).Draw(t, "cases")
		added := rapid.IntRange(1, 20).Draw(t, "added")
		cases, timings := shardCases(n, rapid.Uint64().Draw(t, "seed"), 1)
		if rapid.Bool().Draw(t, "untimed") {
			timings = nil
		}
		more := cases
		for i := range added {
			more = append(more, &corpus.Case{Name: fmt.Sprintf("new/%d", i)})
		}
		before, after := split(cases, parts, timings), split(more, parts, timings)
		moved := 0
		for i := range cases {
			if before[i] != after[i] {
				moved++
			}
		}
		most := (parts - 1) * added
		if timings != nil {
			// What is added weighs as much as several short cases, and heavy ones, of
			// which small corpora with few cases per part have some, move as a whole.
			most = 2*most + 2*parts
		}
		if (timings == nil || n > 40*parts) && moved > most {
			t.Fatalf("%d of %d cases move between %d parts when %d are added, want at most %d", moved, n, parts, added, most)
		}
	})
}

// The order in which a shard knows the cases is of no matter, and each case is in
// one shard.
func TestShardsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases, timings := shardCases(rapid.IntRange(1, 300).Draw(t, "cases"), rapid.Uint64().Draw(t, "seed"), 2)
		of := rapid.IntRange(1, 9).Draw(t, "of")
		seen := map[string]int{}
		plan := ""
		for i := 1; i <= of; i++ {
			c := Shard{Index: i, Of: of}.cutFor(cases, timings)
			if plan != "" && c.plan != plan {
				t.Fatalf("shard %d has another plan", i)
			}
			plan = c.plan
			for _, cs := range c.cases {
				seen[cs.Name]++
			}
		}
		if len(seen) != len(cases) {
			t.Fatalf("%d of %d cases are in a shard", len(seen), len(cases))
		}
		for name, n := range seen {
			if n != 1 {
				t.Fatalf("%s is in %d shards", name, n)
			}
		}
	})
}

// A case without a time of its own takes the mean of its root field, then of all.
func TestTimingsOfNewCases(t *testing.T) {
	timings := (&Report{Results: []Result{
		{Case: "rename/a", Milliseconds: Milliseconds{Total: 1}},
		{Case: "rename/b", Milliseconds: Milliseconds{Total: 3}},
		{Case: "grade/a", Milliseconds: Milliseconds{Total: 8}},
	}}).timings()
	for _, tt := range []struct {
		name, reason string
		want         int64
	}{
		{"grade/a", "it was timed", 8000},
		{"rename/new", "the mean of rename", 2000},
		{"submit/new", "the mean of all", 4000},
	} {
		if got := timings.of(&corpus.Case{Name: tt.name}); got != tt.want {
			t.Errorf("%s (%s): %d µs, want %d", tt.name, tt.reason, got, tt.want)
		}
	}
}

func TestParseShard(t *testing.T) {
	if got, err := ParseShard("2/3"); err != nil || got != (Shard{Index: 2, Of: 3}) {
		t.Errorf("2/3: %v, %v", got, err)
	}
	for _, text := range []string{"", "2", "0/3", "4/3", "a/b", "1/0", "-1/3", "1/3/5"} {
		if _, err := ParseShard(text); err == nil {
			t.Errorf("%q must be refused", text)
		}
	}
}

func TestShardOf(t *testing.T) {
	tests := []struct {
		reason string
		env    string
		want   Shard
		err    string
	}{
		{"GitLab counts from 1", "CI_NODE_INDEX=2 CI_NODE_TOTAL=3", Shard{2, 3, "CI_NODE_INDEX"}, ""},
		{"Buildkite counts from 0", "BUILDKITE_PARALLEL_JOB=0 BUILDKITE_PARALLEL_JOB_COUNT=4", Shard{1, 4, "BUILDKITE_PARALLEL_JOB"}, ""},
		{"CircleCI counts from 0", "CIRCLE_NODE_INDEX=3 CIRCLE_NODE_TOTAL=4", Shard{4, 4, "CIRCLE_NODE_INDEX"}, ""},
		{"Kubernetes counts from 0 and is told of how many", "JOB_COMPLETION_INDEX=1 REPLAY_SHARD_COUNT=2", Shard{2, 2, "JOB_COMPLETION_INDEX"}, ""},
		{"nothing is set", "", Shard{}, "none of the variables of GitLab, Buildkite, CircleCI or Kubernetes is set; say I/N"},
		{"a job of GitLab that is not parallel", "CI_NODE_TOTAL=1", Shard{}, "none of the variables"},
		{"a count that nothing reads", "REPLAY_SHARD_COUNT=2", Shard{}, "none of the variables"},
		{"Kubernetes does not say of how many", "JOB_COMPLETION_INDEX=1", Shard{}, "JOB_COMPLETION_INDEX=1 is set without REPLAY_SHARD_COUNT"},
		{"half of a pair", "CI_NODE_TOTAL=3", Shard{}, "CI_NODE_TOTAL=3 is set without CI_NODE_INDEX"},
		{"GitLab's runner in an indexed Job", "CI_NODE_INDEX=2 CI_NODE_TOTAL=3 JOB_COMPLETION_INDEX=1 REPLAY_SHARD_COUNT=2", Shard{}, "GitLab and Kubernetes are set"},
		{"an index out of range", "CIRCLE_NODE_INDEX=4 CIRCLE_NODE_TOTAL=4", Shard{}, "name no part"},
		{"GitLab's 0", "CI_NODE_INDEX=0 CI_NODE_TOTAL=4", Shard{}, "name no part"},
		{"no numbers", "CI_NODE_INDEX=a CI_NODE_TOTAL=b", Shard{}, "name no part"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			env := map[string]string{}
			for pair := range strings.FieldsSeq(tt.env) {
				name, value, _ := strings.Cut(pair, "=")
				env[name] = value
			}
			got, err := ShardOf(func(name string) string { return env[name] })
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("err = %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("got %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}
