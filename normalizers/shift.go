package normalizers

import (
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Shift is how far something is moved in time. The zero value moves nothing.
type Shift struct {
	// By is the distance of instants, in whole seconds: so every spelling of an
	// instant, however precise, moves by the same.
	By time.Duration
	// Days is the distance of what stands for a whole day: a date, and an instant
	// at midnight UTC, which is what most stores make of a date.
	Days int
}

// ShiftBetween moves from to to, cut to whole seconds, so that a moved now is
// never in the future.
func ShiftBetween(from, to time.Time) Shift {
	by := to.Sub(from).Truncate(time.Second)
	return Shift{By: by, Days: daysBetween(from, from.Add(by))}
}

// ShiftToDay moves from to the same time of day (UTC) on the day of to. What lay
// on one calendar day, or any number of days apart, does so afterwards.
func ShiftToDay(from, to time.Time) Shift {
	days := daysBetween(from, to)
	return Shift{By: time.Duration(days) * day, Days: days}
}

func daysBetween(a, b time.Time) int {
	return int(b.UTC().Truncate(day).Sub(a.UTC().Truncate(day)) / day)
}

// IsZero reports whether nothing moves.
func (s Shift) IsZero() bool { return s == Shift{} }

// wholeDays reports whether times of day stay as they are.
func (s Shift) wholeDays() bool { return s.By == time.Duration(s.Days)*day }

// fixedPoint reports whether an instant is one of those by which programs mean
// "never", "always" or "not set": nothing moves it.
func fixedPoint(t time.Time) bool {
	return t.Year() <= 1 || t.Year() >= 9999 || t.Unix() == 0 && t.Nanosecond() == 0
}

// Instant is the moved instant. What lies in year 1 or before, in year 9999 or
// after, or at the beginning of 1970, stands for something else than a time, and
// stays; so does what would leave the years that have four digits.
func (s Shift) Instant(t time.Time) time.Time {
	if fixedPoint(t) {
		return t
	}
	by := s.By
	if t.Equal(t.UTC().Truncate(day)) {
		by = time.Duration(s.Days) * day
	}
	if moved := t.Add(by); moved.Year() > 1 && moved.Year() < 9999 {
		return moved
	}
	return t
}

// Text moves the date or the instant that a text spells, and keeps the spelling:
// separators, precision, offset. It reports false for a text that spells none.
func (s Shift) Text(text string) (string, bool) {
	if len(text) == len(time.DateOnly) {
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return text, false
		}
		return s.Instant(t).Format(time.DateOnly), true
	}
	t, layout, ok := spelledInstant(text)
	if !ok {
		return text, false
	}
	// time.Parse takes the machine's own zone where its offset fits, and that has
	// summer time: the offset that is spelled must stay.
	name, offset := t.Zone()
	moved := s.Instant(t).In(time.FixedZone(name, offset))
	if moved.Equal(t) {
		return text, true
	}
	out := moved.Format(layout)
	if strings.HasPrefix(layout, time.DateOnly) {
		const seconds = len("2006-01-02T15:04:05")
		out = moved.Format(time.DateOnly) + text[len(time.DateOnly):len(time.DateOnly)+1] + moved.Format(time.TimeOnly) + text[seconds:]
	}
	// A layout may know less than the text, such as two digits of a year.
	if again, ok := ParseInstant(out); !ok || !again.Equal(moved) {
		return text, false
	}
	return out, true
}

// Number moves an instant that is spelled as a number since 1970 in seconds, with
// or without decimals, milliseconds, microseconds or nanoseconds. It reports
// false for a number that is none.
func (s Shift) Number(literal string) (string, bool) {
	at, _, ok := epoch(literal)
	if !ok {
		return literal, false
	}
	whole, fraction, decimal := strings.Cut(literal, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return literal, false
	}
	unit := time.Second
	if !decimal {
		unit = epochUnit(len(whole))
	}
	moved := s.Instant(at)
	out := strconv.FormatInt(n+int64(moved.Sub(at)/unit), 10)
	if decimal {
		out += "." + fraction
	}
	// With another number of digits, it would be read in another unit.
	if again, _, ok := epoch(out); !ok || again.Sub(moved).Abs() > time.Millisecond {
		return literal, false
	}
	return out, true
}

// epochUnit is the unit of a number of so many digits that epoch reads.
func epochUnit(digits int) time.Duration {
	switch {
	case digits <= 10:
		return time.Second
	case digits <= 13:
		return time.Millisecond
	case digits <= 16:
		return time.Microsecond
	}
	return time.Nanosecond
}
