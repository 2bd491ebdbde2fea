package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// A Side is one implementation with stores of its own and a refusal of
// everything outside. It runs on the machine's loopback only.
type Side struct {
	Name   string
	config *Config
	stores map[string]store.Recordable
	out    *outside
	launch launch
	clock  Clock
	proc   *process // nil while it is down
	joined bool     // the network of its containers
	log    io.Closer
	remove func() // of the build's output; nil where the run removes it
}

// openSide opens the stores and starts the implementation.
func openSide(ctx context.Context, c *Config, impl *Implementation, lane int, out, logs string) (_ *Side, err error) {
	s := &Side{Name: impl.Name, config: c, stores: map[string]store.Recordable{}, clock: c.Clock}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.out, err = newOutside(c.Upstreams); err != nil {
		return nil, err
	}
	vars := map[string]string{"OUT": out, "LANE": strconv.Itoa(lane)}
	for _, u := range c.Upstreams {
		vars["upstreams."+u.Name+".url"] = s.out.url(u)
	}
	s.launch = launch{config: impl, variables: vars, env: s.out.env()}
	for _, sc := range c.Stores {
		if err := s.openStore(ctx, sc); err != nil {
			return nil, err
		}
	}
	if err := s.join(ctx); err != nil {
		return nil, err
	}
	if logs != "" {
		f, err := os.Create(filepath.Join(logs, fmt.Sprintf("%s-lane%d.log", impl.Name, lane)))
		if err != nil {
			return nil, fmt.Errorf("keep logs: %w", err)
		}
		s.launch.log, s.log = f, f
	}
	if err := s.restart(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// openStore opens a store, and tells the implementation where it is.
func (s *Side) openStore(ctx context.Context, sc StoreConfig) error {
	st, err := s.config.open(ctx, sc, s.Name)
	if err != nil {
		return &StartError{"store " + sc.Name, err.Error(), ""}
	}
	s.stores[sc.Name] = st
	s.launch.variables["stores."+sc.Name+".url"] = st.URL()
	if s.config.oneOfKind(sc.Kind) {
		maps.Copy(s.launch.env, st.Env())
	}
	return nil
}

// oneOfKind reports whether exactly one store has the kind, so that the kind's
// conventional variables can only mean that one.
func (c *Config) oneOfKind(kind string) bool {
	n := 0
	for _, s := range c.Stores {
		if s.Kind == kind {
			n++
		}
	}
	return n == 1
}

// restart replaces the implementation's process by a fresh one.
func (s *Side) restart(ctx context.Context) error {
	if s.proc != nil && s.proc.instance == nil {
		return nil // a url implementation is not ours to restart
	}
	if s.proc != nil {
		s.proc.kill()
		s.proc = nil
	}
	p, err := s.launch.start(ctx)
	if err != nil {
		return err
	}
	s.proc = p
	return nil
}

// restartable reports whether a fresh process can be had.
func (s *Side) restartable() bool { return s.launch.config.URL == "" }

// seed replaces the content of every store by what the case's fixture says.
func (s *Side) seed(ctx context.Context, cs *corpus.Case) error {
	for name, st := range s.stores {
		if err := st.Seed(ctx, cs.State(name)); err != nil {
			return fmt.Errorf("seed %s of %s: %w", name, s.Name, err)
		}
	}
	s.out.begin(cs)
	return nil
}

// close stops the implementation and its stores.
func (s *Side) close() {
	var errs []error
	if s.proc != nil {
		errs = append(errs, s.proc.stop())
	}
	errs = append(errs, s.leave())
	for _, st := range s.stores {
		errs = append(errs, st.Close())
	}
	_ = errors.Join(errs...) // the emulators are in this process: nothing is left behind
	if s.out != nil {
		s.out.close()
	}
	if s.log != nil {
		_ = s.log.Close()
	}
}
