package classroom_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
	"github.com/sidebyside/replay/harness/store/storetest"
	"github.com/sidebyside/replay/recorder/datastoreproxy"
)

// TestExternal records the session through the Datastore proxy, before our
// emulator and before gcloud's: what it yields replays, and is what the embedded
// journal yields, but for ids and times.
//
// Guards are left out where corpora are compared: which entities stand beside a
// query's result depends on the ids. gcloud's emulator of the former Datastore is
// not among them: the session itself meets other answers there.
func TestExternal(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts emulators")
	}
	own := datastore.Options{Project: "demo"}
	tests := map[string]struct {
		open func(*testing.T) (store.Recordable, error)
		// lost is how many operations at most the proxy does not vouch for.
		lost int
	}{
		"embedded": {func(*testing.T) (store.Recordable, error) { return datastore.Open(own) }, 0},
		"gcloud": {func(t *testing.T) (store.Recordable, error) {
			_, err := exec.LookPath("gcloud")
			storetest.Need(t, "gcloud", err == nil, "the gcloud command is not installed")
			return datastore.OpenRemote(t.Context(), datastore.RemoteOptions{Options: own, Driver: datastore.Gcloud, Mode: datastore.ModeFirestore})
		}, 2},
	}
	want := neutral(t, recorded(t, func(c *harness.Config, _ map[string]corpus.State) { c.Record.Guards = 0 }))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			behind, err := tt.open(t)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = behind.Close() }()
			proxied := func(c *harness.Config, seed map[string]corpus.State) {
				if err := behind.Seed(t.Context(), seed["datastore"]); err != nil {
					t.Fatal(err)
				}
				clear(seed) // a recording does not fill what is not its own
				c.Stores[0].Driver, c.Stores[0].Address = "external", behind.URL()
				c.External = func(ctx context.Context, s harness.StoreConfig, listen string) (store.Recordable, error) {
					return datastoreproxy.Start(ctx, datastoreproxy.Options{Project: s.Project, Target: s.Address, Listen: listen})
				}
			}
			wantEquivalent(t, recorded(t, proxied))
			got := neutral(t, recorded(t, proxied, func(c *harness.Config, _ map[string]corpus.State) { c.Record.Guards = 0 }))
			missing, other := alone(want, got), alone(got, want)
			if len(other) > 0 || len(missing) > tt.lost {
				t.Errorf("%d cases of the embedded journal alone, %d from the proxy alone; (-), (+):\n%s", len(missing), len(other),
					cmp.Diff(lines(missing), lines(other)))
			}
			t.Logf("%d of %d cases are the same", len(want)-len(missing), len(want))
		})
	}
}

// alone are the texts that are not among others.
func alone(texts, others []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return slices.Contains(others, s) })
}

func lines(texts []string) []string { return strings.Split(strings.Join(texts, "\n"), "\n") }

func recorded(t *testing.T, change ...func(*harness.Config, map[string]corpus.State)) *corpus.Corpus {
	t.Helper()
	out := filepath.Join(t.TempDir(), "corpus")
	record(t, out, change...)
	c, err := corpus.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantEquivalent(t *testing.T, cases *corpus.Corpus) {
	t.Helper()
	c, err := harness.LoadConfig("replay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	report, err := harness.Run(t.Context(), c, cases, harness.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Verdict != harness.Equivalent {
			t.Errorf("%s", r.Text())
		}
	}
}

// neutral are the cases without what another store makes otherwise: ids that it
// gave out, the times of writes, and the order of keys with such ids.
func neutral(t *testing.T, c *corpus.Corpus) []string {
	t.Helper()
	seed, err := os.ReadFile("seed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, one := range c.Cases {
		text, err := corpus.Format(one)
		if err != nil {
			t.Fatal(err)
		}
		// Times are replaced before the case gets its layout, which depends on the
		// length of lines: one time in a hundred ends in two zeros, which are not written.
		sameTimes := someTime.ReplaceAllStringFunc(string(text), func(s string) string {
			if strings.Contains(string(seed), s) {
				return s
			}
			return "2001-01-01T01:01:01.111111Z"
		})
		neutral, err := corpus.Parse(one.Name, []byte(sameTimes))
		if err != nil {
			t.Fatal(err)
		}
		neutral.Recorded = corpus.Recorded{}
		neutral.Tags = slices.DeleteFunc(neutral.Tags, func(tag string) bool { return tag == "approximate" })
		if text, err = corpus.Format(neutral); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(longID.ReplaceAllString(string(text), "<id>"), "\n")
		slices.Sort(lines)
		out = append(out, strings.Join(lines, "\n"))
	}
	slices.Sort(out)
	return out
}

var (
	longID   = regexp.MustCompile(`\b\d{12,}\b`)
	someTime = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)
)
