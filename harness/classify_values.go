package harness

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sidebyside/replay/normalizers"
)

// The texts that stand for what is no value.
const (
	absent    = "absent"
	unchanged = " (unchanged)"
	refused   = "refused: "
)

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

func sameNumber(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

// isRounding: two numbers, at least one of them a fraction or a float, that
// differ by no more than one in the last place of the shorter one.
func isRounding(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil {
		return false
	}
	if !strings.ContainsAny(a+b, ".e") && min(x, y) < 10 {
		return false // small integers are counts
	}
	unit := math.Pow10(-min(decimals(a), decimals(b)))
	return math.Abs(x-y) <= unit*1.000001
}

// decimals counts the digits behind the point that say something.
func decimals(s string) int {
	_, fraction, _ := strings.Cut(s, ".")
	return len(strings.TrimRight(fraction, "0"))
}

// isTimeShift: two spellings of times that name one instant, one clock time, or
// times some quarters of an hour apart, as zones are.
func isTimeShift(a, b string) bool {
	x, okX := readTime(a)
	y, okY := readTime(b)
	if !okX || !okY || a == b {
		return false
	}
	shift := x.Sub(y).Abs().Truncate(time.Second)
	return shift <= 26*time.Hour && shift%(15*time.Minute) == 0
}

func readTime(text string) (time.Time, bool) {
	if s, err := strconv.Unquote(text); err == nil {
		text = s
	}
	if t, ok := normalizers.ParseInstant(text); ok {
		return t, true
	}
	t, err := time.Parse(time.DateOnly, text)
	return t, err == nil
}

// isTextLength: two texts, not of ASCII alone, one of which is cut where the
// other goes on.
func isTextLength(a, b string) bool {
	x, errX := strconv.Unquote(a)
	y, errY := strconv.Unquote(b)
	if errX != nil || errY != nil {
		return false
	}
	if len(x) > len(y) {
		x, y = y, x
	}
	mark := strings.TrimRight(x, "…. ") // what a server may put behind a cut text
	mark = strings.TrimRightFunc(mark, func(r rune) bool { return r == utf8.RuneError })
	tail := strings.TrimRight(y, "…. ")
	return mark != "" && mark != tail && strings.HasPrefix(tail, mark) && utf8.RuneCountInString(tail) < len(tail)
}

// isStale: the response shows on one side what the store held before the request
// and on the other what both have written.
func isStale(d *Difference, left, right *normalizers.Normal) bool {
	if d.Channel != ResponseChannel || d.Kind != DifferentValue {
		return false
	}
	return wasReplaced(right.Effects, d.Candidate, d.Legacy) && wasReplaced(left.Effects, d.Candidate, d.Legacy) ||
		wasReplaced(right.Effects, d.Legacy, d.Candidate) && wasReplaced(left.Effects, d.Legacy, d.Candidate)
}

func wasReplaced(effects *normalizers.Tree, before, after string) bool {
	for _, store := range effects.Children {
		for _, e := range store.Children {
			props := e.Get("properties")
			if props == nil {
				continue
			}
			for _, p := range props.Children {
				if p.From != nil && p.From.Display() == before && p.Display() == after {
					return true
				}
			}
		}
	}
	return false
}
