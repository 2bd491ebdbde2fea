package harness

import (
	"fmt"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
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
	// reserved are the keys with ids that the stores were told not to give out.
	reserved []corpus.Key
	// counted are the sequences of no key by themselves that gave out numbers.
	counted  []store.Sequence
	recorded bool
	// reruns replay the case again on the same side (rerun.go).
	reruns []rerun
}

// comparison is what comparing two observations of one case gave.
type comparison struct {
	Differences []Difference
	// More is how many differences there are beyond those.
	More   int
	Hidden []Hidden
	// Places are what is hidden, where the comparer is told to look.
	Places []normalizers.HiddenPlace
}

// comparer compares observations under a set of rules. It keeps what it knows of
// the last case, and is for one goroutine.
type comparer struct {
	rules  *normalizers.Rules
	schema *normalizers.Schema
	places bool // look up what is hidden where
	last   *corpus.Case
	known  *normalizers.Case
	// recording is the recorded observation of the last case, nil where it cannot
	// be read.
	recording func() *normalizers.Normal
}

func newComparer(rules *normalizers.Rules, schema *normalizers.Schema) *comparer {
	return &comparer{rules: rules, schema: schema}
}

// compare tells how right differs from left. The error says that the rules
// contradict each other or that a response is no JSON.
func (c *comparer) compare(cs *corpus.Case, left, right side) (comparison, error) {
	found, err := c.compareWhole(cs, left, right)
	shorten(found.Differences)
	return found, err
}

// compareWhole is compare with the texts of differences in full, for those who
// look into them.
func (c *comparer) compareWhole(cs *corpus.Case, left, right side) (comparison, error) {
	odd := append(givenOut(left, right), notCounted(left, right)...)
	if len(odd) == 0 && normalizers.Identical(left.obs, right.obs) {
		return comparison{}, nil
	}
	c.prepare(cs)
	var l, r *normalizers.Normal
	var err error
	if l, err = c.normalize(left, c.again(left, right, func() *normalizers.Normal { return r })); err != nil {
		return comparison{}, err
	}
	if r, err = c.normalize(right, c.again(right, left, func() *normalizers.Normal { return l })); err != nil {
		return comparison{}, err
	}
	joint := normalizers.Join(l, r)
	v := &viewer{joint: joint, left: left.name, right: right.name}
	var out comparison
	out.Differences, out.More = v.differences()
	out.Differences = addGiven(out.Differences, odd, l, r)
	classify(out.Differences, l, r, c.schema)
	out.Hidden = c.hidden(joint)
	if c.places {
		out.Places = places(joint)
	}
	return out, nil
}

// prepare reads a case, unless it is the one before.
func (c *comparer) prepare(cs *corpus.Case) {
	if c.last == cs {
		return
	}
	c.last, c.known = cs, normalizers.Prepare(c.rules, c.schema, cs)
	known := c.known
	c.recording = sync.OnceValue(func() *normalizers.Normal {
		if !expects(cs) {
			return nil
		}
		n, err := known.Normalize(normalizers.Side{Observation: &cs.Expect, From: cs.Recorded.At, To: cs.Recorded.At, Recorded: true})
		if err != nil {
			return nil
		}
		return n
	})
}

// again is another run of the case by the implementation of s: the other side, or
// of legacy the recording. Nil is none.
func (c *comparer) again(s, other side, otherNormal func() *normalizers.Normal) func() *normalizers.Normal {
	isLegacy := func(s side) bool { return s.recorded || s.name == "legacy" }
	switch {
	case s.name == other.name, isLegacy(s) && isLegacy(other):
		return otherNormal
	case isLegacy(s) && !s.recorded:
		return c.recording
	}
	return nil
}

func (c *comparer) normalize(s side, again func() *normalizers.Normal) (*normalizers.Normal, error) {
	n, err := c.known.Normalize(normalizers.Side{
		Observation: s.obs, From: s.from, To: s.to, Allocated: s.allocated, Recorded: s.recorded, Again: again, Reruns: c.reruns(s),
	})
	if err != nil {
		return nil, fmt.Errorf("compare %s: %w", s.name, err)
	}
	return n, nil
}

// hidden counts what each rule made equal, in the order of the rules.
func (c *comparer) hidden(joint *normalizers.Joint) []Hidden {
	counts := map[*normalizers.Rule]int{}
	joint.Hidden(func(r *normalizers.Rule) { counts[r]++ })
	if len(counts) == 0 {
		return nil
	}
	var out []Hidden
	for _, r := range c.rules.All() {
		if n := counts[r]; n > 0 {
			out = append(out, Hidden{Rule: r.At, Use: r.Use, Count: n})
		}
	}
	return out
}
