package features

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cucumber/godog"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// world is one scenario while it runs.
type world struct {
	suite    *Suite
	draft    *draft
	at       int // the step whose turn it is
	replayed *harness.Replayed
	// stated are the parts of the observation that steps say as a whole. They are
	// measured together, because a generated value must be the same in all of them.
	stated            corpus.Observation
	response, effects bool
	// claims are the changes that steps speak of, for the step that wants no other.
	claims []claim
}

// run reads and does the step whose turn it is, as the step given.
func (w *world) run(ctx context.Context, s step) error {
	if w.draft == nil || w.at < 0 {
		return errors.New("a step of package features runs outside of a scenario")
	}
	l := w.draft.line(w.at)
	l.args = s.expr.FindStringSubmatch(l.text)[1:]
	c, err := w.draft.readAs(s, l)
	if err != nil || c == nil {
		return err
	}
	return c(ctx, w)
}

// turn notes which step comes next.
func (w *world) turn(st *godog.Step) {
	if w.draft == nil {
		return
	}
	w.at = slices.IndexFunc(w.draft.scenario.Steps, func(o *godog.Step) bool { return o.Id == st.Id })
}

// placed says where a step stands that is none, or more than one.
func (w *world) placed(err error) error {
	if w.draft == nil || w.at < 0 || !errors.Is(err, godog.ErrUndefined) && !errors.Is(err, godog.ErrAmbiguous) {
		return nil
	}
	l := w.draft.line(w.at)
	if errors.Is(err, godog.ErrAmbiguous) {
		return l.problemf("%q is more than one step", l.text)
	}
	return l.problemf("no step is called: %s; did you mean: %s", l.text, nearest(l.text))
}

// send replays the case on a lane that the scenario keeps. A side that crashes,
// hangs or refuses fails the scenario: nothing can be said of it.
func (w *world) send(ctx context.Context) error {
	r, err := w.suite.session.Replay(ctx, w.draft.replayed(time.Now()), w.draft.records())
	if err != nil {
		return w.suite.stop(err)
	}
	w.replayed = r
	for _, s := range r.Sent() {
		if s.Err != nil {
			return fmt.Errorf("%s: %w\n%s", s.Side, s.Err, w.reproduce())
		}
	}
	return nil
}

// end records the case of a scenario that is to be one, and gives the lane back.
func (w *world) end(ctx context.Context, failed error) error {
	if w.replayed == nil {
		return nil
	}
	defer w.replayed.Close()
	if failed != nil || !w.draft.records() || !w.suite.record {
		return nil
	}
	cs, err := w.replayed.Record(ctx)
	if err != nil {
		return fmt.Errorf("record the scenario: %w", err)
	}
	return w.suite.save(cs)
}

// finding is what a look at the sides found wrong; the zero value is nothing.
type finding struct {
	text        string
	differences []harness.Difference
}

func (f finding) ok() bool { return f.text == "" && len(f.differences) == 0 }

// hold wants a look to find nothing. What it finds is confirmed on fresh
// processes, as a difference of a run is.
func (w *world) hold(ctx context.Context, look func() (finding, error)) error {
	first, err := look()
	if err != nil || first.ok() {
		return err
	}
	if err := w.replayed.Again(ctx); err != nil {
		return w.suite.stop(err)
	}
	again, err := look()
	switch {
	case err != nil:
		return err
	case again.ok():
		return w.failure(first, "this disappears on fresh processes: something leaks from case to case")
	}
	return w.failure(again, "")
}

// failure is what the user sees: what is wrong, and how the candidate differs
// from legacy if it does.
func (w *world) failure(f finding, more string) error {
	verdict := w.replayed.Result()
	shown := verdict
	shown.Differences, shown.Omitted, shown.Uncovered = f.differences, 0, nil
	shown.Message = strings.TrimSpace(f.text + "\n" + more)
	shown.Reproduce = w.suite.command(w.draft.scenario)
	text := "the scenario says otherwise\n\n" + shown.Text()
	if verdict.Verdict.Fails() {
		verdict.Reproduce = shown.Reproduce
		text += "\n" + verdict.Explain()
	}
	return errors.New(strings.TrimRight(text, "\n"))
}

func (w *world) reproduce() string {
	return "reproduce: " + w.suite.command(w.draft.scenario)
}

// measure compares a part of what each side did with what is wanted of it.
func (w *world) measure(ctx context.Context, wanted corpus.Observation, view harness.View) error {
	return w.hold(ctx, func() (finding, error) {
		differences, err := w.replayed.Measure(wanted, view)
		return finding{differences: differences}, err
	})
}

// each wants what a look at one side finds, as a text, to be nothing.
func (w *world) each(ctx context.Context, look func(have *corpus.Observation) string) error {
	return w.hold(ctx, func() (finding, error) {
		var texts []string
		sent := w.replayed.Sent()
		for _, s := range sent {
			if s.Err != nil {
				return finding{}, fmt.Errorf("%s: %w", s.Side, s.Err)
			}
			if text := look(s.Observation); text != "" {
				texts = append(texts, s.Side+": "+text)
			}
		}
		if len(texts) == 2 && strings.TrimPrefix(texts[0], sent[0].Side) == strings.TrimPrefix(texts[1], sent[1].Side) {
			texts = []string{"both" + strings.TrimPrefix(texts[0], sent[0].Side)}
		}
		return finding{text: strings.Join(texts, "\n")}, nil
	})
}
