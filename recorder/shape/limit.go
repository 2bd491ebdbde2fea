package shape

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/sidebyside/replay/corpus"
)

// Limit lets the first cases of each shape pass. It is safe for concurrent use.
type Limit struct {
	most int
	mu   sync.Mutex
	seen map[Shape]int
}

// NewLimit lets so many cases of each shape pass, from 1 up, those included that the
// corpus directory holds already. It need not exist.
func NewLimit(most int, dir string) (*Limit, error) {
	if most < 1 {
		return nil, fmt.Errorf("limit cases per shape: %d is no number from 1 up", most)
	}
	l := &Limit{most: most, seen: map[Shape]int{}}
	there, err := corpus.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	for _, c := range there.Cases {
		l.seen[Of(c)]++
	}
	return l, nil
}

// Take reports whether a case that the corpus does not hold may pass, and counts it
// if so.
func (l *Limit) Take(c *corpus.Case) bool {
	s := Of(c)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[s] >= l.most {
		return false
	}
	l.seen[s]++
	return true
}

// Return gives back what was taken for a case that was not written after all.
func (l *Limit) Return(c *corpus.Case) {
	s := Of(c)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[s]--
}

// Shapes counts the shapes that were seen.
func (l *Limit) Shapes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.seen)
}
