package classroom_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/harness"
)

// TestReplayAtAnotherTime wants the corpus green whenever it is replayed.
func TestReplayAtAnotherTime(t *testing.T) {
	c, cases := replays(t)
	for _, tt := range []struct{ at, reason string }{
		{"+1d", "tomorrow"},
		{"+400d", "next year: what was due is over by the real clock"},
		{"-3650d", "before anything of the fixtures happened"},
		{"2027-03-28T00:30:00+01:00", "the day on which summer time begins, the day before in UTC"},
		{"2027-03-28T03:00:00+02:00", "the first instant of summer time"},
		{"2027-03-29", "the day after, a night of 23 hours later"},
		{"2027-10-31T02:30:00+02:00", "the hour that is there twice, for the first time"},
		{"2027-10-31T02:30:00+01:00", "and for the second time"},
		{"2028-02-29", "a day that most years do not have"},
		{"2028-03-01", "the day after"},
		{"2026-12-31T23:59:59.999Z", "the last instant of a year"},
		{"2100-02-28", "a year that is no leap year although it can be divided by four"},
	} {
		t.Run(tt.at, func(t *testing.T) {
			at, err := harness.ParseAt(tt.at, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			wantGreen(t, run(t, c, cases, harness.Options{At: at}), len(cases.Cases))
		})
	}
	t.Run("at the time of the recording", func(t *testing.T) {
		c.Clock = harness.Clock{Mode: harness.HeaderClock, Obeyed: true}
		wantGreen(t, run(t, c, cases, harness.Options{}), len(cases.Cases))
	})
}

// dayDependent are the operations whose outcome depends on the day, and how many
// cases show it 400 days later: work comes late, days in a row are over, a term
// is over, and nothing is due next.
var dayDependent = map[string]int{
	"archiveClass": 1, "dashboard": 2, "gradebook": 4, "submitWork": 19,
}

// TestRealClock wants those cases unfaithful, and only those, where time is left
// to pass, and each told why.
func TestRealClock(t *testing.T) {
	c, cases := replays(t)
	c.Clock = harness.Clock{Mode: harness.RealClock}
	at := time.Date(2027, 10, 19, 7, 30, 0, 0, time.UTC)
	r := run(t, c, cases, harness.Options{At: at})
	got := map[string]int{}
	for _, res := range r.Results {
		switch res.Verdict {
		case harness.Equivalent:
			continue
		case harness.Unfaithful:
			got[strings.Split(res.Case, "/")[0]]++
		default:
			t.Errorf("%s is %s", res.Case, res.Verdict)
		}
		for _, part := range []string{"the clock may be why: the case was recorded", "clock: {mode: rebase} in replay.yaml moves them with the time"} {
			if !strings.Contains(res.Message, part) {
				t.Errorf("%s: the message does not say %q:\n%s", res.Case, part, res.Message)
			}
		}
	}
	if diff := cmp.Diff(dayDependent, got); diff != "" {
		t.Errorf("unfaithful cases (-want +got):\n%s", diff)
	}
}

// TestClockIsDisobeyed wants a candidate named that goes by the real clock
// although it was told another time.
func TestClockIsDisobeyed(t *testing.T) {
	c, cases := replays(t)
	candidate := *c.Candidate
	candidate.Env = maps.Clone(candidate.Env)
	delete(candidate.Env, "CLASSROOM_CLOCK")
	c.Candidate = &candidate
	r := run(t, c, cases, harness.Options{
		Selection: harness.Selection{Cases: []string{"renameAssignment"}}, At: time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC),
	})
	says := func(res harness.Result) bool {
		return strings.Contains(res.Message, "candidate wrote the real time, ") && strings.Contains(res.Message, "although the header x-replay-now told it 2028-02-29T")
	}
	if !slices.ContainsFunc(r.Results, says) {
		t.Errorf("no case says that the candidate writes the real time: %v", r.Summary)
	}
}
