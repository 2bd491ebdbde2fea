package features

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/cucumber/godog"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness"
)

// Formats are the ways in which [Run] can tell of scenarios.
func Formats() []string { return []string{"pretty", "progress", "junit", "cucumber"} }

// RunOptions say which scenarios are run, and how they are told of.
type RunOptions struct {
	Options
	// Paths are feature files and directories; a file may end in the line of one
	// scenario. Empty: the directory features beside the configuration.
	Paths []string
	// Tags selects scenarios as godog does: "@smoke && ~@slow". "" is all.
	Tags string
	// Format is one of Formats or several with a file each, "pretty,junit:out.xml".
	Format string
	// Output gets what the format writes.
	Output io.Writer
	// NoColors leaves colours out.
	NoColors bool
	// FailFast stops at the first scenario that fails.
	FailFast bool
}

// ErrFailing says that a scenario fails.
var ErrFailing = errors.New("a scenario fails")

// ErrIncomplete says that scenarios could not be run to their end.
var ErrIncomplete = errors.New("the scenarios could not be run to their end")

// ErrNoScenario is a selection without scenarios, which would prove nothing.
var ErrNoScenario = errors.New("no scenario is selected")

// Check reads scenarios and reports everything wrong with them, without starting
// anything: steps that are unknown, ambiguous or in the wrong place, and arguments
// that do not fit corpus, configuration or schema. The error is
// strictyaml.Problems with file and line.
func Check(c *harness.Config, cases *corpus.Corpus, paths []string, tags string) error {
	list, err := parseFiles(featurePaths(c.File, paths), tags)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("%w in %s; write one, or correct the path or --tags", ErrNoScenario, strings.Join(featurePaths(c.File, paths), ", "))
	}
	b := book{c, cases}
	var problems strictyaml.Problems
	for _, sc := range list {
		problems = append(problems, b.check(sc)...)
	}
	slices.SortStableFunc(problems, func(a, b strictyaml.Problem) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.Line - b.Line
	})
	return slices.Compact(problems).Err()
}

func (b *book) check(sc parsedScenario) strictyaml.Problems {
	d := b.draft(sc)
	var problems strictyaml.Problems
	add := func(at place, err error) {
		if err == nil {
			return
		}
		list, ok := strictyaml.AsProblems(err)
		if !ok {
			list, _ = strictyaml.AsProblems(at.problemf("%v", err))
		}
		problems = append(problems, list...)
	}
	for n := range sc.Steps {
		l := d.line(n)
		add(l.place, d.read(l))
	}
	if len(problems) == 0 { // else the rest follows from it
		add(place{file: fileOf(sc.Uri), line: sc.line}, d.whole())
	}
	return problems
}

// Run checks scenarios and runs them, side by side on the lanes of the
// configuration. The error is what Check returns; ErrFailing; or what kept
// scenarios from being run: ErrIncomplete, a *harness.StartError,
// harness.ErrInterrupted. It
// returns the files of the cases that were recorded.
func Run(ctx context.Context, c *harness.Config, cases *corpus.Corpus, opts RunOptions) (saved []string, err error) {
	if err := Check(c, cases, opts.Paths, opts.Tags); err != nil {
		return nil, err
	}
	s, err := Start(ctx, c, cases, opts.Options)
	if err != nil {
		return nil, err
	}
	code := godog.TestSuite{
		Name:                "replay features",
		ScenarioInitializer: func(sc *godog.ScenarioContext) { Steps(sc, s) },
		Options: &godog.Options{
			Paths: featurePaths(c.File, opts.Paths), Tags: opts.Tags, Format: opts.Format, Output: opts.Output, NoColors: opts.NoColors,
			Strict: true, StopOnFailure: opts.FailFast, Concurrency: s.Lanes(), DefaultContext: ctx,
		},
	}.Run()
	err = errors.Join(s.Err(), s.Close())
	switch {
	case ctx.Err() != nil:
		err = harness.ErrInterrupted
	case err != nil:
		err = fmt.Errorf("%w: %w", ErrIncomplete, err)
	case code == 2: // which godog has explained
		err = fmt.Errorf("format %q cannot be written", opts.Format)
	case code != 0:
		err = ErrFailing
	}
	return s.Saved(), err
}

// Test runs scenarios as subtests of a test, side by side on the lanes of the
// configuration file that config means. Without paths, those in the directory
// features beside it. change, if not nil, may change the configuration before
// anything is started.
func Test(t *testing.T, config string, change func(*harness.Config), paths ...string) {
	t.Helper()
	c, err := harness.LoadConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(c)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(c, cases, paths, ""); err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.Context(), c, cases, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	godog.TestSuite{
		ScenarioInitializer: func(sc *godog.ScenarioContext) { Steps(sc, s) },
		Options: &godog.Options{
			Paths: featurePaths(c.File, paths), Format: "progress", Output: io.Discard, Strict: true,
			Concurrency: s.Lanes(), TestingT: t, DefaultContext: t.Context(),
		},
	}.Run()
}
