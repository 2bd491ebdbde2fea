package about

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/cucumber/godog"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

func (w *world) steps(sc *godog.ScenarioContext) {
	sc.Given(`^legacy is recorded from the classroom seed$`, w.startRecording)
	sc.Given(`^the recorded corpus of the classroom$`, func() { w.corpus = "../../../examples/classroom/corpus" })
	sc.Given(`^a candidate with the mistake "([^"]*)"$`, func(name string) { w.mistake = name })
	sc.Given(`^a candidate that is killed after the third case$`, func() { w.killAfter = 3 })
	sc.Given(`^a corpus with a case whose document does not parse$`, w.brokenCorpus)
	sc.Step(`^"([^"]*)" sends$`, func(user string, doc *godog.DocString) error { return w.send(user, doc.Content) })
	sc.When(`^(?:it|what was recorded) is replayed$`, func(ctx context.Context) error { return w.replay(ctx) })
	sc.When(`^the cases of "([^"]*)" are replayed$`, func(ctx context.Context, field string) error { return w.replay(ctx, field) })
	sc.Then(`^one case of "([^"]*)" is recorded$`, w.oneCase)
	sc.Then(`^its fixture holds "([^"]*)"$`, w.fixtureHolds)
	sc.Then(`^its fixture knows that "([^"]*)" is absent$`, w.fixtureAbsent)
	sc.Then(`^it expects "([^"]*)" to change in "([^"]*)"$`, w.expectsChange)
	sc.Then(`^it expects no change$`, w.expectsNothing)
	sc.Then(`^every case is equivalent$`, func() error { return w.everyOther(0) })
	sc.Then(`^one case is errored$`, w.oneErrored)
	sc.Then(`^every other case is equivalent$`, func() error { return w.everyOther(1) })
	sc.Then(`^the run fails$`, w.fails)
	sc.Then(`^a difference of the (stored data|response) names "([^"]*)"$`, w.differenceNames)
	sc.Then(`^no difference of the response is reported$`, w.noResponseDifference)
	sc.Then(`^the report says how to see it again$`, w.reproduces)
	sc.Then(`^nothing is started$`, w.nothingStarted)
	sc.Then(`^the refusal names the file and the line$`, w.refusalNames)
}

func (w *world) oneCase(field string) error {
	if err := w.legacyAlive(); err != nil {
		return err
	}
	w.endRecording()
	c, err := corpus.Open(w.corpus)
	if err != nil {
		return fmt.Errorf("%w; %s", err, w.recorder.Summary())
	}
	if len(c.Cases) != 1 || !slices.Equal(c.Cases[0].Request.Fields, []string{field}) {
		return fmt.Errorf("recorded %d cases, want one of %s; %s", len(c.Cases), field, w.recorder.Summary())
	}
	w.recorded = c.Cases[0]
	return nil
}

func (w *world) legacyAlive() error {
	select {
	case <-w.legacy.Exited():
		return fmt.Errorf("legacy exited: %s", w.legacy.Log())
	default:
		return nil
	}
}

func (w *world) fixtureHolds(key string) error {
	for _, e := range w.recorded.State("datastore").Entities {
		if e.Key.String() == key {
			return nil
		}
	}
	return fmt.Errorf("the fixture does not hold %s", key)
}

func (w *world) fixtureAbsent(key string) error {
	for _, k := range w.recorded.State("datastore").Absent {
		if k.String() == key {
			return nil
		}
	}
	return fmt.Errorf("the fixture does not say that %s is absent", key)
}

func (w *world) expectsChange(key, property string) error {
	for _, e := range w.recorded.Expect.Effects["datastore"] {
		if _, ok := e.Set[property]; ok && e.Op == corpus.Update && e.Key.String() == key {
			return nil
		}
	}
	return fmt.Errorf("no update of %s in %s is expected", property, key)
}

func (w *world) expectsNothing() error {
	if n := len(w.recorded.Expect.Effects); n != 0 {
		return fmt.Errorf("%d stores are expected to change", n)
	}
	return nil
}

// everyOther checks that all but a number of cases are equivalent, and that
// there were cases at all.
func (w *world) everyOther(but int) error {
	if w.err != nil {
		return w.err
	}
	n := len(w.report.Results)
	if n <= but || w.report.Summary[harness.Equivalent] != n-but {
		return fmt.Errorf("%d of %d cases are equivalent:\n%s", w.report.Summary[harness.Equivalent], n, w.text())
	}
	return nil
}

func (w *world) oneErrored() error {
	if w.err != nil {
		return w.err
	}
	if w.report.Summary[harness.Errored] != 1 {
		return fmt.Errorf("%d cases are errored:\n%s", w.report.Summary[harness.Errored], w.text())
	}
	return nil
}

func (w *world) fails() error {
	if w.err != nil {
		return w.err
	}
	if w.report.Failing() == 0 {
		return errors.New("no case fails")
	}
	return nil
}

func (w *world) differenceNames(what, path string) error {
	channel := harness.EffectsChannel
	if what == "response" {
		channel = harness.ResponseChannel
	}
	if slices.ContainsFunc(w.differences(), func(d harness.Difference) bool {
		return d.Channel == channel && strings.Contains(d.Path, path)
	}) {
		return nil
	}
	return fmt.Errorf("no difference of the %s names %s:\n%s", what, path, w.text())
}

func (w *world) noResponseDifference() error {
	for _, d := range w.differences() {
		if d.Channel == harness.ResponseChannel {
			return fmt.Errorf("the response differs at %s", d.Path)
		}
	}
	return nil
}

func (w *world) differences() []harness.Difference {
	var all []harness.Difference
	for _, r := range w.report.Results {
		all = append(all, r.Differences...)
	}
	return all
}

func (w *world) text() string {
	var b strings.Builder
	if err := w.report.WriteText(&b); err != nil {
		return err.Error()
	}
	return b.String()
}

func (w *world) reproduces() error {
	for _, r := range w.report.Results {
		if r.Verdict.Fails() && !strings.Contains(w.text(), "reproduce: replay run -c ../../../examples/classroom/replay.yaml --case "+r.Case) {
			return fmt.Errorf("the report does not say how to see %s again:\n%s", r.Case, w.text())
		}
	}
	return nil
}

const brokenCase = `version: 1
recorded: {at: 2026-11-20T14:03:22.184Z, implementation: legacy}
request:
  operation: mutation
  fields: [renameAssignment]
  document: |
    mutation { renameAssignment(id: 42 { id }
fixture: {}
expect:
  http: {status: 200}
  response: {data: null}
`

func (w *world) brokenCorpus() error {
	dir, err := w.scratch()
	if err != nil {
		return err
	}
	w.corpus = filepath.Join(dir, "corpus")
	if err := os.MkdirAll(filepath.Join(w.corpus, "renameAssignment"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.corpus, "renameAssignment", "broken.yaml"), []byte(brokenCase), 0o644)
}

func (w *world) nothingStarted() error {
	if w.report != nil || w.err == nil {
		return errors.New("the corpus was accepted")
	}
	return nil
}

func (w *world) refusalNames() error {
	if !regexp.MustCompile(`renameAssignment/broken\.yaml:7:\d+: `).MatchString(w.err.Error()) {
		return fmt.Errorf("the refusal is %w", w.err)
	}
	return nil
}
