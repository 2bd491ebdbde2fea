package gradebook_test

import (
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
	"github.com/sidebyside/replay/recorder"
)

// TestCorpusIsCurrent records the session again: the same cases must come of it
// as are committed, by name, which is a hash of request and fixture, and on the
// same base. Otherwise legacy, the seed or the session has changed since.
func TestCorpusIsCurrent(t *testing.T) {
	need(t, "python", "postgres")
	c, err := harness.LoadRecordConfig("replay.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "corpus")
	record(t, c, out)
	wantCurrent(t, out)
}

func wantCurrent(t *testing.T, out string) {
	t.Helper()
	committed, err := corpus.Open("corpus")
	if err != nil {
		t.Fatal(err)
	}
	again, err := corpus.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(caseNames(committed), caseNames(again)); diff != "" {
		t.Errorf("recording anew gives other cases (-committed +recorded):\n%s", diff)
	}
	var bases [2]string
	for i, dir := range [...]string{"corpus", out} {
		text, err := os.ReadFile(filepath.Join(dir, "fixtures", "school.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		bases[i] = string(text)
	}
	if diff := cmp.Diff(bases[0], bases[1]); diff != "" {
		t.Errorf("recording anew gives another base (-committed +recorded):\n%s", diff)
	}
}

// record runs the session against legacy, as "replay record" does.
func record(t *testing.T, c *harness.Config, out string) {
	t.Helper()
	state, err := corpus.OpenState("school.yaml")
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := harness.Open(t.Context(), c, c.Legacy, state)
	if err != nil {
		t.Fatal(err)
	}
	defer legacy.Close()
	target, err := url.Parse(legacy.Endpoint())
	if err != nil {
		t.Fatal(err)
	}
	base, err := recorder.NewBase(t.Context(), legacy.Stores(), out, "school.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := recorder.New(recorder.Options{
		Target: target, Stores: legacy.Stores(), Out: out, Base: base,
		Implementation: "legacy", NowHeader: harness.NowHeader,
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(r)
	defer front.Close()
	session := exec.Command(filepath.Join(programs, "session"), "--endpoint", front.URL+"/graphql") //nolint:gosec // a program of this example
	if text, err := session.CombinedOutput(); err != nil {
		t.Fatalf("session: %v\n%s", err, text)
	}
	if s := r.Summary(); s.Recorded == 0 {
		t.Fatalf("nothing was recorded: %s", s)
	}
}

func caseNames(c *corpus.Corpus) []string {
	var list []string
	for _, cs := range c.Cases {
		list = append(list, cs.Name)
	}
	return list
}
