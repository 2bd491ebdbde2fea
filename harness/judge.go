package harness

import (
	"context"
	"fmt"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/ledger"
	"github.com/sidebyside/replay/normalizers"
)

// judgement is a verdict with what it rests on.
type judgement struct {
	verdict     Verdict
	differences []Difference
	omitted     int // differences that are not kept
	hidden      []Hidden
	message     string

	// What was compared, and where rules hid something; for people.
	compared [2]side
	places   []normalizers.HiddenPlace

	// What the ledger makes of the case.
	bugs     []sighting
	used     []*ledger.Accepted // one for each difference that an entry fits
	overlaps []overlap
}

// judge says what one trial shows.
//
// A legacy that does not do what was recorded is no reference: nothing can be
// said of the candidate then, so that comes before the candidate's differences.
func (l *lane) judge(cs *corpus.Case, t trial) (judgement, error) {
	if err := sideErrors(t); err != "" {
		return judgement{verdict: Errored, message: err, compared: t.sides()}, nil
	}
	if t.legacy.recorded && !expects(cs) {
		return judgement{verdict: Errored, message: "there is neither a legacy nor a recording to compare the candidate with"}, nil
	}
	candidate, err := l.comparer.compareWhole(cs, t.legacy.side, t.candidate.side)
	if err != nil {
		return judgement{}, err
	}
	j := judgement{hidden: candidate.Hidden, differences: candidate.Differences, omitted: candidate.More}
	j.compared, j.places = t.sides(), candidate.Places
	if !t.legacy.recorded && expects(cs) {
		recording, err := l.comparer.compare(cs, recordedSeen(cs).side, t.legacy.side)
		if err != nil {
			return judgement{}, err
		}
		if len(recording.Differences) > 0 {
			j.verdict = Unfaithful
			j.differences, j.omitted = between(recording.Differences, "recorded", "legacy"), recording.More
			j.message = "legacy does not do what was recorded: the fixture is incomplete, or legacy has changed since"
			j.compared, j.places = [2]side{recordedSeen(cs).side, t.legacy.side}, recording.Places
			gone(l.config.Ledger, cs, t, &j)
			j.limit()
			return j, nil
		}
	}
	if len(j.differences) > 0 {
		j.verdict = Divergent
	}
	if err := unjudgedCalls(t, j.differences); err != "" {
		return judgement{verdict: Errored, message: err, differences: j.differences, compared: j.compared}, nil
	}
	j = settle(l.config.Ledger, cs, t, j)
	if j.verdict == Accepted && j.omitted > 0 {
		j.verdict = Divergent // the ledger cannot know what nobody has looked at
	}
	shorten(j.differences)
	j.limit()
	return j, nil
}

// expects reports whether it is known what legacy should do. Every recorded
// observation has a response.
func expects(cs *corpus.Case) bool { return cs.Expect.Response != nil }

// limit drops differences that no report shows.
func (j *judgement) limit() {
	kept, omitted := limit(j.differences)
	j.differences, j.omitted = kept, j.omitted+omitted
}

// confirm repeats the case on fresh processes, and compares each side with
// itself.
func (l *lane) confirm(ctx context.Context, cs *corpus.Case, first trial, found judgement) (judgement, error) {
	if err := l.restart(ctx); err != nil {
		return found, err
	}
	again, err := l.try(ctx, cs)
	if err != nil {
		return found, err
	}
	if err := sideErrors(again); err != "" {
		return judgement{verdict: Errored, message: "on fresh processes " + err, differences: found.differences, compared: again.sides()}, nil
	}
	for _, pair := range [][2]seen{{first.legacy, again.legacy}, {first.candidate, again.candidate}} {
		if pair[0].recorded {
			continue
		}
		self, err := l.comparer.compare(cs, pair[0].side, pair[1].side)
		if err != nil {
			return found, err
		}
		if len(self.Differences) > 0 {
			j := judgement{
				verdict: Unstable, differences: between(self.Differences, pair[0].name, pair[0].name+" again"), omitted: self.More, hidden: found.hidden,
				message:  fmt.Sprintf("%s does not do the same twice: a fresh process answers otherwise", pair[0].name),
				compared: [2]side{pair[0].side, pair[1].again()}, places: self.Places,
			}
			j.limit()
			return j, nil
		}
	}
	second, err := l.judge(cs, again)
	if err != nil {
		return found, err
	}
	if second.verdict != found.verdict {
		found.verdict = Unstable
		found.message = "the difference disappears on fresh processes: something leaks from case to case"
		return found, nil
	}
	return second, nil
}

// unjudgedCalls are calls that changed something, were refused because the
// recording does not answer them, and yet make no difference of their own, as
// where a rule ignores the upstream: "" when there are none. What came after the
// refusal proves nothing then.
func unjudgedCalls(t trial, differences []Difference) string {
	for _, d := range differences {
		if d.Channel == CallsChannel {
			return ""
		}
	}
	var texts []string
	for _, s := range []seen{t.legacy, t.candidate} {
		if len(s.unsent) > 0 {
			texts = append(texts, fmt.Sprintf("%s: %v", s.name, incomplete(s.unsent)))
		}
	}
	return strings.Join(texts, "\n")
}

// sideErrors says which side proved nothing, and why; "" when both answered.
func sideErrors(t trial) string {
	var texts []string
	for _, s := range []seen{t.legacy, t.candidate} {
		if s.err != nil {
			texts = append(texts, fmt.Sprintf("%s: %v", s.name, s.err))
		}
	}
	return strings.Join(texts, "\n")
}

// between marks differences that are not those of the candidate from legacy.
func between(list []Difference, left, right string) []Difference {
	for i := range list {
		list[i].Between = []string{left, right}
	}
	return list
}
