package features_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/features"
	"github.com/sidebyside/replay/harness"
)

var update = flag.Bool("update", false, "rewrite golden files")

func classroom(t *testing.T) (*harness.Config, *corpus.Corpus) {
	t.Helper()
	c, err := harness.LoadConfig("../examples/classroom")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	return c, cases
}

// TestCheck reads testdata/wrong/*.feature, each with what is said of it beside
// it: a new file is a new test.
func TestCheck(t *testing.T) {
	c, cases := classroom(t)
	files, err := filepath.Glob("testdata/wrong/*.feature")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		err := features.Check(c, cases, []string{file}, "")
		if err == nil {
			t.Errorf("%s is taken for right", file)
			continue
		}
		golden := strings.TrimSuffix(file, ".feature") + ".golden"
		have := err.Error() + "\n"
		if *update {
			if err := os.WriteFile(golden, []byte(have), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), have); diff != "" {
			t.Errorf("%s (-want +have):\n%s", file, diff)
		}
	}
}

func TestCheckSelects(t *testing.T) {
	c, cases := classroom(t)
	err := features.Check(c, cases, nil, "@nothing")
	if !errors.Is(err, features.ErrNoScenario) {
		t.Errorf("no scenario is selected: %v", err)
	}
	if err := features.Check(c, cases, []string{"../examples/classroom/features/recorded.feature:3"}, ""); err != nil {
		t.Errorf("one scenario by its line: %v", err)
	}
	if err := features.Check(c, cases, []string{"testdata/wrong/schema.feature:42"}, "@invalid"); err != nil {
		t.Errorf("a request that is wrong on purpose: %v", err)
	}
}
