package corpus_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

// sameFloats compares by bits, but for the many forms of NaN.
var sameFloats = cmp.Comparer(func(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Float64bits(a) == math.Float64bits(b)
})

// roundTrip checks that reading what is written gives the case again, and
// writing that the same bytes.
func roundTrip(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, c *corpus.Case,
) {
	t.Helper()
	first, err := corpus.Format(c)
	if err != nil {
		t.Fatalf("format: %v", err)
	}
	back, err := corpus.Parse(c.File, first)
	if err != nil {
		t.Fatalf("parse what was written: %v\n%s", err, first)
	}
	if diff := cmp.Diff(c, back, sameFloats); diff != "" {
		t.Fatalf("read something else (-want +got):\n%s\n%s", diff, first)
	}
	second, err := corpus.Format(back)
	if err != nil {
		t.Fatalf("format again: %v", err)
	}
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		t.Fatalf("wrote something else (-first +second):\n%s", diff)
	}
}

func TestFormatAndParseGiveTheCaseAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { roundTrip(t, cases().Draw(t, "case")) })
}

func FuzzFormatAndParse(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { roundTrip(t, cases().Draw(t, "case")) }))
}
