package harness

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// side is one observation with what is needed to judge it.
type side struct {
	name string // "legacy", "candidate" or "recorded"
	obs  *corpus.Observation
	// from and to enclose the time in which the request ran.
	from, to time.Time
	// allocated are the keys whose ids the stores gave out. Of a recorded side
	// they are not known but inferred.
	allocated []corpus.Key
	recorded  bool
}

// comparison is what comparing two observations of one case gave.
type comparison struct {
	Differences []Difference
	Hidden      []Hidden
}

// comparer compares observations under a set of rules. It is for one goroutine.
type comparer struct {
	rules  *normalizers.Rules
	schema *normalizers.Schema
}

func newComparer(rules *normalizers.Rules, schema *normalizers.Schema) *comparer {
	return &comparer{rules: rules, schema: schema}
}

// compare tells how right differs from left.
func (c *comparer) compare(_ *corpus.Case, left, right side) (comparison, error) {
	var out comparison
	if !cmp.Equal(left.obs, right.obs) {
		out.Differences = []Difference{{Channel: ResponseChannel, Kind: DifferentValue}}
	}
	return out, nil
}
