package recorder

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// outcome is what became of a case.
type outcome int

const (
	written   outcome = iota
	same              // it was there already
	differing         // it was there already, with another observation
	surplus           // it was not written: enough cases have its shape
)

// errUnreadable is the error of a case that the corpus would refuse to load.
var errUnreadable = errors.New("the corpus cannot hold it")

// save writes a case unless one of its name is there. That one has the same
// request and fixture; it is kept even where legacy answered differently.
func save(dir string, c *corpus.Case) (outcome, error) {
	text, err := corpus.Format(c)
	if err != nil {
		return written, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if _, err := corpus.Parse(c.Name+".yaml", text); err != nil {
		return written, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	name := c.Name + ".yaml"
	before, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		_, err := corpus.Save(dir, c)
		return written, err
	}
	if err != nil {
		return written, err
	}
	old, err := corpus.Parse(name, before)
	if err != nil {
		return written, fmt.Errorf("a file of the same name is there: %w", err)
	}
	if !sameObservation(old, c) {
		return differing, nil
	}
	return same, nil
}

// sameObservation compares what legacy did in two recordings of one case, apart
// from the times of recording and the ids that the store gave out.
func sameObservation(a, b *corpus.Case) bool {
	x, errX := neutral(a)
	y, errY := neutral(b)
	return errX == nil && errY == nil && x == y
}

// neutral is the text of a case, but when it was recorded, in which instants near its
// recording and ids of what it inserted are replaced by marks.
func neutral(c *corpus.Case) (string, error) {
	anytime := *c
	anytime.Recorded = corpus.Recorded{}
	data, err := corpus.Format(&anytime)
	if err != nil {
		return "", err
	}
	text := instant.ReplaceAllStringFunc(string(data), func(s string) string {
		if at, err := time.Parse(time.RFC3339Nano, s); err == nil && at.Sub(c.Recorded.At).Abs() < time.Minute {
			return "<now>"
		}
		return s
	})
	for i, id := range inserted(c) {
		text = strings.ReplaceAll(text, id, fmt.Sprintf("<id %d>", i))
	}
	return text, nil
}

var instant = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)

// inserted are the ids of inserted entities that are too long to be met by
// chance.
func inserted(c *corpus.Case) []string {
	const shortest = 8
	var ids []string
	for _, name := range slices.Sorted(maps.Keys(c.Expect.Effects)) {
		for _, e := range c.Expect.Effects[name] {
			if n := len(e.Key.Path); e.Op == corpus.Insert && n > 0 {
				if id := strconv.FormatInt(e.Key.Path[n-1].ID, 10); len(id) >= shortest {
					ids = append(ids, id)
				}
			}
		}
	}
	return ids
}
