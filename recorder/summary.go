package recorder

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Summary says what became of the operations that were passed on.
type Summary struct {
	// Recorded counts the cases written.
	Recorded int
	// Unchanged counts operations whose case was there already.
	Unchanged int
	// Differing names cases that were there already but with another answer or
	// other effects: legacy answered differently for the same request and
	// fixture. The first recording is kept.
	Differing []string
	// Differences counts the operations that did so.
	Differences int
	// Skipped are the operations that were not recorded, by reason.
	Skipped map[string]Skipped
	// StrayCalls counts the requests to upstreams that came while no operation was
	// in flight, as when legacy starts, or after its answer.
	StrayCalls int
	// Seen counts the operations that came.
	Seen int
	// LeftOut counts those that were not recorded because the Selection leaves them
	// out, by its part: only, sample or rate.
	LeftOut map[string]int
	// Unfinished counts the operations that were in flight or in the queue when the
	// time to wait for them was over. They are counted nowhere else.
	Unfinished int
}

// Skipped is how many operations were not recorded for one reason, and the first
// few examples.
type Skipped struct {
	Count    int
	Examples []string
}

const mostExamples = 3

// String is the summary for people, in whole lines.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "recorded %s", count(s.Recorded, "case", "cases"))
	if s.Unchanged > 0 {
		fmt.Fprintf(&b, "; %d recorded before", s.Unchanged)
	}
	b.WriteByte('\n')
	if len(s.Differing) > 0 {
		fmt.Fprintf(&b, "legacy answered differently for the same request and fixture %s, in %s (the first recording is kept):\n",
			count(s.Differences, "time", "times"), count(len(s.Differing), "case", "cases"))
		for _, name := range s.Differing {
			fmt.Fprintf(&b, "  %s\n", name)
		}
	}
	if s.StrayCalls > 0 {
		fmt.Fprintf(&b, "sent to upstreams before an operation or after its answer, and part of no case: %s\n", count(s.StrayCalls, "call", "calls"))
	}
	if len(s.LeftOut) > 0 {
		b.WriteString("passed on and left out, as asked: ")
		for i, why := range slices.Sorted(maps.Keys(s.LeftOut)) {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%d by %s", s.LeftOut[why], why)
		}
		b.WriteByte('\n')
	}
	if s.Unfinished > 0 {
		fmt.Fprintf(&b, "not written in time: %s\n", count(s.Unfinished, "operation", "operations"))
	}
	total := 0
	for _, skipped := range s.Skipped {
		total += skipped.Count
	}
	if total > 0 {
		fmt.Fprintf(&b, "passed on but not recorded: %s\n", count(total, "operation", "operations"))
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Skipped)) {
		skipped := s.Skipped[reason]
		fmt.Fprintf(&b, "  %d  %s: %s\n", skipped.Count, reason, strings.Join(skipped.Examples, "; "))
	}
	return b.String()
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// counters are a Summary in the making.
type counters struct {
	mu sync.Mutex
	s  Summary
}

func (c *counters) saw(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Seen += n
}

func (c *counters) leaveOut(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.s.LeftOut == nil {
		c.s.LeftOut = map[string]int{}
	}
	c.s.LeftOut[why]++
}

func (c *counters) recorded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Recorded++
}

func (c *counters) unchanged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Unchanged++
}

func (c *counters) differing(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Differences++
	if !slices.Contains(c.s.Differing, name) {
		c.s.Differing = append(c.s.Differing, name)
	}
}

func (c *counters) skip(reason, example string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.s.Skipped == nil {
		c.s.Skipped = map[string]Skipped{}
	}
	s := c.s.Skipped[reason]
	s.Count++
	if len(s.Examples) < mostExamples && !slices.Contains(s.Examples, example) {
		s.Examples = append(s.Examples, example)
	}
	c.s.Skipped[reason] = s
}

func (c *counters) summary() Summary {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.s
	out.Differing = slices.Clone(c.s.Differing)
	out.Skipped = maps.Clone(c.s.Skipped)
	out.LeftOut = maps.Clone(c.s.LeftOut)
	return out
}
