package gradebook_test

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/examples/gradebook/breaks"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/ledger"
	"github.com/sidebyside/replay/harness/store/storetest"
)

// replays is a configuration of the example, with the candidate built for the
// suite, and its corpus.
func replays(t *testing.T) (*harness.Config, *corpus.Corpus) {
	t.Helper()
	need(t, "python", "postgres")
	c, err := harness.LoadConfig("replay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	c.Candidate.Build, c.Candidate.Command = nil, []string{filepath.Join(programs, "candidate")}
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

// keepServer has the configuration's private PostgreSQL server outlive single runs:
// it ends with the last store on it.
func keepServer(t *testing.T, c *harness.Config) {
	t.Helper()
	side, err := harness.Open(t.Context(), c, c.Candidate, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(side.Close)
}

func wantGreen(t *testing.T, r *harness.Report, cases int) {
	t.Helper()
	if r.Summary[harness.Equivalent] == cases && len(r.Results) == cases && r.Failing() == 0 {
		return
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	t.Errorf("not every case of %d is equivalent:\n%s", cases, text.String())
}

// TestReplay wants no difference, again and again and in whatever order: a false
// red is a defect. And it wants every bug of the ledger ported.
func TestReplay(t *testing.T) {
	c, cases := replays(t)
	keepServer(t, c)
	runs := 20
	if testing.Short() {
		runs = 2
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
	for seed := range runs {
		order := slices.Clone(cases.Cases)
		rand.New(rand.NewPCG(uint64(seed), 0)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] }) //nolint:gosec // an order that can be had again
		replayInOrder(t, s, order)
		if t.Failed() {
			t.Fatalf("with the order of seed %d", seed)
		}
	}
	report := s.Report(nil)
	if have, want := report.Summary[harness.Equivalent], runs*len(cases.Cases); have != want || report.Failing() != 0 {
		t.Errorf("%d of %d are equivalent, %d fail", have, want, report.Failing())
	}
	for _, b := range report.Bugs {
		if b.Status != ledger.Ported {
			t.Errorf("bug %s is %s: %s", b.ID, b.Status, b.Message)
		}
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
	keepServer(t, c)
	t.Run("recorded", func(t *testing.T) {
		wantGreen(t, run(t, c, cases, harness.Options{Recorded: true}), len(cases.Cases))
	})
	t.Run("redis-server", func(t *testing.T) {
		_, err := exec.LookPath("redis-server")
		storetest.Need(t, "redis", err == nil, "no redis-server is installed (apt-get install redis-server)")
		served, _ := replays(t)
		for i := range served.Stores {
			if s := &served.Stores[i]; s.Kind == "redis" {
				s.Driver = "local"
			}
		}
		wantGreen(t, run(t, served, cases, harness.Options{}), len(cases.Cases))
	})
	t.Run("legacy against itself", func(t *testing.T) {
		c.Candidate.Command = c.Legacy.Command
		wantGreen(t, run(t, c, cases, harness.Options{}), len(cases.Cases))
	})
}

// TestBreaks wants each mistake found, in the field, channel and path and with
// the likely cause that package breaks names: a false green is the worst defect.
// Where it is that a bug is mended, the ledger must call it by its name.
func TestBreaks(t *testing.T) {
	c, cases := replays(t)
	keepServer(t, c)
	for _, b := range breaks.All {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			r := run(t, broken(c, b), cases, harness.Options{Lanes: 1, Selection: harness.Selection{Cases: []string{b.Field}}}) // for a few cases
			wantFound(t, r, b)
			id, mended := strings.CutPrefix(b.Name, "fixed-")
			named := slices.ContainsFunc(r.Bugs, func(bug harness.BugStatus) bool { return bug.ID == id && bug.Status == ledger.NotPorted })
			if mended && !named {
				t.Errorf("bug %s is not named where the candidate does it right", id)
			}
		})
	}
}

// TestOwnIDs wants each row found whose id the candidate made up, also where the
// sequence gives the same one.
func TestOwnIDs(t *testing.T) {
	c, cases := replays(t)
	own, _ := breaks.Find("own-id")
	chance := 0
	for _, res := range run(t, broken(c, own), cases, harness.Options{Selection: harness.Selection{Cases: []string{own.Field}}}).Results {
		inserts := false
		for _, cs := range cases.Cases {
			inserts = inserts || cs.Name == res.Case && len(cs.Expect.Effects["db"]) > 0
		}
		if got := res.Verdict == harness.Divergent; got != inserts {
			t.Errorf("%s is %s", res.Case, res.Verdict)
		}
		for _, d := range res.Differences {
			if d.Legacy == "id given out by the store" && strings.HasPrefix(d.Path, "public.students/") {
				chance++
			}
		}
	}
	if chance == 0 {
		t.Error("in no case are the ids the same by chance")
	}
}

// broken is the configuration with a candidate that makes a mistake.
func broken(c *harness.Config, b breaks.Break) *harness.Config {
	out, candidate := *c, *c.Candidate
	candidate.Env = map[string]string{"GRADEBOOK_BREAK": b.Name, "GRADEBOOK_CLOCK": "header"}
	out.Candidate = &candidate
	return &out
}

func wantFound(t *testing.T, r *harness.Report, b breaks.Break) {
	t.Helper()
	if r.Failing() == 0 {
		t.Fatalf("no case of %s fails", b.Field)
	}
	if r.Summary[harness.Unfaithful]+r.Summary[harness.Unstable]+r.Summary[harness.Errored] > 0 {
		t.Errorf("verdicts %v: want divergent ones only", r.Summary)
	}
	var places []string
	for _, res := range r.Results {
		for _, d := range res.Differences {
			if string(d.Channel) == string(b.Channel) && strings.Contains(d.Path, b.Path) && string(d.Class) == b.Class {
				return
			}
			places = append(places, string(d.Channel)+" "+d.Path+" ("+string(d.Class)+")")
		}
	}
	t.Errorf("no difference of %s at %s with class %q; have %s", b.Channel, b.Path, b.Class, strings.Join(places, ", "))
}
