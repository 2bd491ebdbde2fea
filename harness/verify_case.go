package harness

import (
	"context"
	"fmt"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// verifyLane is one process of legacy with what compares it with recordings.
type verifyLane struct {
	config   *Config
	legacy   *Side
	comparer *comparer
}

// verifyTrial is one replay of a case on legacy.
type verifyTrial struct {
	seen
	found comparison // of the recording and this replay
	wrong string     // why there is nothing to compare; "" where there is
}

func (t *verifyTrial) faithful() bool { return t.wrong == "" && len(t.found.Differences) == 0 }

// verify judges one case. Like a run it believes nothing bad that a fresh process
// does not repeat, and nothing good that only a fresh one does.
func (l *verifyLane) verify(ctx context.Context, recorded *corpus.Case) (VerifyResult, error) {
	began := time.Now()
	cs, _ := l.config.Clock.rebase(l.config, recorded, began)
	res := VerifyResult{Case: recorded.Name, Reproduce: "replay verify -c " + l.config.File + " --dry-run --case " + recorded.Name}
	first, err := l.try(ctx, cs)
	if err != nil {
		return res, err
	}
	if first.faithful() {
		res.Missing = l.missing(cs, &first, true)
		return res, nil
	}
	if err := l.legacy.restart(ctx); err != nil {
		return res, err
	}
	again, err := l.try(ctx, cs)
	if err != nil {
		return res, err
	}
	if err := l.judge(cs, &first, &again, &res); err != nil {
		return res, err
	}
	res.Message = l.config.Clock.explain(l.config, cs, trial{legacy: again.seen},
		judgement{verdict: res.Verdict, message: res.Message, differences: res.Differences}, began)
	res.Missing = l.missing(cs, &again, false)
	res.Differences, res.Omitted = limit(res.Differences)
	res.Omitted += again.found.More
	return res, nil
}

// try replays the case and compares it with its recording.
func (l *verifyLane) try(ctx context.Context, cs *corpus.Case) (t verifyTrial, err error) {
	body, err := requestBody(&cs.Request)
	if err != nil {
		return t, err
	}
	if t.seen, err = l.legacy.replay(ctx, cs, body); err != nil {
		return t, err
	}
	if t.err != nil {
		t.wrong = "legacy: " + t.err.Error()
		return t, nil
	}
	if t.found, err = l.comparer.compare(cs, recordedSeen(cs).side, t.side); err != nil {
		return t, err
	}
	t.found.Differences = between(t.found.Differences, "recorded", "legacy")
	if len(t.found.Differences) == 0 && len(t.unsent) > 0 {
		t.wrong = "legacy: " + incomplete(t.unsent).Error()
	}
	return t, nil
}

// judge says what two trials show, the second on a fresh process.
func (l *verifyLane) judge(cs *corpus.Case, first, again *verifyTrial, res *VerifyResult) error {
	switch {
	case again.wrong != "":
		res.Verdict, res.Message = Errored, again.wrong
		return nil
	case again.faithful() && first.wrong != "":
		res.Verdict, res.Message = Unstable, first.wrong+"\na fresh process does what was recorded"
		return nil
	case again.faithful():
		res.Verdict, res.Differences = Unstable, first.found.Differences
		res.Message = "only a fresh process does what was recorded: legacy keeps something from case to case"
		return nil
	}
	res.Verdict, res.Differences = Unfaithful, again.found.Differences
	res.Message = "legacy does not do what was recorded: the fixture is incomplete, or legacy has changed since"
	if first.wrong != "" {
		return nil
	}
	self, err := l.comparer.compare(cs, first.side, again.side)
	if err != nil {
		return err
	}
	if len(self.Differences) > 0 {
		res.Verdict, res.Differences = Unstable, between(self.Differences, "legacy", "legacy again")
		res.Message = "legacy does not do the same twice: its answer depends on something that is no store; a rule may say what may differ (replay noise)"
	}
	return nil
}

// missing lists what legacy read of which the recording knows nothing. The ranges
// of its queries are taken for those of the recording while it does what was
// recorded, and looked at where it does not.
func (l *verifyLane) missing(cs *corpus.Case, t *verifyTrial, faithful bool) []Uncovered {
	var list []Uncovered
	for _, sc := range l.config.Stores {
		observed, ok := t.stores[sc.Name]
		if !ok {
			continue
		}
		var ref []store.Read
		if faithful {
			ref = reference(t.seen, t.seen, sc.Name)
		}
		for _, read := range store.Uncovered(cs.State(sc.Name), observed.Allocated, ref, observed.Reads) {
			list = append(list, Uncovered{sc.Name, read.Text, "legacy"})
		}
	}
	return list
}

// String names what is missing in a line.
func (u Uncovered) String() string {
	return fmt.Sprintf("%s of %s", u.Read, u.Store)
}
