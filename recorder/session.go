package recorder

import (
	"slices"
	"sync"
	"time"
)

// sessionSlack is how long after a request an instant may lie and still be taken
// for its time: requests last, clocks differ, and deadlines are set a little
// ahead.
const sessionSlack = time.Minute

// session knows the times of the requests recorded so far: what they wrote is of
// another time in each recording, and must not change the names of cases. Times
// that requests tell (Options.NowHeader) may lie anywhere.
type session struct {
	mu    sync.Mutex
	spans spans
}

// spans are times during which requests came. They are never changed, so that what a
// request was recorded with stays as it was.
type spans []span

// span is a time during which requests came, none of them long after another.
type span struct{ From, To time.Time }

// note adds the time of a request, and returns the session until then.
func (s *session) note(at time.Time) spans {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = s.spans.with(at)
	return s.spans
}

func (s spans) with(at time.Time) spans {
	for i, p := range s {
		if !p.has(at) {
			continue
		}
		if at.After(p.To) {
			s = slices.Clone(s)
			s[i].To = at
		}
		return s
	}
	return append(slices.Clip(s), span{at, at})
}

func (s spans) has(at time.Time) bool {
	for _, p := range s {
		if p.has(at) {
			return true
		}
	}
	return false
}

func (p span) has(at time.Time) bool {
	return !at.Before(p.From) && !at.After(p.To.Add(sessionSlack))
}
