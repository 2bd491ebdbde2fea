package normalizers

import (
	"strconv"
	"strings"
	"time"
)

// DefaultSkew is how far outside the window of its request a `now` may lie.
const DefaultSkew = 5 * time.Second

// instantLayouts are the spellings of an instant that servers use: RFC 3339,
// Python's isoformat and str, Go's String, and HTTP's date. Fractions of a second
// are read wherever they stand.
var instantLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05Z07",
	"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700 MST", "2006-01-02 15:04:05 -0700",
	time.RFC1123, time.RFC1123Z, time.RFC850,
}

// ParseInstant reads the spelling of an instant; without a zone it is UTC. A zone
// known by its name only, other than UTC, is not read: its offset is a guess.
func ParseInstant(s string) (time.Time, bool) {
	t, _, ok := spelledInstant(s)
	return t.UTC(), ok
}

// spelledInstant is ParseInstant in the offset that is spelled, with the layout
// that fits.
func spelledInstant(s string) (t time.Time, layout string, ok bool) {
	if len(s) < 19 || len(s) > 64 {
		return time.Time{}, "", false
	}
	if (s[0] < '0' || s[0] > '9') && !strings.Contains(s, ", ") {
		return time.Time{}, "", false
	}
	for _, layout := range instantLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if name, offset := t.Zone(); offset == 0 && name != "" && name != "UTC" && name != "GMT" && strings.Contains(layout, "MST") && !strings.Contains(layout, "-0700") {
			continue
		}
		return t, layout, true
	}
	return time.Time{}, "", false
}

// instantOf is the instant that a value spells.
func instantOf(t *Tree) (time.Time, bool) {
	switch t.Kind {
	case String, Time:
		return ParseInstant(t.Text)
	}
	return time.Time{}, false
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// instant makes all spellings of one instant equal.
func instant(m *moment, t *Tree) *Tree {
	if t.Kind != String {
		return t
	}
	if at, ok := instantOf(t); ok {
		return m.with(t, Time, timeText(at))
	}
	return t
}

// date keeps the calendar date that a date or an instant spells, in the zone that
// it is spelled in.
func date(m *moment, t *Tree) *Tree {
	if t.Kind != String && t.Kind != Time || len(t.Text) < len(time.DateOnly) {
		return t
	}
	day := t.Text[:len(time.DateOnly)]
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return t
	}
	if _, ok := instantOf(t); !ok && len(t.Text) > len(day) {
		return t
	}
	return m.with(t, Token, "date "+day)
}

// nowToken begins the text of what a `now` rule put in place of an instant.
const nowToken = "now "

// makeNow takes an instant that lies in the window of the request for "the time
// of the request". How it is spelled still counts. An instant that request or
// fixture holds is none, however recent: what a recording session wrote a moment
// before is still there at replay, and long past.
func makeNow(p *params) rewrite {
	skew := p.duration("skew", DefaultSkew)
	return func(m *moment, t *Tree) *Tree {
		at, shape, ok := nowOf(t)
		if !ok || m.from.IsZero() || at.Before(m.from.Add(-skew)) || at.After(m.to.Add(skew)) || m.holds(at) {
			return t
		}
		return m.with(t, Token, nowToken+shape)
	}
}

// holds reports whether request or fixture hold the instant, or one that it is
// to the millisecond.
func (m *moment) holds(at time.Time) bool { return m.given != nil && m.given()[givenInstant(at)] }

// givenInstant is how an instant stands among the given values.
func givenInstant(at time.Time) string { return "instant " + timeText(at) }

// nowOf reads an instant, or a number since 1970 in seconds, milliseconds,
// microseconds or nanoseconds, and how it is spelled.
func nowOf(t *Tree) (at time.Time, shape string, ok bool) {
	switch t.Kind {
	case String:
		if at, ok = ParseInstant(t.Text); ok {
			return at, "string " + shapeOf(t.Text), true
		}
		if at, shape, ok = epoch(t.Text); ok {
			return at, "string " + shape, true
		}
	case Time:
		at, ok = ParseInstant(t.Text)
		return at, "timestamp", ok
	case Int, Number, Float:
		at, shape, ok = epoch(t.Shown)
		return at, t.Kind.String() + " " + shape, ok
	}
	return time.Time{}, "", false
}

// shapeOf is an instant's text without what passes with time: digits, and how
// many a fraction has.
func shapeOf(s string) string {
	b := make([]byte, 0, len(s))
	fraction := false
	for i := range len(s) {
		c := s[i]
		digit := c >= '0' && c <= '9'
		switch {
		case digit && fraction:
			continue
		case digit:
			c = '0'
		}
		fraction = c == '.'
		b = append(b, c)
	}
	text := string(b)
	if strings.Contains(text, ", ") { // names of days and months pass with time, too
		return "HTTP date"
	}
	return text
}

func epoch(s string) (time.Time, string, bool) {
	whole, _, decimal := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 1e8 {
		return time.Time{}, "", false
	}
	if f, err := strconv.ParseFloat(s, 64); decimal && err == nil {
		return time.UnixMicro(int64(f * 1e6)).UTC(), "fractional seconds", len(whole) <= 10
	}
	switch len(whole) {
	case 9, 10:
		return time.Unix(n, 0).UTC(), "seconds", true
	case 12, 13:
		return time.UnixMilli(n).UTC(), "milliseconds", true
	case 15, 16:
		return time.UnixMicro(n).UTC(), "microseconds", true
	case 18, 19:
		return time.Unix(0, n).UTC(), "nanoseconds", true
	}
	return time.Time{}, "", false
}
