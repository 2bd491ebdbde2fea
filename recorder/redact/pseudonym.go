package redact

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// pseudonym is the value's pseudonym of that kind. Those that are permutations
// depend on key and value alone; hashes of small ranges can collide, which the
// session sees to.
func (s *session) pseudonym(as As, v string) string {
	core := strings.TrimSpace(v)
	if core == "" || !as.replaces() {
		return v
	}
	if core != v { // a text is the same where it is trimmed
		head, tail, _ := strings.Cut(v, core)
		return head + s.pseudonym(as, core) + tail
	}
	if t := s.tries[as]; t != nil {
		return s.ordered(as, t, v)
	}
	if s.collecting {
		return v
	}
	memo := memoKey{as, v}
	if p, ok := s.memo[memo]; ok {
		return p
	}
	p := s.make(as, v)
	s.memo[memo] = p
	return p
}

// ordered is the pseudonym where order stays. Of an address, that of the local
// part counts. A number that would be too large for where it stands is permuted
// without order.
func (s *session) ordered(as As, t *trie, v string) string {
	tail := ""
	if at := strings.LastIndexByte(v, '@'); as == Email && at >= 0 {
		v, tail = v[:at], "@"+s.r.keyed.domain(v[at+1:])
	}
	if s.collecting {
		t.add(v)
		return v + tail
	}
	out := t.text(s.r.keyed, v)
	if as == ID && numberShape.MatchString(v) && bound(significant(out)) > bound(significant(v)) {
		out = s.r.keyed.number(v)
	}
	return out + tail
}

// significant are the digits of a number without sign and zeros in front.
func significant(number string) string { return strings.TrimLeft(number, "-0") }

func (s *session) make(as As, v string) string {
	k := s.r.keyed
	switch as {
	case Email:
		return k.email(v)
	case Phone:
		return k.phone(v)
	case Name:
		return k.name(v)
	case ID:
		return k.id(v)
	case Token:
		return s.token(v)
	case Secret:
		return s.unique(as, v, k.secret)
	case Card:
		return s.unique(as, v, k.card)
	case Address:
		return s.unique(as, v, k.address)
	}
	return k.text(string(Text), v)
}

// unique tries hashes until one is not another value's.
func (s *session) unique(as As, v string, hash func(v string, try int) string) string {
	const tries = 1000
	p := v
	for try := range tries {
		p = hash(v, try)
		owner, taken := s.taken[memoKey{as, p}]
		if !taken || owner == v {
			break
		}
	}
	s.taken[memoKey{as, p}] = v
	return p
}

// email permutes the local part and, unless it is a reserved one, the domain,
// which then ends in ".example" (RFC 2606): nobody can be written to. Texts that
// are no address are permuted.
func (k *keyed) email(v string) string {
	at := strings.LastIndexByte(v, '@')
	if at < 0 {
		return k.text(string(Email), v)
	}
	local, domain := v[:at], v[at+1:]
	return k.text(string(Email), local) + "@" + k.domain(domain)
}

func (k *keyed) domain(domain string) string {
	if reservedDomain(domain) {
		return domain
	}
	return k.text("domain", domain) + ".example"
}

// reservedDomain reports whether a domain is one of RFC 2606 or 6761, which
// nobody has.
func reservedDomain(domain string) bool {
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(domain, ".")), ".")
	n := len(labels)
	switch labels[n-1] {
	case "example", "test", "invalid", "localhost":
		return true
	case "com", "net", "org":
		return n > 1 && labels[n-2] == "example"
	}
	return false
}

// phone permutes the digits behind the country code and one more, without regard
// to how they are grouped. Where that leaves too few, all national digits are.
func (k *keyed) phone(v string) string {
	var digits []byte
	for i := range len(v) {
		if '0' <= v[i] && v[i] <= '9' {
			digits = append(digits, v[i])
		}
	}
	if len(digits) == 0 {
		return k.text(string(Phone), v)
	}
	kept := keptDigits(strings.TrimLeftFunc(v, func(r rune) bool { return r != '+' && !unicode.IsDigit(r) }), string(digits))
	tail := k.text(string(Phone)+string(digits[:kept]), string(digits[kept:]))
	return withDigits(v, string(digits[:kept])+tail)
}

// keptDigits is how many digits of a number stay: its country code, or the zeros
// it begins with, and one more; in North America the area, too, because not every
// exchange is one.
func keptDigits(v, digits string) int {
	const fewest = 4 // digits that must be permuted
	kept := 0
	switch {
	case len(digits) == 10 && northAmerican(v):
		return 4
	case strings.HasPrefix(v, "+1") && len(digits) == 11:
		return 5
	case strings.HasPrefix(v, "+"):
		kept = countryCode(digits)
	case strings.HasPrefix(digits, "00"):
		kept = 2 + countryCode(digits[2:])
	case strings.HasPrefix(digits, "0"):
		kept = 1
	}
	switch national := len(digits) - kept; {
	case national > fewest:
		kept++
	case national < 1:
		return 0
	}
	return kept
}

// countryCode is the length of the country code that digits begin with (ITU-T
// E.164, assigned codes).
func countryCode(digits string) int {
	switch {
	case digits == "":
		return 0
	case digits[0] == '1' || digits[0] == '7':
		return 1
	case len(digits) > 1 && strings.Contains(twoDigitCodes, " "+digits[:2]+" "):
		return 2
	}
	return min(3, len(digits))
}

const twoDigitCodes = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

func withDigits(v, digits string) string {
	out, n := []byte(v), 0
	for i, b := range out {
		if '0' <= b && b <= '9' && n < len(digits) {
			out[i] = digits[n]
			n++
		}
	}
	return string(out)
}

// name permutes each word by itself, so that a first name alone is the first
// name within a full one.
func (k *keyed) name(v string) string {
	var b strings.Builder
	eachWord(v, func(word string, is bool) {
		if is {
			word = k.text(string(Name), word)
		}
		b.WriteString(word)
	})
	return b.String()
}

// eachWord visits words (letters, digits and their marks) and what is between.
func eachWord(v string, visit func(part string, word bool)) {
	start, in := 0, false
	for i, r := range v {
		is := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		if is != in && i > start {
			visit(v[start:i], in)
			start = i
		}
		in = is
	}
	if start < len(v) {
		visit(v[start:], in)
	}
}

var (
	uuidShape   = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	hexShape    = regexp.MustCompile(`^(?:[0-9a-f]{16,}|[0-9A-F]{16,})$`)
	numberShape = regexp.MustCompile(`^-?\d+$`)
	globalID    = regexp.MustCompile(`^[A-Za-z_]\w*[:/|]`)
)

// id permutes an identifier: a decimal number to one of as many digits that fits
// where it did, hexadecimal digits and UUIDs to the like, what base64 hides (as
// the ids of Relay do) behind its type's name, anything else as text.
func (k *keyed) id(v string) string {
	switch {
	case numberShape.MatchString(v):
		return k.number(v)
	case uuidShape.MatchString(v):
		// Version and variant are the first digits of the third and fourth group.
		return k.hex(v, 14, 19)
	case hexShape.MatchString(v):
		return k.hex(v)
	}
	if plain, encode, ok := unbase64(v); ok && globalID.MatchString(plain) {
		head := globalID.FindString(plain)
		return encode(head + k.id(plain[len(head):]))
	}
	return k.text(string(ID), v)
}

// number permutes a decimal number. It is as large as before in the sense that
// counts: it fits 32 bits, a float64, or 64 bits, if it did. Zeros in front stay,
// and so does zero.
func (k *keyed) number(v string) string {
	digits := significant(v)
	head := v[:len(v)-len(digits)]
	if digits == "" {
		return v
	}
	most := bound(digits)
	for {
		letters, shape := k.spell(digits)
		letters[0].alphabet, letters[0].index = firstDigits, letters[0].index-1
		k.permute(string(ID)+"\x001"+shape[1:], letters)
		if digits = respell(digits, letters); bound(digits) <= most {
			return head + digits
		}
	}
}

// bound is the smallest of the usual limits that a number does not pass.
func bound(digits string) float64 {
	n, err := strconv.ParseUint(digits, 10, 64)
	for _, most := range []uint64{math.MaxInt32, 1<<53 - 1, math.MaxInt64} {
		if err == nil && n <= most {
			return float64(most)
		}
	}
	return math.Inf(1)
}

// hex permutes hexadecimal digits but those at the given places.
func (k *keyed) hex(v string, but ...int) string {
	letters := make([]letter, len(v))
	for i := range len(v) {
		switch b := v[i]; {
		case '0' <= b && b <= '9':
			letters[i] = letter{hexDigits, int(b - '0'), false}
		case 'a' <= b && b <= 'f':
			letters[i] = letter{hexDigits, int(b-'a') + 10, false}
		case 'A' <= b && b <= 'F':
			letters[i] = letter{hexDigits, int(b-'A') + 10, true}
		}
	}
	for _, i := range but {
		letters[i] = letter{}
	}
	upper := strings.ToUpper(v) == v
	for i := range letters {
		letters[i].upper = upper
	}
	k.permute(string(ID)+" hex "+strconv.Itoa(len(v)), letters)
	return respell(v, letters)
}
