package features

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/cucumber/godog"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// Options say how scenarios are run.
type Options struct {
	// Lanes is how many run side by side; 0 leaves it to the configuration.
	Lanes int
	// KeepLogs is a directory for the implementations' whole logs; "" for none.
	KeepLogs string
	// Record writes the case of each passing scenario tagged @record, unless it is
	// in the corpus already.
	Record bool
	// Log gets what build commands print; nil for nobody.
	Log func(string)
}

// Suite is what the scenarios of a configuration share: the built
// implementations, and lanes.
type Suite struct {
	book    book
	session *harness.Session
	record  bool
	files   files

	mu     sync.Mutex
	saved  []string
	broken error
}

// Start builds the implementations and opens the first lane. cases are those that
// scenarios may refer to. The caller closes the suite. An implementation that does
// not start is a *harness.StartError.
func Start(ctx context.Context, c *harness.Config, cases *corpus.Corpus, opts Options) (*Suite, error) {
	session, err := harness.Start(ctx, c, cases, harness.Options{Lanes: opts.Lanes, KeepLogs: opts.KeepLogs, Log: opts.Log})
	if err != nil {
		return nil, err
	}
	return &Suite{book: book{c, cases}, session: session, record: opts.Record}, nil
}

// Lanes is how many scenarios can run side by side: godog's Concurrency.
func (s *Suite) Lanes() int { return s.session.Lanes() }

// Saved are the files of the cases that scenarios were recorded as.
func (s *Suite) Saved() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.saved
}

// Err is why scenarios could not be run at all; nil where they could.
func (s *Suite) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// Close stops what the suite started.
func (s *Suite) Close() error { return s.session.Close() }

// Steps adds the library to the steps of a scenario of a godog suite. That must
// run with Strict, so that a step that is unknown or that means two things fails.
func Steps(sc *godog.ScenarioContext, s *Suite) {
	w := &world{suite: s, at: -1}
	sc.Before(func(ctx context.Context, p *godog.Scenario) (context.Context, error) {
		w.draft = s.book.draft(s.files.scenario(p))
		return ctx, nil
	})
	sc.StepContext().Before(func(ctx context.Context, st *godog.Step) (context.Context, error) {
		w.turn(st)
		return ctx, nil
	})
	sc.StepContext().After(func(ctx context.Context, _ *godog.Step, _ godog.StepResultStatus, err error) (context.Context, error) {
		return ctx, w.placed(err)
	})
	for _, def := range steps() {
		sc.Step(def.expr, func(ctx context.Context) error { return w.run(ctx, def) })
	}
	sc.After(func(ctx context.Context, _ *godog.Scenario, err error) (context.Context, error) {
		return ctx, w.end(ctx, err)
	})
}

// stop notes that scenarios cannot go on.
func (s *Suite) stop(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.broken = err
	}
	return err
}

// command repeats a scenario.
func (s *Suite) command(sc parsedScenario) string {
	return "replay features -c " + s.book.config.File + " " + sc.id()
}

// save writes a case unless it is in the corpus.
func (s *Suite) save(cs *corpus.Case) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.book.config.Corpus, filepath.FromSlash(cs.Name)+".yaml")
	switch _, err := os.Stat(path); {
	case err == nil:
		return nil // same request, same fixture
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("record the scenario: %w", err)
	}
	path, err := corpus.Save(s.book.config.Corpus, cs)
	if err == nil {
		s.saved = append(s.saved, path)
	}
	return err
}
