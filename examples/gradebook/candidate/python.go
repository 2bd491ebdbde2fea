package main

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// What Python does and Go does not. Legacy depends on each, and so do its callers.

// pyFloat is repr(float): the shortest text, with an exponent below 1e-4 and from
// 1e16 on, and never without a point.
//
// ported bug: float-repr
func pyFloat(f float64) string {
	digits := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(digits, "e")
	if e, _ := strconv.Atoi(exponent); f != 0 && (e < -4 || e >= 16) {
		return digits
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") && !math.IsInf(f, 0) && !math.IsNaN(f) {
		text += ".0"
	}
	return text
}

// pyRound is round(float, digits): halves go to the even neighbour.
//
// ported bug: half-even
func pyRound(f float64, digits int) float64 {
	out, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', digits, 64), 64)
	return out
}

// quantize is Decimal(repr(f)).quantize(Decimal("0.01")).
//
// ported bug: half-even
func quantize(f float64) *big.Rat {
	cents, _ := new(big.Rat).SetString(pyFloat(f))
	cents.Mul(cents, big.NewRat(100, 1))
	whole, rest := new(big.Int).DivMod(cents.Num(), cents.Denom(), new(big.Int))
	switch twice := rest.Lsh(rest, 1).Cmp(cents.Denom()); {
	case twice > 0, twice == 0 && whole.Bit(0) == 1:
		whole.Add(whole, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(whole, big.NewInt(100))
}

// floorDiv and floorMod round towards minus infinity.
//
// ported bug: floor-division
func floorDiv(a, b int64) int64 { return (a - floorMod(a, b)) / b }

// ported bug: floor-modulo
func floorMod(a, b int64) int64 { return ((a % b) + b) % b }

// pyInt is int(text): of any size, with spaces around, underscores between digits,
// and digits of any script.
//
// ported bug: unbounded-int
func pyInt(text string) (*big.Int, error) {
	digits := []rune(strings.TrimSpace(text))
	var plain strings.Builder
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		plain.WriteRune(digits[0])
		digits = digits[1:]
	}
	ok := len(digits) > 0
	for i, d := range digits {
		switch {
		case unicode.IsDigit(d):
			plain.WriteByte(byte('0' + digitOf(d)))
		case d != '_' || i == 0 || i == len(digits)-1 || digits[i-1] == '_':
			ok = false
		}
	}
	n, parsed := new(big.Int).SetString(plain.String(), 10)
	if !ok || !parsed {
		return nil, fmt.Errorf("invalid literal for int() with base 10: %s", quoted(text))
	}
	return n, nil
}

// digitOf is the value of a decimal digit: those of a script are ten in a row.
func digitOf(d rune) rune {
	n := rune(0)
	for n < 9 && unicode.IsDigit(d-n-1) {
		n++
	}
	return n
}

// quoted is repr(str) of text without control characters.
func quoted(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	return quote + strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(s) + quote
}

// pyDecimal is str(Decimal(text).normalize()): whole tens have an exponent.
//
// ported bug: decimal-str
func pyDecimal(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	digits := strings.TrimRight(text, "0")
	zeros := len(text) - len(digits)
	if digits == "" || zeros == 0 || strings.Contains(text, ".") {
		return sign + text
	}
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	return fmt.Sprintf("%s%sE+%d", sign, digits, len(text)-1)
}

// pyJSON is json.dumps of a string: nothing but ASCII.
func pyJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case strings.ContainsRune("\n\r\t\b\f", r):
			b.WriteString(map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}[r])
		case r < ' ' || r > 0x7f:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isoLayouts are those of datetime.fromisoformat that our callers use.
var isoLayouts = [...]string{
	time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, time.DateOnly,
}

// pyDate is datetime.fromisoformat(text).replace(tzinfo=None).
//
// ported bug: naive-time
func pyDate(text string) (time.Time, error) {
	for _, layout := range isoLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return naive(t), nil
		}
	}
	return time.Time{}, fmt.Errorf("Invalid isoformat string: %s", quoted(text)) //nolint:staticcheck // legacy's words
}

// naive is the time of day without its zone.
func naive(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// isoformat is datetime.isoformat of a naive one.
func isoformat(t time.Time) string {
	if t.Nanosecond() != 0 {
		return t.Format("2006-01-02T15:04:05.000000")
	}
	return t.Format("2006-01-02T15:04:05")
}
