package recorder

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/recorder/shape"
)

// outcome is what became of a case.
type outcome int

const (
	written     outcome = iota
	same                // it was there already
	differing           // it was there already, with another observation
	surplus             // it was not written: enough cases have its shape
	skippedCase         // it could not be made, or written
)

// errUnreadable is the error of a case that the corpus would refuse to load.
var errUnreadable = errors.New("the corpus cannot hold it")

// saver decides what becomes of cases, one after the other.
type saver struct {
	dir   string
	limit *shape.Limit // how many of a shape are written; nil is none

	mu    sync.Mutex
	known map[string]observed // by name: what was decided to be written, or lies there
}

// observed stands for what legacy did in a case, apart from the times of recording
// and the ids that the store gave out.
type observed [sha256.Size]byte

// mostKnown bounds what is remembered; for others the file is read.
const mostKnown = 1 << 16

// decide tells what becomes of a case, and the text that is to be written of it. A
// case of its name that is there has the same request and fixture; it is kept even
// where legacy answered differently.
// A text that is known to be readable is not read again.
func (s *saver) decide(c *corpus.Case, readable []byte) (outcome, []byte, error) {
	text, err := corpus.FormatUnread(c)
	if err != nil {
		return written, nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	now := observation(text, c)
	before, there, err := s.before(c.Name)
	switch {
	case err != nil:
		return written, nil, err
	case there && before == now:
		return same, nil, nil
	case there:
		return differing, nil, nil
	}
	if !bytes.Equal(text, readable) {
		if _, err := corpus.Parse(c.Name+".yaml", text); err != nil {
			return written, nil, fmt.Errorf("%w: %w", errUnreadable, err)
		}
	}
	if s.limit != nil && !s.limit.Take(c) {
		return surplus, nil, nil
	}
	s.note(c.Name, now)
	return written, text, nil
}

// before is what legacy did in the case of a name that is there.
func (s *saver) before(name string) (o observed, there bool, err error) {
	s.mu.Lock()
	o, there = s.known[name]
	s.mu.Unlock()
	if there {
		return o, true, nil
	}
	file := name + ".yaml"
	text, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(file)))
	if errors.Is(err, fs.ErrNotExist) {
		return o, false, nil
	}
	if err != nil {
		return o, false, err
	}
	old, err := corpus.Parse(file, text)
	if err != nil {
		return o, false, fmt.Errorf("a file of the same name is there: %w", err)
	}
	if text, err = corpus.FormatUnread(old); err != nil { // a person may have edited it
		return o, false, fmt.Errorf("a file of the same name is there: %w", err)
	}
	o = observation(text, old)
	s.note(name, o)
	return o, true, nil
}

func (s *saver) note(name string, o observed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= mostKnown {
		s.known = map[string]observed{}
	}
	s.known[name] = o
}

// lost takes back that a case was to be written.
func (s *saver) lost(c *corpus.Case) {
	if s.limit != nil {
		s.limit.Return(c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, c.Name)
}

// observation stands for the text of a case without the line that says when it was
// recorded, in which instants near its recording and ids of what it inserted are
// replaced by marks.
func observation(text []byte, c *corpus.Case) observed {
	plain := withoutInstants(withoutLine(text, "recorded: "), c.Recorded.At)
	for i, id := range inserted(c) {
		plain = bytes.ReplaceAll(plain, []byte(id), fmt.Appendf(nil, "<id %d>", i))
	}
	return sha256.Sum256(plain)
}

// withoutLine is a text without the first line that begins so.
func withoutLine(text []byte, begin string) []byte {
	at := 0
	if !bytes.HasPrefix(text, []byte(begin)) {
		if at = bytes.Index(text, []byte("\n"+begin)) + 1; at == 0 {
			return text
		}
	}
	end := bytes.IndexByte(text[at:], '\n')
	if end < 0 {
		return text[:at]
	}
	return slices.Concat(text[:at], text[at+end+1:])
}

// withoutInstants is a text with a mark in place of each instant near another.
func withoutInstants(text []byte, near time.Time) []byte {
	const date = len("2006-01-02")
	var out []byte
	rest := text
	for from := 0; ; {
		i := bytes.IndexByte(rest[from:], 'T')
		if i < 0 {
			return append(out, rest...)
		}
		i += from
		from = i + 1
		if i < date {
			continue
		}
		m := instant.Find(rest[i-date : min(len(rest), i+longestInstant-date)])
		if m == nil {
			continue
		}
		from = i - date + len(m)
		if at, err := time.Parse(time.RFC3339Nano, string(m)); err == nil && at.Sub(near).Abs() < time.Minute {
			out = append(append(out, rest[:i-date]...), "<now>"...)
			rest, from = rest[from:], 0
		}
	}
}

const longestInstant = len("2006-01-02T15:04:05.000000000+00:00")

var instant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)`)

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
