package recorder

import (
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestWithoutInstants compares with the obvious way, which is slower.
func TestWithoutInstants(t *testing.T) {
	near := time.Date(2026, 11, 20, 14, 3, 22, 0, time.UTC)
	anywhere := regexp.MustCompile(instant.String()[1:])
	want := func(text string) string {
		return anywhere.ReplaceAllStringFunc(text, func(s string) string {
			if at, err := time.Parse(time.RFC3339Nano, s); err == nil && at.Sub(near).Abs() < time.Minute {
				return "<now>"
			}
			return s
		})
	}
	piece := rapid.SampledFrom([]string{
		"2026-11-20T14:03:22Z", "2026-11-20T14:03:22.184Z", "2026-11-20T15:03:00+01:00", "2026-11-21T14:03:22Z",
		"2026-11-20T14:03:22.184123456789Z", "2026-11-20T14:03", "T", "Title", "1", "Z", "-", " ", "\n", ": ",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := ""
		for _, p := range rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces") {
			text += p
		}
		if got := string(withoutInstants([]byte(text), near)); got != want(text) {
			t.Fatalf("%q becomes %q, want %q", text, got, want(text))
		}
	})
}

func TestWithoutLine(t *testing.T) {
	for _, tt := range []struct{ text, want, reason string }{
		{"a: 1\nrecorded: x\nb: 2\n", "a: 1\nb: 2\n", "the line goes, with its end"},
		{"recorded: x\nb: 2\n", "b: 2\n", "also the first one"},
		{"a: 1\n  recorded: x\n", "a: 1\n  recorded: x\n", "one further in is another key"},
		{"a: 1\nrecorded: x", "a: 1\n", "and one without an end"},
	} {
		if got := string(withoutLine([]byte(tt.text), "recorded: ")); got != tt.want {
			t.Errorf("%q becomes %q, want %q: %s", tt.text, got, tt.want, tt.reason)
		}
	}
}
