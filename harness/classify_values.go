package harness

import (
	"math"
	"regexp"
	"slices"
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
	found := false
	eachProperty(effects, func(p *normalizers.Tree) {
		found = found || p.From != nil && p.From.Display() == before && p.Display() == after
	})
	return found
}

// unquoted are two texts of strings.
func unquoted(a, b string) (x, y string, ok bool) {
	x, errX := strconv.Unquote(a)
	y, errY := strconv.Unquote(b)
	return x, y, errX == nil && errY == nil && x != y
}

func isLetterCase(a, b string) bool {
	x, y, ok := unquoted(a, b)
	return ok && strings.EqualFold(x, y)
}

// isWhiteSpace: two texts that differ in white space alone.
func isWhiteSpace(a, b string) bool {
	x, y, ok := unquoted(a, b)
	return ok && strings.Join(strings.Fields(x), "") == strings.Join(strings.Fields(y), "")
}

// isOffByOne: two whole numbers next to each other.
func isOffByOne(a, b string) bool {
	a, b = strings.TrimSuffix(a, unchanged), strings.TrimSuffix(b, unchanged)
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	return errX == nil && errY == nil && (x-y == 1 || y-x == 1)
}

var countName = regexp.MustCompile(`(?i)(count|total|position|index|offset|page|rank|attempts?|size|length|number|streak|items)$`)

// isCount: a whole number of something, by its name.
func isCount(d *Difference) bool {
	return countName.MatchString(lastName(d.Path)) && isOffByOne(d.Legacy, d.Candidate)
}

// idName is the name of a member that holds an id.
var idName = regexp.MustCompile(`^(id|ID)$|[a-z](Id|ID)s?$|_ids?$`)

var enumName = regexp.MustCompile(`^"[A-Z][A-Z0-9]{2,}(_[A-Z0-9]+)*"$`)

// isCondition: true or false, one of several words, or a value and none: what an
// if decides.
func (s *scene) isCondition(a, b string) bool {
	boolean := func(text string) bool { return text == "true" || text == "false" }
	switch {
	case boolean(a) && boolean(b):
		return true
	case a == "null" || b == "null":
		return a != b
	case enumName.MatchString(a) && enumName.MatchString(b):
		return true
	}
	x, y, ok := unquoted(a, b)
	return ok && slices.Contains(s.schema.EnumSiblings(x), y)
}
