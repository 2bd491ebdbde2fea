package normalizers

import "strings"

// look is the shape of values that nobody chooses: by chance, by the clock, or
// as the digest of something.
type look uint8

const (
	noShape     look = iota
	uuidShape        // RFC 9562, with dashes or without; a digest of 128 bits looks like one without
	ulidShape        // github.com/ulid/spec: 26 characters of Crockford's base32
	hexShape         // digests and tokens, ids of MongoDB
	cuidShape        // github.com/paralleldrive/cuid and cuid2, of the default length
	base62Shape      // github.com/segmentio/ksuid: 27 letters and digits
	opaqueShape      // nanoid, and 16 or 32 bytes in base64url
)

// form is how a generated value is written where that can vary: values that are
// known by their shape alone have it, too.
type form uint16

const (
	asIs      form = 0
	upperCase form = 1 << iota
	mixedCase
	lowerCase // where upper case is usual
	undashed  // a UUID without dashes
)

// shaped is the form of a value with its shape and length, which both sides must
// share.
func (f form) shaped(s look, length int) form { return f | form(s)<<5 | form(length&0x7f)<<9 }

// readShape tells the shape of a whole part of a text, the one text of all ways to
// write the value, and the way that it is written in.
func readShape(part string) (s look, canonical string, f form) {
	switch len(part) {
	case uuidLen:
		if isUUID(part) {
			canonical, f = foldUUID(part)
			return uuidShape, canonical, f
		}
	case 32:
		if f, ok := hexForm(part); ok {
			lower := strings.ToLower(part)
			return uuidShape, lower[:8] + "-" + lower[8:12] + "-" + lower[12:16] + "-" + lower[16:20] + "-" + lower[20:], f | undashed
		}
	case 24, 40, 48, 56, 64, 96, 128:
		if f, ok := hexForm(part); ok {
			return hexShape, strings.ToLower(part), f
		}
		if len(part) == 24 && isCUID(part) {
			return cuidShape, part, asIs
		}
	case 25:
		if part[0] == 'c' && isCUID(part) {
			return cuidShape, part, asIs
		}
	case 26:
		return ulidOf(part)
	case 27:
		if mixed(part, false) {
			return base62Shape, part, asIs
		}
	case 21, 22, 43:
		if mixed(part, true) && !tells(part) {
			return opaqueShape, part, asIs
		}
	}
	return noShape, "", asIs
}

// hexForm is the case of a text of hex digits, letters and numbers among them.
func hexForm(s string) (form, bool) {
	var digits, lower, upper bool
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits = true
		case c >= 'a' && c <= 'f':
			lower = true
		case c >= 'A' && c <= 'F':
			upper = true
		default:
			return asIs, false
		}
	}
	if upper {
		return upperCase, digits && !lower
	}
	return asIs, digits && lower
}

func isCUID(s string) bool {
	for i := range len(s) {
		letter, digit := s[i] >= 'a' && s[i] <= 'z', s[i] >= '0' && s[i] <= '9'
		if !letter && (!digit || i == 0) {
			return false
		}
	}
	return true
}

// ulidOf reads a ULID: no I, L, O, U, and no more than 48 bits of time.
func ulidOf(s string) (look, string, form) {
	upper := strings.ToUpper(s)
	f := asIs
	switch {
	case upper == s:
	case strings.ToLower(s) == s:
		f = lowerCase
	default:
		return noShape, "", asIs
	}
	if upper[0] > '7' {
		return noShape, "", asIs
	}
	for i := range len(upper) {
		if c := upper[i]; !wordByte[c] || strings.IndexByte("ILOU", c) >= 0 {
			return noShape, "", asIs
		}
	}
	return ulidShape, upper, f
}

// mixed: letters of both cases, digits, and where they may be, - and _.
func mixed(s string, signs bool) bool {
	var lower, upper bool
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			lower = true
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= '0' && c <= '9':
		case signs && (c == '-' || c == '_'):
		default:
			return false
		}
	}
	return lower && upper
}

// tells reports whether what looks like chance is base64 of a text, or of a
// message with one in it, as Relay ids and urlsafe keys are.
func tells(s string) bool {
	d := decodeText(s)
	return d != nil && (!strings.HasSuffix(d.encoding, ofMessage) || quotesText(d.text))
}

// quotesText: by chance bytes seldom make up a message, and hardly ever one with
// a text of three characters in it.
func quotesText(spelled string) bool {
	for {
		_, rest, ok := strings.Cut(spelled, `="`)
		if !ok {
			return false
		}
		if end := strings.IndexByte(rest, '"'); end >= 3 {
			return true
		}
		spelled = rest
	}
}

// proven reports whether the shape alone says that the value is made up anew each
// time: UUIDs of the versions that are random or tell the time (RFC 9562, section
// 5), and ULIDs. All others can be digests of what is always the same.
func proven(s look, canonical string) bool {
	switch s {
	case ulidShape:
		return true
	case uuidShape:
		return strings.IndexByte("1467", canonical[14]) >= 0 && strings.IndexByte("89ab", canonical[19]) >= 0
	}
	return false
}

// eachShaped visits the values in a text that have a shape.
func eachShaped(text string, visit func(part string, s look, canonical string, f form)) {
	if len(text) < shortestShape {
		return
	}
	if !hasLongRun(text) {
		return // base64 of a text with such a value has one, too
	}
	found := false
	eachPart(text, func(_ int, part string, _ bool) bool {
		s, canonical, f := readShape(part)
		if s == noShape {
			return false
		}
		found = true
		visit(part, s, canonical, f)
		return true
	})
	if found || len(text) < base64Len(shortestShape) {
		return
	}
	if d := decodeText(text); d != nil && d.text != text {
		eachShaped(d.text, visit)
	}
}

// hasLongRun reports whether as many letters, digits, - and _ stand together as
// the shortest shape has.
func hasLongRun(text string) bool {
	for from, end := 0, shortestShape; end <= len(text); {
		last := end - 1
		for last >= from && runByte[text[last]] {
			last--
		}
		if last < from {
			return true
		}
		from, end = last+1, last+1+shortestShape
	}
	return false
}

// shortestShape is the length of the shortest value with a shape.
const shortestShape = 21

func base64Len(n int) int { return (n*4 + 2) / 3 }
