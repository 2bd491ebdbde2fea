package redact

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// alphabet is a set of characters that stand for each other in pseudonyms: of one
// script, of one length in UTF-8. upper is nil where there is no case.
type alphabet struct{ lower, upper []rune }

var (
	asciiLetters = newASCII('a', 26, 'A')
	asciiDigits  = newASCII('0', 10, 0)
	firstDigits  = newASCII('1', 9, 0)
	hexDigits    = &alphabet{lower: []rune("0123456789abcdef"), upper: []rune("0123456789ABCDEF")}
)

func newASCII(lower rune, n int, upper rune) *alphabet {
	a := &alphabet{}
	for i := range rune(n) {
		a.lower = append(a.lower, lower+i)
		if upper != 0 {
			a.upper = append(a.upper, upper+i)
		}
	}
	return a
}

// letter is where a character stands in its alphabet.
type letter struct {
	alphabet *alphabet // nil: the character stands for itself
	index    int
	upper    bool
}

func (l letter) rune() rune {
	if l.upper && l.alphabet.upper != nil {
		return l.alphabet.upper[l.index]
	}
	return l.alphabet.lower[l.index]
}

// alphabets finds the letters of characters. The ones beyond ASCII are worked
// out per block of 128 code points, when first asked for.
type alphabets struct {
	blocks sync.Map // rune (first of the block) -> map[rune]letter
}

func (a *alphabets) letter(r rune) letter {
	switch {
	case 'a' <= r && r <= 'z':
		return letter{asciiLetters, int(r - 'a'), false}
	case 'A' <= r && r <= 'Z':
		return letter{asciiLetters, int(r - 'A'), true}
	case '0' <= r && r <= '9':
		return letter{asciiDigits, int(r - '0'), false}
	case r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r):
		return letter{}
	}
	first := r &^ 0x7f
	block, ok := a.blocks.Load(first)
	if !ok {
		block, _ = a.blocks.LoadOrStore(first, newBlock(first))
	}
	return block.(map[rune]letter)[r]
}

// newBlock sorts the characters of a block into alphabets: small letters with
// their capitals, letters without case, digits.
func newBlock(first rune) map[rune]letter {
	out := map[rune]letter{}
	cased, plain, digits := &alphabet{upper: []rune{}}, &alphabet{}, &alphabet{}
	for r := first; r < first+0x80; r++ {
		switch {
		case unicode.IsDigit(r):
			out[r] = letter{digits, len(digits.lower), false}
			digits.lower = append(digits.lower, r)
		case !unicode.IsLetter(r) || isCapital(r):
		case hasCapital(r):
			out[r] = letter{cased, len(cased.lower), false}
			out[unicode.ToUpper(r)] = letter{cased, len(cased.lower), true}
			cased.lower, cased.upper = append(cased.lower, r), append(cased.upper, unicode.ToUpper(r))
		default:
			out[r] = letter{plain, len(plain.lower), false}
			plain.lower = append(plain.lower, r)
		}
	}
	return out
}

// hasCapital reports whether a small letter and its capital stand in one block
// and mean each other alone.
func hasCapital(r rune) bool {
	upper := unicode.ToUpper(r)
	return upper != r && unicode.ToLower(upper) == r && upper&^0x7f == r&^0x7f
}

func isCapital(r rune) bool {
	lower := unicode.ToLower(r)
	return lower != r && unicode.ToUpper(lower) == r && hasCapital(lower)
}

// run is the letters beyond ASCII around r that follow each other: of one case,
// but where fewer than a handful do, of both.
func (a *alphabets) run(r rune) []rune {
	const handful = 5
	first := r &^ 0x7f
	var runs [][]rune
	last := rune(-1)
	for next := first; next < first+0x80; next++ {
		if a.letter(next).alphabet == nil {
			continue
		}
		n := len(runs)
		switch {
		case n == 0 || last != next-1:
			runs = append(runs, []rune{next})
		case unicode.IsUpper(last) == unicode.IsUpper(next), len(runs[n-1]) < handful:
			runs[n-1] = append(runs[n-1], next)
		default:
			runs = append(runs, []rune{next})
		}
		last = next
	}
	for _, run := range runs {
		if run[0] <= r && r <= run[len(run)-1] {
			return run
		}
	}
	return nil
}
