package harness

import (
	"strings"
	"time"
	"unicode"
)

// timeFaults change instants, as stored and as spelled.
func timeFaults() []fault {
	shift := func(d time.Duration) edit {
		return onTime(func(t time.Time) time.Time { return t.Add(d) })
	}
	return []fault{
		onSites("shift-microsecond", "an instant is a microsecond later", unlessNow(shift(time.Microsecond))),
		onSites("shift-second", "an instant is a second later", unlessNow(shift(time.Second))),
		onValues("shift-hour", "an instant is an hour later, as in another zone", shift(time.Hour)),
		onValues("shift-day", "an instant or date is a day later", shiftDay),
		onValues("truncate-instant", "an instant loses its fraction of a second", truncateInstant),
		onValues("respell-instant", "an instant has +00:00 for Z, or Z for +00:00", respell),
		onValues("lose-zone", "the text of an instant loses its zone", loseZone),
		onValues("text-for-timestamp", "a stored timestamp is a text", func(v any) (any, bool) {
			t, ok := v.(time.Time)
			return t.UTC().Format(time.RFC3339Nano), ok
		}),
		onValues("integer-for-timestamp", "a stored timestamp is microseconds since 1970", func(v any) (any, bool) {
			t, ok := v.(time.Time)
			return t.UnixMicro(), ok
		}),
	}
}

// unlessNow leaves the time of the request alone: every run has another one, so
// that a little later is no fault.
func unlessNow(e edit) func(*specimen, *site) (any, bool) {
	return func(s *specimen, at *site) (any, bool) {
		if t, ok := instantIn(at.value); ok && s.isNow(t) {
			return nil, false
		}
		return e(at.value)
	}
}

// isNow reports whether an instant is of the request's own time, and not one that
// request or fixture hold.
func (s *specimen) isNow(t time.Time) bool {
	recorded := recordedSeen(s.cs)
	return !t.Before(recorded.from.Add(-time.Second)) && !t.After(recorded.to) &&
		!strings.Contains(s.given(), t.UTC().Format(time.RFC3339Nano))
}

func instantIn(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case string:
		t, _, ok := spelledInstant(v)
		return t, ok
	}
	return time.Time{}, false
}

// onTime changes a stored timestamp, or a text that spells an instant in the way
// of RFC 3339, spelling the other one the same way.
func onTime(change func(time.Time) time.Time) edit {
	return func(v any) (any, bool) {
		switch v := v.(type) {
		case time.Time:
			return change(v), true
		case string:
			t, layout, ok := spelledInstant(v)
			if !ok {
				return nil, false
			}
			text := change(t).Format(layout)
			return text, text != v
		}
		return nil, false
	}
}

// spelledInstant reads RFC 3339, also without zone, and how it is spelled.
func spelledInstant(s string) (t time.Time, layout string, ok bool) {
	if len(s) < 19 || s[4] != '-' || s[13] != ':' {
		return t, "", false
	}
	layout = "2006-01-02" + s[10:11] + "15:04:05"
	rest := s[19:]
	if strings.HasPrefix(rest, ".") {
		digits := len(rest[1:]) - len(strings.TrimLeftFunc(rest[1:], unicode.IsDigit))
		layout += "." + strings.Repeat("0", digits)
		rest = rest[1+digits:]
	}
	switch {
	case rest == "Z":
		layout += "Z07:00"
	case rest != "":
		layout += "-07:00"
	}
	t, err := time.Parse(layout, s)
	return t, layout, err == nil
}

func shiftDay(v any) (any, bool) {
	if s, ok := v.(string); ok && len(s) == len(time.DateOnly) {
		t, err := time.Parse(time.DateOnly, s)
		return t.AddDate(0, 0, 1).Format(time.DateOnly), err == nil
	}
	return onTime(func(t time.Time) time.Time { return t.AddDate(0, 0, 1) })(v)
}

func truncateInstant(v any) (any, bool) {
	if s, ok := v.(string); ok {
		_, _, ok := spelledInstant(s)
		if !ok || s[19:] == "" || s[19] != '.' {
			return nil, false
		}
		return s[:19] + strings.TrimLeft(s[20:], "0123456789"), true
	}
	t, ok := v.(time.Time)
	return t.Truncate(time.Second), ok && t.Nanosecond() != 0
}

func respell(v any) (any, bool) {
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	if _, _, ok = spelledInstant(s); !ok {
		return nil, false
	}
	if base, ok := strings.CutSuffix(s, "Z"); ok {
		return base + "+00:00", true
	}
	base, ok := strings.CutSuffix(s, "+00:00")
	return base + "Z", ok
}

func loseZone(v any) (any, bool) {
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	if _, _, ok = spelledInstant(s); !ok {
		return nil, false
	}
	if base, ok := strings.CutSuffix(s, "Z"); ok {
		return base, true
	}
	return s[:max(0, len(s)-6)], len(s) > 25 && (s[len(s)-6] == '+' || s[len(s)-6] == '-')
}
