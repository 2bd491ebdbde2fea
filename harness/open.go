package harness

import (
	"context"
	"fmt"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// Open builds and starts one implementation of a configuration with stores of
// its own, for a recording. The caller closes it.
func Open(ctx context.Context, c *Config, impl *Implementation, seed map[string]corpus.State) (_ *Side, err error) {
	out, remove, err := outDir()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			remove()
		}
	}()
	if err := impl.build(ctx, out); err != nil {
		return nil, err
	}
	if err := impl.provide(ctx); err != nil {
		return nil, err
	}
	s, err := openSide(ctx, c, impl, 0, out, "")
	if err != nil {
		return nil, err
	}
	s.remove = remove
	for name, st := range s.stores {
		if err := st.Seed(ctx, seed[name]); err != nil {
			s.Close()
			return nil, fmt.Errorf("seed %s: %w", name, err)
		}
	}
	return s, nil
}

// Endpoint is the URL at which the implementation serves GraphQL.
func (s *Side) Endpoint() string { return s.proc.endpoint }

// Stores are the side's stores by name.
func (s *Side) Stores() map[string]store.Recordable { return s.stores }

// Exited is closed when the implementation's process ends; nil where it is not
// ours.
func (s *Side) Exited() <-chan struct{} { return s.proc.exited() }

// Log is the end of what the implementation wrote.
func (s *Side) Log() string { return s.proc.log.Last(logLines) }

// Close stops the implementation and its stores.
func (s *Side) Close() {
	s.close()
	if s.remove != nil {
		s.remove()
	}
}
