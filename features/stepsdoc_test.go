package features_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/features"
)

// TestStepsAreDocumented wants docs/steps.md to say what the definitions say, and
// every step to be used by a scenario that a test runs.
func TestStepsAreDocumented(t *testing.T) {
	have, err := os.ReadFile("../docs/steps.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	if err := features.WriteSteps(&want, "../examples/classroom/features", "testdata/desk/features"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), string(have)); diff != "" {
		t.Errorf("docs/steps.md is stale; run: go generate ./features (-want +have)\n%s", diff)
	}
}

func TestStepWithoutScenario(t *testing.T) {
	err := features.WriteSteps(&strings.Builder{}, "testdata/desk/features")
	if err == nil || !strings.Contains(err.Error(), `uses the step the recorded case "NAME"; write one`) {
		t.Errorf("a step that no scenario uses: %v", err)
	}
}
