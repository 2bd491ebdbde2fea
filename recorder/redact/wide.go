package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Addresses and numbers are also typed in the wide characters of East Asia and
// with the digits of other scripts: detectors see them in ASCII, and so does the
// pseudonym, which is then written as the value was.

const wideOffset = 0xff01 - '!'

// narrowed is a text in ASCII as far as it can be, and where each of its bytes
// stands in v; false where it is so already.
func narrowed(v string) (narrow string, at []int, ok bool) {
	if !strings.ContainsFunc(v, func(r rune) bool { return toNarrow(r) != r }) {
		return v, nil, false
	}
	var b strings.Builder
	for i, r := range v {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(v[i:])
		}
		if n := toNarrow(r); n != r {
			b.WriteByte(byte(n))
			at = append(at, i)
			continue
		}
		b.WriteString(v[i : i+size])
		for n := range size {
			at = append(at, i+n)
		}
	}
	return b.String(), append(at, len(v)), true
}

func toNarrow(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case 0xff01 <= r && r <= 0xff5e:
		return r - wideOffset
	case unicode.Is(unicode.Nd, r):
		if zero := zeroOf(r); zero != 0 {
			return '0' + r - zero
		}
	}
	return r
}

// zeroOf is the zero of the script that a digit is of.
func zeroOf(r rune) rune {
	for _, block := range unicode.Nd.R16 {
		if rune(block.Lo) <= r && r <= rune(block.Hi) {
			return r - (r-rune(block.Lo))%10
		}
	}
	for _, block := range unicode.Nd.R32 {
		if rune(block.Lo) <= r && r <= rune(block.Hi) {
			return r - (r-rune(block.Lo))%10
		}
	}
	return 0
}

// widened is a pseudonym written with the characters of the value.
func widened(v, narrow string) string {
	out, was := []rune(narrow), []rune(v)
	for i := range min(len(out), len(was)) {
		digit := '0' <= out[i] && out[i] <= '9'
		switch {
		case 0xff01 <= was[i] && was[i] <= 0xff5e && '!' <= out[i] && out[i] <= '~':
			out[i] += wideOffset
		case digit && was[i] >= utf8.RuneSelf && unicode.Is(unicode.Nd, was[i]):
			out[i] += zeroOf(was[i]) - '0'
		}
	}
	return string(out)
}

// find lists what the detectors find in a text, whatever the width of its
// characters.
func (f *finder) find(name, v string) []span {
	narrow, at, is := narrowed(v)
	found := f.s.r.detectors.find(name, narrow)
	if is {
		for i := range found {
			found[i].start, found[i].end = at[found[i].start], at[found[i].end]
		}
	}
	return found
}
