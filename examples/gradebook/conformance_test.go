package gradebook_test

import (
	"path/filepath"
	"testing"

	"github.com/sidebyside/replay/harness"
)

// TestConformance has a subtest for each recorded case:
//
//	go test -run 'TestConformance/recordScore' ./examples/gradebook
func TestConformance(t *testing.T) {
	need(t, "python", "postgres")
	harness.Test(t, "replay.yaml", func(c *harness.Config, _ *harness.Options) { built(c) })
}

// built uses the candidate that was built for the suite.
func built(c *harness.Config) {
	c.Candidate.Build, c.Candidate.Command = nil, []string{filepath.Join(programs, "candidate")}
}
