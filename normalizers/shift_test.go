package normalizers

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func at(t *testing.T, text string) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestShiftText(t *testing.T) {
	year := Shift{By: 400 * day, Days: 400}
	exact := Shift{By: 14*time.Hour + 3*time.Minute + 22*time.Second, Days: 1}
	tests := []struct {
		reason     string
		by         Shift
		text, want string
	}{
		{"a date moves by days", year, "2026-11-20", "2027-12-25"},
		{"RFC 3339 in UTC", year, "2026-11-20T14:03:22Z", "2027-12-25T14:03:22Z"},
		{"the precision stays, zeros included", year, "2026-11-20T14:03:22.1800Z", "2027-12-25T14:03:22.1800Z"},
		{"the offset stays, in summer too", Shift{By: 128 * day, Days: 128}, "2026-11-20T14:03:22+01:00", "2027-03-28T14:03:22+01:00"},
		{"Python's isoformat, without a zone", year, "2026-11-20T14:03:22.184000", "2027-12-25T14:03:22.184000"},
		{"Python's str", year, "2026-11-20 14:03:22.184000+00:00", "2027-12-25 14:03:22.184000+00:00"},
		{"an offset without a colon", year, "2026-11-20T14:03:22-0330", "2027-12-25T14:03:22-0330"},
		{"Go's String", year, "2026-11-20 14:03:22.5 +0100 CET", "2027-12-25 14:03:22.5 +0100 CET"},
		{"HTTP's date, with its weekday", year, "Fri, 20 Nov 2026 14:03:22 GMT", "Sat, 25 Dec 2027 14:03:22 GMT"},
		{"a 29 February is reached", Shift{By: 466 * day, Days: 466}, "2026-11-20", "2028-02-29"},
		{"an instant moves by the exact distance", exact, "2026-11-20T14:03:22.184Z", "2026-11-21T04:06:44.184Z"},
		{"midnight UTC stands for its day, however it is spelled", exact, "2026-11-20T01:00:00+01:00", "2026-11-21T01:00:00+01:00"},
		{"midnight elsewhere is an instant", exact, "2026-11-20T00:00:00+01:00", "2026-11-20T14:03:22+01:00"},
		{"back in time", Shift{By: -day, Days: -1}, "2026-03-01T00:30:00Z", "2026-02-28T00:30:00Z"},
		{"never stays never", year, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
		{"Go's zero time stays", year, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"the beginning of 1970 is a time not set", year, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
		{"a birthday before it is a date", year, "1960-05-01", "1961-06-05"},
	}
	for _, tt := range tests {
		got, ok := tt.by.Text(tt.text)
		if !ok || got != tt.want {
			t.Errorf("%s: Text(%q) = %q, %v; want %q", tt.reason, tt.text, got, ok, tt.want)
		}
	}
	for _, text := range []string{"", "tomorrow", "2026-13-01", "20261120", "2026-11-20T14:03Z", "2026-11-20 in words", "2026-11-20 14:03:22 CET"} {
		if got, ok := year.Text(text); ok || got != text {
			t.Errorf("Text(%q) = %q, %v; it spells no instant that is read", text, got, ok)
		}
	}
}

// TestShiftKeepsOffsetsWhereTheMachineHasSummerTime is about time.Parse, which
// puts an instant into the machine's zone where the offset fits.
func TestShiftKeepsOffsetsWhereTheMachineHasSummerTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skipf("no zone data: %v", err)
	}
	before := time.Local
	time.Local = berlin
	defer func() { time.Local = before }()
	got, _ := Shift{By: 240 * day, Days: 240}.Text("2026-11-20T14:03:22+01:00")
	if want := "2027-07-18T14:03:22+01:00"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestShiftNumber(t *testing.T) {
	exact := Shift{By: 14*time.Hour + 22*time.Second, Days: 1}
	tests := []struct{ reason, literal, want string }{
		{"seconds", "1795183402", "1795233824"},
		{"seconds with decimals keep them", "1795183402.250", "1795233824.250"},
		{"milliseconds", "1795183402184", "1795233824184"},
		{"microseconds", "1795183402184001", "1795233824184001"},
		{"nanoseconds", "1795183402184001002", "1795233824184001002"},
		{"midnight UTC moves by its day", "1795132800", "1795219200"},
	}
	for _, tt := range tests {
		got, ok := exact.Number(tt.literal)
		if !ok || got != tt.want {
			t.Errorf("%s: Number(%s) = %s, %v; want %s", tt.reason, tt.literal, got, ok, tt.want)
		}
	}
	for _, literal := range []string{"0", "42", "-1795183402", "1e9", "17951834021"} {
		if got, ok := exact.Number(literal); ok || got != literal {
			t.Errorf("Number(%s) = %s, %v; it is no instant", literal, got, ok)
		}
	}
}

func TestShiftBetween(t *testing.T) {
	tests := []struct {
		reason, from, to string
		want             Shift
	}{
		{"whole seconds only, so now is not in the future", "2026-11-20T14:00:00.900Z", "2026-11-20T14:00:02.500Z", Shift{By: time.Second}},
		{"over midnight a date moves, however short the time", "2026-11-20T23:59:59Z", "2026-11-21T00:00:01Z", Shift{By: 2 * time.Second, Days: 1}},
		{"nearly two days within two dates", "2026-11-20T00:00:00Z", "2026-11-21T23:00:00Z", Shift{By: 47 * time.Hour, Days: 1}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, ShiftBetween(at(t, tt.from), at(t, tt.to))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, diff)
		}
	}
	got := ShiftToDay(at(t, "2026-11-20T23:30:00Z"), at(t, "2027-03-28T00:10:00+01:00"))
	if want := (Shift{By: 127 * day, Days: 127}); got != want {
		t.Errorf("ShiftToDay = %v, want %v: the day of UTC counts", got, want)
	}
}

// spelling draws an instant from some seconds of 1970 on and one of the ways to
// write it.
func spelling(t *rapid.T, from int64) string {
	at := time.Unix(rapid.Int64Range(from, 8e9).Draw(t, "seconds"), rapid.Int64Range(0, 999999).Draw(t, "micros")*1000)
	offset := rapid.SampledFrom([]int{0, 0, 3600, -12600, 7200, 50400}).Draw(t, "offset")
	layout := rapid.SampledFrom([]string{
		time.RFC3339Nano, time.RFC3339, time.DateOnly, "2006-01-02T15:04:05.000", "2006-01-02 15:04:05.000000-07:00",
		"2006-01-02 15:04:05.999999999 -0700 MST", time.RFC1123, time.RFC1123Z, "2006-01-02T15:04:05Z0700",
	}).Draw(t, "layout")
	zone := time.UTC
	if offset != 0 && layout != time.RFC1123 {
		zone = time.FixedZone("CET", offset)
	}
	return at.In(zone).Format(layout)
}

// Moving there and back is the identity, and only digits and names of days and
// months change on the way.
func TestShiftThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(-20000, 20000).Draw(t, "days")
		there, back := Shift{By: time.Duration(days) * day, Days: days}, Shift{By: -time.Duration(days) * day, Days: -days}
		text := spelling(t, -1e9)
		moved, ok := there.Text(text)
		if !ok {
			t.Fatalf("%q is not read", text)
		}
		if shape(moved) != shape(text) {
			t.Fatalf("%q became %q", text, moved)
		}
		if strings.Contains(moved, "1970") {
			t.Skip("nothing comes back from a fixed point")
		}
		if again, ok := back.Text(moved); !ok || again != text {
			t.Fatalf("%q became %q and then %q", text, moved, again)
		}
	})
}

// shape is a text without its digits and names of days and months.
func shape(s string) string {
	s = regexp.MustCompile(`[A-Z][a-z]{2}`).ReplaceAllString(s, "Nov")
	return regexp.MustCompile(`\d`).ReplaceAllString(s, "0")
}

// An exact shift is its own inverse but for what comes to lie on midnight.
func TestExactShiftThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(rapid.Int64Range(1e9, 2e9).Draw(t, "from"), 0)
		there := ShiftBetween(from, from.Add(time.Duration(rapid.Int64Range(-1e8, 1e8).Draw(t, "by"))*time.Second))
		back := Shift{By: -there.By, Days: -there.Days}
		x := time.Unix(rapid.Int64Range(1, 8e9).Draw(t, "x"), rapid.Int64Range(0, 999).Draw(t, "ms")*1e6).UTC()
		moved := there.Instant(x)
		if x.Truncate(day).Equal(x) != moved.Truncate(day).Equal(moved) {
			t.Skip("midnight")
		}
		if again := back.Instant(moved); !again.Equal(x) {
			t.Fatalf("%v became %v and then %v", x, moved, again)
		}
	})
}
