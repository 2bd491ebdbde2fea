package harness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// mortal is a store with a server of its own, which may end by itself.
type mortal interface {
	// Exited is closed when the server has ended; nil where nobody can tell.
	Exited() <-chan struct{}
	// Blame adds to an error that the server is gone, and the end of its log.
	Blame(err error) error
}

// deathNotice is how long the end of a server may lag behind its connections.
const deathNotice = 300 * time.Millisecond

// lost are the stores whose server has ended, or does within the time.
func (s *Side) lost(within time.Duration) []string {
	var names []string
	limit := time.After(within)
	for _, sc := range s.config.Stores {
		m, ok := s.stores[sc.Name].(mortal)
		if !ok || m.Exited() == nil {
			continue
		}
		select {
		case <-m.Exited():
			names = append(names, sc.Name)
			continue
		default:
		}
		select {
		case <-m.Exited():
			names = append(names, sc.Name)
		case <-limit:
			limit = time.After(0) // the others have had their time too
		}
	}
	return names
}

// revive opens stores anew whose server has ended, and has the implementation
// started anew, which knows the old ones: what ended a server is judged in the
// case in which it did, and the next one begins on fresh ones.
func (s *Side) revive(ctx context.Context) error {
	lost := s.lost(0)
	if len(lost) == 0 {
		return nil
	}
	if s.proc != nil && s.restartable() {
		s.proc.kill()
		s.proc = nil
	}
	for _, sc := range s.config.Stores {
		for _, name := range lost {
			if sc.Name != name {
				continue
			}
			_ = s.stores[name].Close() // its server is gone
			delete(s.stores, name)
			if err := s.openStore(ctx, sc); err != nil {
				return err
			}
		}
	}
	return nil
}

// withLost adds the stores that are gone to what a side did wrong: they are the
// cause.
func (s *Side) withLost(err error) error {
	for _, name := range s.lost(deathNotice) {
		if m, ok := s.stores[name].(mortal); ok && !strings.Contains(err.Error(), " is gone (") {
			err = fmt.Errorf("%w\n%w", err, m.Blame(errors.New("store "+name)))
		}
	}
	return err
}
