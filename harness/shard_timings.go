package harness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"github.com/sidebyside/replay/corpus"
)

// Timings is how long cases took before, in microseconds. The nil Timings says
// that all take as long.
type Timings struct {
	// File is what they were read from, "" where there was none yet.
	File     string
	cases    map[string]int64
	folders  map[string]mean
	together mean
}

type mean struct{ sum, n int64 }

func (m mean) value() int64 { return max(1, m.sum/max(1, m.n)) }

// equalWeight is the weight of each case without timings.
const equalWeight = 1000

// ReadTimings takes the timings from the JSON report of an earlier run. A file
// that does not exist yet gives none: the first run of a pipeline has no earlier
// one.
func ReadTimings(file string) (*Timings, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read timings: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	r, err := ReadReport(f)
	if err != nil {
		return nil, fmt.Errorf("read timings %s: %w", file, err)
	}
	t := r.timings()
	t.File = file
	return t, nil
}

// timings are those of a run; nil where it ran nothing.
func (r *Report) timings() *Timings {
	t := &Timings{cases: map[string]int64{}, folders: map[string]mean{}}
	for _, res := range r.Results {
		w := max(1, int64(res.Milliseconds.Total*1000))
		t.cases[res.Case] = w
		m := t.folders[path.Dir(res.Case)]
		t.folders[path.Dir(res.Case)] = mean{m.sum + w, m.n + 1}
		t.together = mean{t.together.sum + w, t.together.n + 1}
	}
	return t
}

// of is the time that a case is expected to take: what it took, or the mean of
// its root field, or of all.
func (t *Timings) of(cs *corpus.Case) int64 {
	if t == nil || t.together.n == 0 {
		return equalWeight
	}
	if w, ok := t.cases[cs.Name]; ok {
		return w
	}
	if m, ok := t.folders[path.Dir(cs.Name)]; ok {
		return m.value()
	}
	return t.together.value()
}

// how says for reports what balanced the shards.
func (t *Timings) how() string {
	if t == nil || t.together.n == 0 {
		return "by number"
	}
	return "by the times in " + t.File
}
