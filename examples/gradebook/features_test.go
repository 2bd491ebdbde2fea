package gradebook_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sidebyside/replay/features"
)

// TestFeatures runs the scenarios of this example: those that "replay features"
// runs, too.
func TestFeatures(t *testing.T) {
	need(t, "python", "postgres")
	features.Test(t, "replay.yaml", built)
}

// TestFeaturesFind wants scenarios to fail where the candidate does otherwise, in
// the words of the same report.
func TestFeaturesFind(t *testing.T) {
	c, cases := replays(t)
	keepServer(t, c)
	for _, tt := range []struct {
		broken, scenario string
		want             []string
		reason           string
	}{
		{"lost-ttl", "school.feature:16", []string{"effects cache key/rubric:4.ttl", "missing write"}, "a key that does not expire"},
		{"wrong-status", "school.feature:37", []string{"http status: value, http status", "candidate  422"}, "another status"},
		{"stale-board", "school.feature:46", []string{"effects cache key/board:4", "missing write"}, "a key that is not changed"},
		{"own-id", "school.feature:74", []string{"effects db public.students/3", "id given out by the store", "candidate made it itself"}, "the same id, but by chance"},
		{"fixed-truthy-zero", "school.feature:87", []string{"effects db public.courses/4.capacity", "truthy-zero"}, "a bug that is not ported"},
		{"fixed-float-repr", "recorded.feature:3", []string{"key/recent:2.value", "float-repr"}, "a recorded case that does not hold"},
	} {
		t.Run(tt.broken, func(t *testing.T) {
			c.Candidate.Env = map[string]string{"GRADEBOOK_BREAK": tt.broken, "GRADEBOOK_CLOCK": "header"}
			var out strings.Builder
			_, err := features.Run(t.Context(), c, cases, features.RunOptions{
				Paths: []string{"features/" + tt.scenario}, Format: "pretty", Output: &out, NoColors: true,
			})
			if !errors.Is(err, features.ErrFailing) {
				t.Fatalf("%s: %v, want a failure\n%s", tt.reason, err, &out)
			}
			for _, want := range append(tt.want, "DIVERGENT", "reproduce: replay features") {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%s: the failure does not say %q:\n%s", tt.reason, want, &out)
				}
			}
		})
	}
}
