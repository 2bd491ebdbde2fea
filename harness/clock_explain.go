package harness

import (
	"fmt"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// oldRecording is how old a recording must be for its age to be mentioned.
const oldRecording = 24 * time.Hour

// explain adds to the message of a failing case what the clock may have to do
// with it.
func (c Clock) explain(config *Config, cs *corpus.Case, t trial, j judgement, began time.Time) string {
	if j.verdict != Divergent && j.verdict != Unfaithful && j.verdict != Unstable {
		return j.message
	}
	hint := c.disobeyed(cs, t, began)
	if hint == "" && j.verdict != Unstable && c.Mode != RebaseClock && c.Mode != HeaderClock {
		hint = c.aged(config, cs, j, began)
	}
	switch {
	case hint == "":
		return j.message
	case j.message == "":
		return hint
	}
	return j.message + "\n" + hint
}

// aged says that the recording is old, where that can matter: legacy does
// something else than it did, or the sides differ in an instant.
func (c Clock) aged(config *Config, cs *corpus.Case, j judgement, now time.Time) string {
	if !c.At.IsZero() {
		now = c.At
	}
	age := now.Sub(cs.Recorded.At)
	if age.Abs() < oldRecording || j.verdict == Divergent && !differInInstants(j.differences) {
		return ""
	}
	dated := normalizers.Rebase(config.Rules, config.Schema, cs, normalizers.ShiftBetween(cs.Recorded.At, now))
	if dated.Moved == 0 {
		return ""
	}
	return fmt.Sprintf("the clock may be why: the case was recorded %s this replay and holds %s (%s, for example); "+
		"clock: {mode: rebase} in %s moves them with the time", ageText(age), count(dated.Moved, "instant"), dated.Example, config.File)
}

func ageText(age time.Duration) string {
	days := int(age.Abs() / (24 * time.Hour))
	if age < 0 {
		return count(days, "day") + " after"
	}
	return count(days, "day") + " before"
}

func differInInstants(list []Difference) bool {
	for _, d := range list {
		if normalizers.Dated(d.Legacy) || normalizers.Dated(d.Candidate) {
			return true
		}
	}
	return false
}

// disobeyed says that an implementation wrote the real time although it was told
// another one.
func (c Clock) disobeyed(cs *corpus.Case, t trial, began time.Time) string {
	told := c.told(cs)
	if told.IsZero() || began.Sub(told).Abs() < oldRecording {
		return ""
	}
	for _, s := range []seen{t.legacy, t.candidate} {
		if s.recorded || s.obs == nil {
			continue
		}
		if at, ok := wroteBetween(s.obs, began.Add(-time.Second), time.Now().Add(time.Second)); ok {
			return fmt.Sprintf("%s wrote the real time, %s, although the header %s told it %s: it must take its time from there",
				s.name, at.Format(time.RFC3339), NowHeader, told.Format(time.RFC3339))
		}
	}
	return ""
}

// wroteBetween finds an instant of a time among what was stored.
func wroteBetween(obs *corpus.Observation, from, to time.Time) (at time.Time, found bool) {
	look := func(v corpus.Value) {
		if t, ok := v.(time.Time); ok && t.After(from) && t.Before(to) {
			at, found = t, true
		}
	}
	for _, effects := range obs.Effects {
		for _, e := range effects {
			for _, v := range e.Properties {
				look(v)
			}
			for _, change := range e.Set {
				if change.To != nil {
					look(*change.To)
				}
			}
		}
	}
	return at, found
}
