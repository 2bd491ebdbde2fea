package about

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cucumber/godog"
)

// servers are the built implementations of the classroom, built once for all
// scenarios.
type servers struct{ legacy, candidate string }

// TestFeatures runs every scenario as a subtest.
func TestFeatures(t *testing.T) {
	built := build(t)
	suite := godog.TestSuite{
		Name: "replay",
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			w := &world{servers: built}
			w.steps(sc)
			sc.After(func(ctx context.Context, _ *godog.Scenario, err error) (context.Context, error) {
				w.close()
				return ctx, err
			})
		},
		Options: &godog.Options{Format: "pretty", Paths: []string{"."}, TestingT: t, Strict: true, Output: os.Stderr},
	}
	if !testing.Verbose() {
		suite.Options.Format = "progress"
	}
	if suite.Run() != 0 {
		t.Fatal("a scenario failed")
	}
}

func build(t *testing.T) servers {
	t.Helper()
	out := t.TempDir()
	cmd := exec.Command("go", "build", "-o", out+string(filepath.Separator), "./legacy", "./candidate")
	cmd.Dir = "../../../examples/classroom"
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the classroom: %v\n%s", err, text)
	}
	return servers{filepath.Join(out, "legacy"), filepath.Join(out, "candidate")}
}
