package harness

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

// NowHeader is the request header by which implementations that can obey it are
// told the present time, in RFC 3339 (docs/time.md).
const NowHeader = "x-replay-now"

// ClockMode is what becomes of the time between recording and replay.
type ClockMode string

// The clock modes. The empty one is RealClock.
const (
	// RealClock leaves all as recorded, and time passes.
	RealClock ClockMode = "real"
	// RebaseClock moves every instant of the case by replay time minus recording
	// time.
	RebaseClock ClockMode = "rebase"
	// HeaderClock tells implementations the time of the recording.
	HeaderClock ClockMode = "header"
)

// Clock says at which time cases are replayed.
type Clock struct {
	Mode ClockMode
	// Obeyed says that the implementations take the time of NowHeader for the
	// present one, so that a case can be replayed at any time to the microsecond.
	Obeyed bool
	// At is the time to replay at; zero is now.
	At time.Time
}

func (r *configReader) clock(n strictyaml.Node) {
	n.Object(strictyaml.Fields{
		"mode": func(n strictyaml.Node) {
			var mode string
			if n.OneOf(&mode, string(RealClock), string(RebaseClock), string(HeaderClock)) {
				r.Clock.Mode = ClockMode(mode)
			}
		},
		"now": func(n strictyaml.Node) {
			var now string
			n.OneOf(&now, "real", "header")
			r.Clock.Obeyed = now == "header"
		},
	}, "mode")
	r.Clock.Obeyed = r.Clock.Obeyed || r.Clock.Mode == HeaderClock
}

// at is the configuration for a replay at another time; zero is none.
func (c *Config) at(t time.Time) (*Config, error) {
	if t.IsZero() {
		return c, nil
	}
	if c.Clock.Mode == HeaderClock {
		return nil, fmt.Errorf("%s: clock mode header replays at the time of the recording; to replay at another time, say clock: {mode: rebase, now: header}", c.File)
	}
	moved := *c
	moved.Clock.At = t.UTC()
	return &moved, nil
}

// rebase moves a case from the time of its recording to that of its replay, which
// is now unless the clock says otherwise, and says what could not be moved. Where
// implementations are told the time, the case is replayed at the time of day of
// its recording, so that "yesterday" and "midnight" stay what they were. Else now
// is all they know.
func (c Clock) rebase(config *Config, cs *corpus.Case, now time.Time) (*corpus.Case, []normalizers.Unshifted) {
	if c.Mode != RebaseClock || cs.Recorded.At.IsZero() {
		return cs, nil
	}
	by := normalizers.ShiftBetween(cs.Recorded.At, now)
	switch {
	case !c.At.IsZero():
		by = normalizers.ShiftToDay(cs.Recorded.At, c.At)
	case c.Obeyed:
		by = normalizers.ShiftToDay(cs.Recorded.At, now)
	}
	if by.IsZero() {
		return cs, nil
	}
	moved := normalizers.Rebase(config.Rules, config.Schema, cs, by)
	return moved.Case, moved.Left
}

// told is what implementations are told about the time of a case, which was moved
// before; zero is nothing.
func (c Clock) told(cs *corpus.Case) time.Time {
	switch c.Mode {
	case RebaseClock, HeaderClock:
		return cs.Recorded.At
	}
	return c.At
}

// window is the time in which a request ran, as an implementation knows it. One
// of which nobody says that it obeys may go by the real clock, too.
func (c Clock) window(told, from, to time.Time) (time.Time, time.Time) {
	switch {
	case told.IsZero():
		return from, to
	case c.Obeyed, !c.At.IsZero():
		return told, told.Add(to.Sub(from))
	}
	return told, to
}

// flag is the clock's part of the command that repeats a case.
func (c Clock) flag() string {
	if c.At.IsZero() {
		return ""
	}
	return " --at " + c.At.Format(time.RFC3339)
}

// ParseAt reads a time to replay at: an instant in RFC 3339, a date, or a
// distance from now such as +400d, -36h or +1d12h. A date means its day at the
// time of day of now, in UTC.
func ParseAt(text string, now time.Time) (time.Time, error) {
	now = now.UTC()
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.Add(now.Sub(now.Truncate(24 * time.Hour))), nil
	}
	by, err := parseDistance(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time: want an instant such as 2028-02-29T12:00:00Z, a date such as 2028-02-29, or a distance such as +400d or -36h", text)
	}
	at := now.Add(by)
	if at.Year() < 1 || at.Year() > 9999 {
		return time.Time{}, fmt.Errorf("%q is too far away: it must lie in the years 1 to 9999", text)
	}
	return at, nil
}

// parseDistance reads a signed duration that may begin with days.
func parseDistance(text string) (time.Duration, error) {
	sign := time.Duration(1)
	switch {
	case strings.HasPrefix(text, "-"):
		sign = -1
	case !strings.HasPrefix(text, "+"):
		return 0, errors.New("no sign")
	}
	rest := text[1:]
	var days time.Duration
	if before, after, ok := strings.Cut(rest, "d"); ok {
		n, err := time.ParseDuration(before + "h")
		if err != nil || n < 0 || n > maxDistance/24 {
			return 0, fmt.Errorf("read days: %q", before)
		}
		if days, rest = 24*n, after; rest == "" {
			return sign * days, nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || strings.ContainsAny(rest, "+-") {
		return 0, fmt.Errorf("read duration: %q", rest)
	}
	return sign * (days + d), nil
}

// maxDistance is the longest distance that fits a duration with room to add.
const maxDistance = 100 * 365 * 24 * time.Hour

// unshiftedPerCase is how many unshifted places of a failing case are shown.
const unshiftedPerCase = 3

func (res Result) writeUnshifted(w io.Writer) {
	for i, u := range res.Unshifted {
		if i == unshiftedPerCase {
			fprintf(w, "    … and %s not moved in time, too\n", count(len(res.Unshifted)-i, "other place"))
			return
		}
		fprintf(w, "    not moved in time: %s %q: %s\n", u.Place, u.Text, u.Why)
	}
}

// writeUnshifted sums up what a rebase left behind.
func (r *Report) writeUnshifted(w io.Writer) {
	places, cases := 0, 0
	var first *Result
	for i, res := range r.Results {
		if len(res.Unshifted) == 0 {
			continue
		}
		if first == nil {
			first = &r.Results[i]
		}
		places += len(res.Unshifted)
		cases++
	}
	if first == nil {
		return
	}
	u := first.Unshifted[0]
	fprintf(w, "clock: %s in %s could not be moved in time (unshifted in --report json), for example %s of %s %q: %s\n",
		count(places, "place"), count(cases, "case"), u.Place, first.Case, u.Text, u.Why)
}
