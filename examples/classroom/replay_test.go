package classroom_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/examples/classroom/breaks"
	"github.com/sidebyside/replay/harness"
)

// replays is the example's configuration, with the programs built for the suite,
// and its corpus.
func replays(t *testing.T) (*harness.Config, *corpus.Corpus) {
	t.Helper()
	c, err := harness.LoadConfig("replay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []*harness.Implementation{c.Legacy, c.Candidate} {
		i.Build, i.Command = nil, []string{filepath.Join(programs, i.Name)}
	}
	return c, cases
}

func run(t *testing.T, c *harness.Config, cases *corpus.Corpus, opts harness.Options) *harness.Report {
	t.Helper()
	report, err := harness.Run(t.Context(), c, cases, opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func wantGreen(t *testing.T, r *harness.Report, cases int) {
	t.Helper()
	if r.Summary[harness.Equivalent] == cases && len(r.Results) == cases {
		return
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	t.Errorf("not every case of %d is equivalent:\n%s", cases, text.String())
}

// TestReplay wants no difference, again and again and in whatever order: a false
// red is a defect.
func TestReplay(t *testing.T) {
	c, cases := replays(t)
	if n := len(cases.Cases); n < 80 {
		t.Fatalf("the corpus holds %d cases, want at least 80", n)
	}
	s, err := harness.Start(t.Context(), c, cases, harness.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	runs := 20
	if testing.Short() {
		runs = 2
	}
	for seed := range runs {
		order := slices.Clone(cases.Cases)
		rand.New(rand.NewPCG(uint64(seed), 0)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] }) //nolint:gosec // an order that can be had again
		replayInOrder(t, s, order)
		if t.Failed() {
			t.Fatalf("with the order of seed %d", seed)
		}
	}
	if have, want := s.Report(nil).Summary[harness.Equivalent], runs*len(cases.Cases); have != want {
		t.Errorf("%d of %d are equivalent", have, want)
	}
}

// replayInOrder replays on the lanes of a session, as a run does, and on processes
// that have replayed other cases before.
func replayInOrder(t *testing.T, s *harness.Session, order []*corpus.Case) {
	t.Helper()
	queue := make(chan *corpus.Case, len(order))
	for _, cs := range order {
		queue <- cs
	}
	close(queue)
	var lanes sync.WaitGroup
	for range s.Lanes() {
		lanes.Go(func() {
			for cs := range queue {
				if res, err := s.Case(t.Context(), cs); err != nil {
					t.Error(err)
				} else if res.Verdict != harness.Equivalent {
					t.Errorf("%s is %s:\n%s", cs.Name, res.Verdict, res.Text())
				}
			}
		})
	}
	lanes.Wait()
}

// TestReplayOtherwise wants no difference by other means, either.
func TestReplayOtherwise(t *testing.T) {
	c, cases := replays(t)
	t.Run("recorded", func(t *testing.T) {
		wantGreen(t, run(t, c, cases, harness.Options{Recorded: true}), len(cases.Cases))
	})
	t.Run("legacy against itself", func(t *testing.T) {
		c.Candidate.Command = c.Legacy.Command
		wantGreen(t, run(t, c, cases, harness.Options{}), len(cases.Cases))
	})
}

// TestBreaks wants each mistake found, in the field, channel and path and with
// the likely cause that package breaks names: a false green is the worst defect.
func TestBreaks(t *testing.T) {
	c, cases := replays(t)
	for _, b := range breaks.All {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			broken, candidate := *c, *c.Candidate
			candidate.Env = map[string]string{"CLASSROOM_BREAK": b.Name, "CLASSROOM_CLOCK": "header"}
			broken.Candidate = &candidate
			r := run(t, &broken, cases, harness.Options{Lanes: 1, Selection: harness.Selection{Cases: []string{b.Field}}}) // for a few cases
			if r.Failing() == 0 {
				t.Fatalf("no case of %s fails", b.Field)
			}
			if r.Summary[harness.Unfaithful]+r.Summary[harness.Unstable]+r.Summary[harness.Errored] > 0 {
				t.Errorf("verdicts %v: want divergent ones only", r.Summary)
				logUnjudged(t, r)
			}
			if !shown(r, b) {
				t.Errorf("no difference of %s at %s with class %q; have %s", b.Channel, b.Path, b.Class, places(r))
			}
		})
	}
}

// logUnjudged shows the cases that prove nothing of the candidate.
func logUnjudged(t *testing.T, r *harness.Report) {
	t.Helper()
	for _, res := range r.Results {
		switch res.Verdict {
		case harness.Unfaithful, harness.Unstable, harness.Errored:
			t.Logf("%s is %s:\n%s", res.Case, res.Verdict, res.Text())
		}
	}
}

func shown(r *harness.Report, b breaks.Break) bool {
	for _, res := range r.Results {
		for _, d := range res.Differences {
			if string(d.Channel) == string(b.Channel) && strings.Contains(d.Path, b.Path) && string(d.Class) == b.Class {
				return true
			}
		}
	}
	return false
}

func places(r *harness.Report) string {
	var list []string
	for _, res := range r.Results {
		for _, d := range res.Differences {
			list = append(list, string(d.Channel)+" "+d.Path+" ("+string(d.Class)+")")
		}
	}
	return strings.Join(list, ", ")
}
