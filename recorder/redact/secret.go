package redact

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sidebyside/replay/corpus"
)

// Pseudonyms of secrets say what they are, so that nobody takes them for real and
// [Scan] passes them.
const (
	secretMark    = "redacted"
	hexSecretMark = "0badc0de"
)

// secret hashes a secret behind the prefix that says whose it is ("ghp_"): letters
// and digits to such, what is beyond ASCII to small letters, the first ones to a
// mark.
func (k *keyed) secret(v string, try int) string {
	head := secretPrefix(v)
	body := v[len(head):]
	if onlyDigits(v) {
		return k.digitSecret(v, try)
	}
	out := []rune(body)
	uuid := uuidShape.MatchString(v)
	onlyHex, big := uuid || hexShape.MatchString(body), strings.ToUpper(body) == body
	seed := v
	if onlyHex {
		seed = head + strings.ToLower(body) // bytes are shown in either case
	}
	noise := k.stream(len(out)+1, string(Secret), seed, strconv.Itoa(try))
	for i, r := range out {
		l := letter{asciiLetters, 0, false}
		if r < utf8.RuneSelf {
			l = k.alphabets.letter(r)
		}
		switch {
		case l.alphabet == nil, uuid && (i == 14 || i == 19): // version and variant
			continue
		case onlyHex:
			l = letter{hexDigits, 0, big}
		}
		l.index = int(noise[i]) % len(l.alphabet.lower)
		out[i] = l.rune()
	}
	mark := secretMark
	if onlyHex {
		mark = hexSecretMark
	}
	if big {
		mark = strings.ToUpper(mark)
	}
	copy(out, []rune(mark[:markLength(len(out))]))
	return head + string(out)
}

// digitSecret hashes a secret of digits to digits, so that a PIN stays one, the
// first half of which are zeros.
func (k *keyed) digitSecret(v string, try int) string {
	out := []byte(v)
	noise := k.stream(len(out), string(Secret), v, strconv.Itoa(try))
	for i := range out {
		out[i] = '0'
		if i >= zeroMark(len(out)) {
			out[i] += noise[i] % 10
		}
	}
	return string(out)
}

func onlyDigits(v string) bool { return v != "" && !strings.ContainsFunc(v, notDigit) }

// zeroMark is how many zeros mark a secret of n digits.
func zeroMark(n int) int { return (n + 1) / 2 }

// markLength is how much of the mark a secret of n characters begins with: as
// much of it as says so, as little as leaves most secrets their own pseudonym.
func markLength(n int) int {
	return min(len(secretMark), max(n/2, min(4, n-1), 0))
}

// secretPrefix is what of a secret names its issuer: letters and digits up to the
// last underscore or dash near the beginning.
func secretPrefix(v string) string {
	const longest = 14
	end := strings.LastIndexAny(v[:min(len(v), longest)], "_-")
	if end < 1 || len(v)-end < 16 || strings.ContainsFunc(v[:end], func(r rune) bool { return r >= 0x80 }) {
		return ""
	}
	if strings.Trim(v[:end], "0123456789") == "" || strings.Count(v, "-") > 2 {
		return "" // a UUID or the like
	}
	return v[:end+1]
}

// isRedacted reports whether a secret is a pseudonym.
func isRedacted(v string) bool {
	if onlyDigits(v) {
		return strings.Trim(v[:zeroMark(len(v))], "0") == ""
	}
	for _, body := range [...]string{v, v[len(secretPrefix(v)):]} {
		body = strings.ToLower(body)
		mark := secretMark[:markLength(utf8.RuneCountInString(body))]
		if mark != "" && strings.HasPrefix(body, mark) || strings.HasPrefix(body, hexSecretMark) {
			return true
		}
	}
	return false
}

// card keeps the network's two digits and the length, and ends in a valid check
// digit (Luhn, ISO/IEC 7812-1). The issuer becomes 0000, which none is.
func (k *keyed) card(v string, try int) string {
	var digits []byte
	for i := range len(v) {
		if '0' <= v[i] && v[i] <= '9' {
			digits = append(digits, v[i])
		}
	}
	if len(digits) < 8 {
		return k.text(string(Card), v)
	}
	noise := k.stream(len(digits), string(Card), string(digits), strconv.Itoa(try))
	for i := 2; i < len(digits); i++ {
		digits[i] = '0'
		if i >= 6 {
			digits[i] += noise[i] % 10
		}
	}
	last := len(digits) - 1
	digits[last] = '0'
	digits[last] += byte((10 - luhn(digits)) % 10)
	return withDigits(v, string(digits))
}

// luhn is the sum modulo 10 that is 0 for a valid number.
func luhn(digits []byte) int {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum % 10
}

// Ranges for documentation (RFC 5737, RFC 3849), and of IPv4, where they hold few
// addresses, for benchmarks (RFC 2544).
var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("2001:db8::/32"),
}

// address hashes an IP address into the ranges for documentation.
func (k *keyed) address(v string, try int) string {
	ip, err := netip.ParseAddr(v)
	if err != nil {
		return k.text(string(Address), v)
	}
	noise := k.stream(16, string(Address), ip.Unmap().WithZone("").String(), strconv.Itoa(try))
	if ip.Unmap().Is4() {
		return v4(noise, try)
	}
	bytes := [16]byte(noise)
	copy(bytes[:], []byte{0x20, 0x01, 0x0d, 0xb8})
	return netip.AddrFrom16(bytes).String()
}

func v4(noise []byte, try int) string {
	const small = 3 // ranges of 254 hosts
	if try < small {
		bytes := documentation[int(noise[0])%small].Addr().As4()
		bytes[3] = 1 + noise[1]%254
		return netip.AddrFrom4(bytes).String()
	}
	return netip.AddrFrom4([4]byte{198, 18 + noise[0]%2, noise[1], noise[2]}).String()
}

func isDocumentation(ip netip.Addr) bool {
	for _, p := range documentation {
		if p.Contains(ip.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// token is the pseudonym of a bearer token. A JSON Web Token (RFC 7519) keeps
// its three parts: algorithm and type of the header, the claims' names, numbers
// and booleans; texts get the pseudonyms they have elsewhere, and the signature
// is none.
func (s *session) token(v string) string {
	parts := strings.Split(v, ".")
	if len(parts) != 3 {
		return s.unique(Secret, v, s.r.keyed.secret)
	}
	header, headOK := jsonPart(parts[0])
	claims, claimsOK := jsonPart(parts[1])
	if !headOK || !claimsOK {
		return s.unique(Secret, v, s.r.keyed.secret)
	}
	signature := ""
	if parts[2] != "" {
		signature = s.unique(Secret, strings.ReplaceAll(parts[2], "_", "-"), s.r.keyed.signature)
	}
	return encodePart(s.header(header)) + "." + encodePart(s.claim("", claims)) + "." + signature
}

// signature hashes a signature to one of its length.
func (k *keyed) signature(v string, try int) string {
	noise := k.stream(len(v), "signature", v, strconv.Itoa(try))
	out := base64.RawURLEncoding.EncodeToString(noise)[:len(v)]
	return secretMark[:min(len(secretMark), len(out))] + out[min(len(secretMark), len(out)):]
}

// jsonPart decodes a part of a JSON Web Token.
func jsonPart(part string) (corpus.Object, bool) {
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil, false
	}
	text, err := corpus.ParseJSON(data)
	if err != nil {
		return nil, false
	}
	tree, err := text.Decode()
	object, ok := tree.(corpus.Object)
	return object, ok && err == nil
}

func encodePart(tree any) string {
	text, err := corpus.EncodeJSON(tree)
	if err != nil {
		panic(err) // the tree was decoded from JSON
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (s *session) header(o corpus.Object) corpus.Object {
	out := make(corpus.Object, len(o))
	for i, m := range o {
		switch m.Name {
		case "alg", "typ", "cty", "enc":
		default:
			m.Value = s.claim(m.Name, m.Value)
		}
		out[i] = m
	}
	return out
}

// claim replaces the texts of a claim: where nothing is found in them they are
// taken for ids, as "sub" is.
func (s *session) claim(name string, tree any) any {
	switch t := tree.(type) {
	case string:
		return s.claimText(name, t)
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			out[i] = s.claim(name, item)
		}
		return out
	case corpus.Object:
		out := make(corpus.Object, len(t))
		for i, m := range t {
			out[i] = corpus.Member{Name: m.Name, Value: s.claim(m.Name, m.Value)}
		}
		return out
	}
	return tree
}

func (s *session) claimText(name, v string) string {
	as := ID
	switch name {
	case "name", "given_name", "family_name", "middle_name", "nickname":
		as = Name
	case "phone_number":
		as = Phone
	case "email":
		as = Email
	case "role", "roles", "scope", "scp", "groups", "permissions", "token_use", "auth_method", "amr", "acr":
		f := finder{s: s, at: &place{}}
		return f.text(name, v, 0)
	}
	if known, ok := s.known[v]; ok {
		as = known
	}
	return s.whole(as, v)
}
