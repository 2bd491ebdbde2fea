package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// findPhones finds international numbers ("+46 70-123 45 67", "tel:0046..."), and
// national ones that are grouped as people group them. Bare digits may be
// anything, and are none.
func findPhones(v string) []span {
	const shortest = 7
	if len(v) < shortest {
		return nil
	}
	var found []span
	for i := 0; i < len(v); i++ {
		if v[i] != '+' && v[i] != '(' && !isDigit(v, i) || i > 0 && joins(v, i) {
			continue
		}
		group := i
		for isDigit(v, group) {
			group++
		}
		p := phone{v: v, start: i, told: i > 0 && v[i-1] == ':' && strings.EqualFold(v[max(0, i-4):i], "tel:")}
		if !p.told && !begins(v[i:max(i+1, group)]) {
			i = max(i, group-1)
			continue
		}
		p.groups = p.room[:0]
		if end := p.end(); end > i {
			group = end
			found = append(found, span{start: i, end: end, as: Phone})
		}
		i = max(i, group-1)
	}
	return found
}

func isDigit(v string, i int) bool { return i < len(v) && '0' <= v[i] && v[i] <= '9' }

// begins reports whether a number can begin with a sign or a group of digits.
func begins(group string) bool {
	const area = 3 // digits, in North America
	return group[0] < '1' || len(group) == area || group == "1"
}

// joins reports whether what begins at i goes on something that is no phone
// number: a word, a number, an address.
func joins(v string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(v[:i])
	if r == '.' && v[i] == '+' || r == '/' { // Tel.+46, but not 1.+2 nor 1/2
		return i > 1 && isDigit(v, i-2)
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_.-+@#\\%&", r)
}

// phone is a number that may begin at start.
type phone struct {
	v      string
	start  int
	told   bool // that it is one
	digits int
	zeros  int   // it ends with
	groups []int // lengths
	room   [15]int
	first  string // group
}

// end is the end of the longest number that begins at start, as far as it is one;
// start if none does.
func (p *phone) end() int {
	const most = 15 // digits (ITU-T E.164)
	v, best, at := p.v, p.start, p.start
	if v[at] == '+' {
		at++
	}
	at = gapEnd(v, at)
	if !isDigit(v, at) {
		return best
	}
	for {
		group := at
		for isDigit(v, at) {
			if p.zeros++; v[at] != '0' {
				p.zeros = 0
			}
			at++
		}
		if p.another(v[group:at]) {
			return best
		}
		if p.first == "" {
			p.first = v[group:at]
		}
		p.digits += at - group
		p.groups = append(p.groups, at-group)
		if p.digits > most {
			return best
		}
		next := gapEnd(v, at)
		more := next > at && isDigit(v, next)
		if p.stops(at, more) && p.valid(v[p.start:at]) {
			best = at
			if p.complete(at - group) {
				return best
			}
		}
		if !more {
			return best
		}
		at = next
	}
}

// another reports whether a group begins the next number, "070-12 34 56 070-...".
func (p *phone) another(group string) bool {
	return p.digits >= 9 && group[0] == '0' && (group == p.first || p.digits > 9 && len(group) > 2)
}

// complete reports whether nothing can follow a group of that length: one long
// group is all of a number, and in North America all numbers are as long.
func (p *phone) complete(group int) bool {
	const long = 7
	return group >= long && p.digits > 8 || p.v[p.start] == '+' && p.first[0] == '1'
}

// gapEnd is the end of the separators at i, of which there are up to three.
func gapEnd(v string, i int) int {
	for range 3 {
		_, size := separator(v, i)
		if size == 0 {
			break
		}
		i += size
	}
	return i
}

// stops reports whether a number can end at i: before no word, and before more
// digits only where they need not belong to it.
func (p *phone) stops(i int, more bool) bool {
	rest := p.v[i:]
	switch {
	case rest == "":
		return true
	case more:
		b, _ := separator(p.v, i)
		return b == ' ' || p.v[p.start] == '+'
	case rest[0] == ':':
		return !isDigit(rest, 1)
	case rest[0] == 'x':
		return isDigit(rest, 1) // an extension
	}
	return !alphanumeric(rest[0]) && rest[0] != '_' && rest[0] != '@'
}

func (p *phone) valid(v string) bool {
	const round = 6 // zeros
	switch {
	case p.digits < 7 || p.zeros >= round:
		return false
	case p.told:
		return true
	case v[0] == '+':
		return p.digits > 7 && p.first[0] != '0' && (p.first[0] != '1' || p.digits == 11)
	case p.start > 1 && p.v[p.start-1] == ' ' && isDigit(p.v, p.start-2) && !strings.ContainsAny(v, "-(/"):
		return false // thousands may be grouped so
	case p.digits == 10 && sizes(p.groups, 3, 3, 4):
		return northAmerican(v)
	case p.digits == 11 && v[0] == '1' && sizes(p.groups, 1, 3, 3, 4):
		return northAmerican(v[1:])
	case p.first[0] == '0' && (v[0] == '0' || v[0] == '('):
		return p.national(v)
	}
	return false
}

// national reports whether a number that begins with 0 is grouped as such.
func (p *phone) national(v string) bool {
	if p.digits < 9 || len(p.groups) < 2 || p.groups[0] < 2 || dated(p.groups) || strings.HasPrefix(p.first, "000") {
		return false
	}
	if strings.Contains(v, ".") {
		return sizes(p.groups, 2, 2, 2, 2, 2) && strings.Count(v, ".") == 4
	}
	if slash := strings.IndexByte(v, '/'); slash >= 0 {
		return slash == p.groups[0] && slash > 2 && strings.Count(v, "/") == 1
	}
	return true
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

// northAmerican reports whether a number grouped 3-3-4 can be one of the North
// American plan, where neither area nor exchange begins with 0 or 1.
func northAmerican(v string) bool {
	digits := strings.Map(func(r rune) rune {
		if notDigit(r) {
			return -1
		}
		return r
	}, v)
	return (strings.ContainsAny(v, "-.(") || strings.ContainsAny(v, "\u2010\u2011\u2012\u2013")) && digits[0] > '1' && digits[3] > '1'
}

func sizes(groups []int, want ...int) bool {
	if len(groups) != len(want) {
		return false
	}
	for i := range want {
		if groups[i] != want[i] {
			return false
		}
	}
	return true
}

// dated reports whether digits are grouped as those of a date, 01-02-2024.
func dated(groups []int) bool { return len(groups) > 2 && sizes(groups[:3], 2, 2, 4) }
