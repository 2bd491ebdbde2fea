package recorder

import (
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
	spans []span
}

// span is a time during which requests came, none of them long after another.
type span struct{ from, to time.Time }

func (s *session) note(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.spans {
		if p := &s.spans[i]; p.has(at) {
			if at.After(p.to) {
				p.to = at
			}
			return
		}
	}
	s.spans = append(s.spans, span{at, at})
}

func (s *session) has(at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.spans {
		if p.has(at) {
			return true
		}
	}
	return false
}

func (p span) has(at time.Time) bool {
	return !at.Before(p.from) && !at.After(p.to.Add(sessionSlack))
}
