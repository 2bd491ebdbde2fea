package harness

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sidebyside/replay/corpus"
)

// valueFaults change single values.
func valueFaults() []fault {
	out := []fault{
		onValues("null-for-value", "a value is null", func(v any) (any, bool) { return nil, v != nil }),
		onValues("empty-text-for-null", `a null is ""`, forNull("")),
		onValues("word-for-null", `a null is the text "None"`, forNull("None")),
		onValues("zero-for-null", "a null is 0", forNull(json.Number("0"))),
		onValues("flip-boolean", "a boolean is the other one", ofBool(func(b bool) any { return !b })),
		onValues("text-for-boolean", `a boolean is "true" or "false"`, ofBool(func(b bool) any { return strconv.FormatBool(b) })),
		onValues("corrupt-bytes", "the last byte of a blob is another", corruptBytes),
		onValues("text-for-bytes", "a blob is a text", textForBytes),
		onValues("swap-latitude", "latitude and longitude are swapped", swapLatitude),
		onValues("lose-meaning", "a value loses the mark of older client libraries", loseMeaning),
		onSites("wrong-enum", "an enum value is another of its enum", wrongEnum),
	}
	return append(append(append(out, textFaults()...), numberFaults()...), timeFaults()...)
}

func forNull(by any) edit { return func(v any) (any, bool) { return by, v == nil } }

func ofBool(change func(bool) any) edit {
	return func(v any) (any, bool) {
		b, ok := v.(bool)
		if !ok {
			return nil, false
		}
		return change(b), true
	}
}

func corruptBytes(v any) (any, bool) {
	b, ok := v.([]byte)
	if !ok || len(b) == 0 {
		return nil, false
	}
	out := append([]byte(nil), b...)
	out[len(out)-1] ^= 1
	return out, true
}

func textForBytes(v any) (any, bool) {
	b, ok := v.([]byte)
	return string(b), ok && utf8.Valid(b)
}

func swapLatitude(v any) (any, bool) {
	g, ok := v.(corpus.GeoPoint)
	return corpus.GeoPoint{Lat: g.Lng, Lng: g.Lat}, ok && g.Lat != g.Lng
}

func loseMeaning(v any) (any, bool) {
	m, ok := v.(corpus.Meant)
	return m.Value, ok
}

func wrongEnum(s *specimen, at *site) (any, bool) {
	text, ok := at.value.(string)
	if !ok {
		return nil, false
	}
	if others := s.enum(text); len(others) > 0 {
		return others[0], true
	}
	return nil, false
}

// textFaults change texts.
func textFaults() []fault {
	return []fault{
		onText("change-case", "a text is in upper or lower case", changeCase),
		onText("trailing-space", "a text has a space behind it", func(s string) string { return s + " " }),
		onText("leading-space", "a text has a space before it", func(s string) string { return " " + s }),
		onText("trim-text", "a text loses its surrounding white space", strings.TrimSpace),
		onText("empty-text", `a text is ""`, func(string) string { return "" }),
		onText("truncate-characters", "a text loses its last character", cutLast),
		onText("truncate-bytes", "a text is cut at as many bytes as it has characters", cutBytes),
		onText("escape-html", "a text has &lt; for <, and the like", htmlEscapes.Replace),
		onText("mojibake", "the UTF-8 of a text is read as Latin-1", mojibake),
		onText("decompose-accents", "an accented letter is written as letter and accent", accents.Replace),
		onText("carriage-returns", "the lines of a text end in CR LF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }),
		onText("quote-text", "a text is a JSON string in a string", func(s string) string { return `"` + s + `"` }),
		onValues("null-for-empty-text", `a "" is null`, func(v any) (any, bool) { return nil, v == "" }),
		onValues("number-for-text", "a text of digits is a number", numberForText),
	}
}

// onText applies where the text becomes another one.
func onText(name, does string, change func(string) string) fault {
	return onValues(name, does, func(v any) (any, bool) {
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		out := change(s)
		return out, out != s
	})
}

func changeCase(s string) string {
	if upper := strings.ToUpper(s); upper != s {
		return upper
	}
	return strings.ToLower(s)
}

func cutLast(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	return s[:len(s)-size]
}

func cutBytes(s string) string {
	n := utf8.RuneCountInString(s)
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

var (
	htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")
	accents     = strings.NewReplacer("é", "e\u0301", "É", "E\u0301", "è", "e\u0300", "ä", "a\u0308", "ö", "o\u0308", "ü", "u\u0308", "ñ", "n\u0303", "ç", "c\u0327")
)

func mojibake(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func numberForText(v any) (any, bool) {
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return json.Number(s), err == nil && strconv.FormatInt(n, 10) == s
}

// numberFaults change numbers.
func numberFaults() []fault {
	return []fault{
		onNumber("off-by-one", "an integer is one more", func(f float64, whole bool) (float64, bool) { return f + 1, whole }),
		onNumber("off-by-minus-one", "an integer is one less", func(f float64, whole bool) (float64, bool) { return f - 1, whole }),
		onNumber("wrong-sign", "a number has the other sign", func(f float64, _ bool) (float64, bool) { return -f, f != 0 }),
		onNumber("zero-for-number", "a number is 0", func(f float64, _ bool) (float64, bool) { return 0, f != 0 }),
		onNumber("truncate-fraction", "a number loses its fraction", func(f float64, whole bool) (float64, bool) { return math.Trunc(f), !whole }),
		onNumber("round-to-integer", "a number is rounded away from zero to an integer", func(f float64, whole bool) (float64, bool) {
			return math.Trunc(f) + math.Copysign(1, f), !whole
		}),
		onNumber("float-noise", "a number has an error in its last binary place", func(f float64, whole bool) (float64, bool) {
			return math.Nextafter(f, math.Inf(1)), !whole
		}),
		onValues("round-last-place", "a number is one more in its last decimal place", roundLastPlace),
		onValues("float-for-integer", "a stored integer is a float", func(v any) (any, bool) { n, ok := v.(int64); return float64(n), ok }),
		onValues("integer-for-float", "a stored float is an integer", func(v any) (any, bool) { f, ok := v.(float64); return int64(f), ok && fitsInt(f) }),
		onValues("text-for-number", "a number is a text", func(v any) (any, bool) { s, ok := numberText(v); return s, ok }),
		onValues("null-for-zero", "a 0 is null", func(v any) (any, bool) { s, ok := numberText(v); return nil, ok && s == "0" }),
	}
}

// fitsInt reports whether float and integer are the same number.
func fitsInt(f float64) bool { return f == math.Trunc(f) && math.Abs(f) < 1<<53 }

// onNumber applies to finite numbers that a float holds exactly enough, and
// keeps their type.
func onNumber(name, does string, change func(f float64, whole bool) (float64, bool)) fault {
	return onValues(name, does, func(v any) (any, bool) {
		text, ok := numberText(v)
		f, err := strconv.ParseFloat(text, 64)
		if !ok || err != nil || math.IsInf(f, 0) || math.IsNaN(f) || math.Abs(f) >= 1<<53 {
			return nil, false
		}
		out, ok := change(f, fitsInt(f))
		if !ok || out == f {
			return nil, false
		}
		switch v.(type) {
		case int64:
			return int64(out), true
		case float64:
			return out, true
		}
		return json.Number(strconv.FormatFloat(out, 'f', -1, 64)), true
	})
}

func numberText(v any) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return string(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// roundLastPlace is what rounding half up makes where half even does not.
func roundLastPlace(v any) (any, bool) {
	text, ok := numberText(v)
	_, fraction, ok2 := strings.Cut(text, ".")
	if !ok || !ok2 || strings.ContainsAny(text, "eE") || len(fraction) > 9 {
		return nil, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, false
	}
	out := strconv.FormatFloat(f+math.Pow10(-len(fraction)), 'f', len(fraction), 64)
	if _, stored := v.(float64); stored {
		g, err := strconv.ParseFloat(out, 64)
		return g, err == nil && g != f
	}
	return json.Number(out), true
}
