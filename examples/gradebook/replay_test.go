package gradebook_test

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
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
// red is a defect.
func TestReplay(t *testing.T) {
	c, cases := replays(t)
	keepServer(t, c)
	runs := 20
	if testing.Short() {
		runs = 2
	}
	for seed := range runs {
		shuffled := *cases
		shuffled.Cases = append([]*corpus.Case(nil), cases.Cases...)
		rand.New(rand.NewPCG(uint64(seed), 0)).Shuffle(len(shuffled.Cases), func(i, j int) { //nolint:gosec // an order that can be had again
			shuffled.Cases[i], shuffled.Cases[j] = shuffled.Cases[j], shuffled.Cases[i]
		})
		wantGreen(t, run(t, c, &shuffled, harness.Options{}), len(cases.Cases))
		if t.Failed() {
			t.Fatalf("with the order of seed %d", seed)
		}
	}
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
func TestBreaks(t *testing.T) {
	c, cases := replays(t)
	keepServer(t, c)
	c.Lanes = 1 // for a few cases
	for _, b := range breaks.All {
		t.Run(b.Name, func(t *testing.T) {
			c.Candidate.Env = map[string]string{"GRADEBOOK_BREAK": b.Name, "GRADEBOOK_CLOCK": "header"}
			wantFound(t, run(t, c, cases, harness.Options{Selection: harness.Selection{Cases: []string{b.Field}}}), b)
		})
	}
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

// TestLedger wants every bug ported, and each that is fixed called by its name.
func TestLedger(t *testing.T) {
	c, cases := replays(t)
	keepServer(t, c)
	bugs := run(t, c, cases, harness.Options{}).Bugs
	c.Lanes = 1 // for a few cases
	for _, b := range bugs {
		if b.Status != ledger.Ported {
			t.Errorf("bug %s is %s: %s", b.ID, b.Status, b.Message)
		}
		fix, _ := breaks.Find("fixed-" + b.ID)
		c.Candidate.Env = map[string]string{"GRADEBOOK_BREAK": fix.Name, "GRADEBOOK_CLOCK": "header"}
		found := false
		for _, fixed := range run(t, c, cases, harness.Options{Selection: harness.Selection{Cases: []string{fix.Field}}}).Bugs {
			found = found || fixed.ID == b.ID && fixed.Status == ledger.NotPorted
		}
		if !found {
			t.Errorf("bug %s is not named where the candidate does it right", b.ID)
		}
	}
}
