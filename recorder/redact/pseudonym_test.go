package redact

import (
	"encoding/base64"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// pseudonymOf is a value's pseudonym in a case of its own.
func pseudonymOf(tb testing.TB, as As, v string) string {
	tb.Helper()
	return newSession(newRedactor(tb, Options{})).whole(as, v)
}

// TestShapes says what of a value stays.
func TestShapes(t *testing.T) {
	for _, row := range []struct {
		reason string
		as     As
		value  string
		shape  string // what the pseudonym must match
	}{
		{"an address goes to a reserved domain", Email, "Ada.King@Mail.org", `^[A-Z][a-z]{2}\.[A-Z][a-z]{3}@[A-Z][a-z]{3}\.[a-z]{3}\.example$`},
		{"a reserved domain stays", Email, "ada@school.example", `^[a-z]{3}@school\.example$`},
		{"the scheme stays", Email, "mailto:ada@school.example", `^mailto:[a-z]{3}@school\.example$`},
		{"what is no address stays none", Email, "nobody", `^[a-z]{6}$`},
		{"country and first digit stay", Phone, "+46 70-123 45 67", `^\+46 7\d-\d{3} \d\d \d\d$`},
		{"a code of three digits", Phone, "+358 40 123 456", `^\+358 4\d \d{3} \d{3}$`},
		{"area and exchange stay valid", Phone, "+1 (202) 655-0143", `^\+1 \(202\) 6\d\d-\d{4}$`},
		{"too few digits to keep one", Phone, "+46 1", `^\+46 \d$`},
		{"a national number", Phone, "(070) 123 45 67", `^\(07\d\) \d{3} \d\d \d\d$`},
		{"words, case and accents", Name, "Özgür O'Neill-Öz", `^\p{Lu}[a-z]{2}\p{Ll}[a-z] [A-Z]'[A-Z][a-z]{4}-\p{Lu}[a-z]$`},
		{"white space stays", Name, "  Ada ", `^  [A-Z][a-z]{2} $`},
		{"texts keep their form", Text, "Room 12, left!", `^[A-Z][a-z]{3} \d\d, [a-z]{4}!$`},
		{"a number is one without zeros before", ID, "1000000", `^[1-9]\d{6}$`},
		{"it fits 32 bits if it did", ID, "2147483647", `^[12]\d{9}$`},
		{"it fits 64 bits if it did", ID, "9223372036854775807", `^[1-9]\d{18}$`},
		{"a UUID keeps version and variant", ID, "b3f6c1d2-7a44-4f0e-9d0b-0c1d2e3f4a5b", `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$`},
		{"hexadecimal stays so", ID, "0011223344556677", `^[0-9a-f]{16}$`},
		{"an id that is an address", ID, "ada@school.example", `^[a-z]{3}@school\.example$`},
		{"a secret keeps its prefix", Secret, "ghp_x7Kf93LmQp0aZbY2cR8dTe5vWs1uJi6oNh4g", `^ghp_redacted[a-zA-Z0-9]{28}$`},
		{"a secret in hexadecimal digits", Secret, "00112233445566778899aabbccddeeff", `^0badc0de[0-9a-f]{24}$`},
		{"a short secret", Secret, "hunter2!", `^reda[a-z]{2}\d!$`},
		{"IPv4 for documentation", Address, "81.2.69.142", `^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$`},
		{"IPv6 for documentation", Address, "2a02::1", `^2001:db8:`},
	} {
		t.Run(row.reason, func(t *testing.T) {
			have := pseudonymOf(t, row.as, row.value)
			if !regexp.MustCompile(row.shape).MatchString(have) || have == row.value {
				t.Errorf("%q becomes %q, which does not match %s", row.value, have, row.shape)
			}
		})
	}
}

func TestCardsStayValid(t *testing.T) {
	for _, v := range []string{"4111 1111 1111 1111", "371449635398431", "5500-0000-0000-0004"} {
		have := pseudonymOf(t, Card, v)
		if found := findCards(have); len(found) != 1 || have == v || have[0] != v[0] || len(have) != len(v) {
			t.Errorf("%q becomes %q", v, have)
		}
	}
}

func TestJSONWebTokens(t *testing.T) {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	token := part(`{"alg":"RS256","typ":"JWT","kid":"key-2026"}`) + "." +
		part(`{"sub":"user-17","email":"ada@corp.io","role":"coach","exp":1900000000,"name":"Ada"}`) + "." + strings.Repeat("s", 43)
	s := newSession(newRedactor(t, Options{}))
	parts := strings.Split(s.pseudonym(Token, token), ".")
	header, claims := string(must(base64.RawURLEncoding.DecodeString(parts[0]))), string(must(base64.RawURLEncoding.DecodeString(parts[1])))
	if want := `{"alg":"RS256","typ":"JWT","kid":"` + s.whole(ID, "key-2026") + `"}`; header != want {
		t.Errorf("header is %s, want %s", header, want)
	}
	want := `{"sub":"` + s.whole(ID, "user-17") + `","email":"` + s.whole(Email, "ada@corp.io") + `","role":"coach","exp":1900000000,"name":"` + s.whole(Name, "Ada") + `"}`
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if len(parts[2]) != 43 || !strings.HasPrefix(parts[2], secretMark) {
		t.Errorf("signature is %q", parts[2])
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestJoins(t *testing.T) {
	s := newSession(newRedactor(t, Options{}))
	email := s.whole(Email, "ada@corp.io")
	for _, row := range []struct{ reason, have, want string }{
		{"an address in an id", s.whole(ID, "user:ada@corp.io"), s.whole(ID, "user:") + email},
		{"an address as base64", s.whole(Email, base64.StdEncoding.EncodeToString([]byte("ada@corp.io"))), base64.StdEncoding.EncodeToString([]byte(email))},
		{"an address in a URL", s.whole(Email, "ada%40corp.io"), strings.Replace(email, "@", "%40", 1)},
		{"case only", s.whole(Email, "ADA@corp.io"), strings.ToUpper(email[:3]) + email[3:]},
		{"a name in a full name", strings.Fields(s.whole(Name, "Ada Lovelace"))[0], s.whole(Name, "Ada")},
		{"a number in an id of Relay", s.whole(ID, base64.StdEncoding.EncodeToString([]byte("User:4711"))), base64.StdEncoding.EncodeToString([]byte("User:" + s.whole(ID, "4711")))},
		{"one number, grouped in two ways", strings.NewReplacer(" ", "", "-", "").Replace(s.whole(Phone, "+46 70-123 45 67")), s.whole(Phone, "+46701234567")},
		{"one address of a machine, two spellings", s.pseudonym(Address, "2a02:0:0::1"), s.pseudonym(Address, "2a02:0:0::1")},
	} {
		if row.have != row.want {
			t.Errorf("%s: %q and %q", row.reason, row.have, row.want)
		}
	}
}

// texts are what people and machines write, in several scripts.
var texts = rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9 @.+-]{0,12}`), rapid.StringMatching(`[A-ZÖÅa-zöåßŠšА-я٠-٩漢字 '-]{1,10}`))

// TestPermutations: different values get different pseudonyms of the same shape.
func TestPermutations(t *testing.T) {
	r := newRedactor(t, Options{})
	rapid.Check(t, func(t *rapid.T) {
		as := rapid.SampledFrom([]As{Email, Phone, Name, Text, ID}).Draw(t, "as")
		a, b := texts.Draw(t, "a"), texts.Draw(t, "b")
		s := newSession(r)
		x, y := s.whole(as, a), s.whole(as, b)
		if (a == b) != (x == y) {
			t.Fatalf("%q and %q become %q and %q", a, b, x, y)
		}
		if as != Email && as != ID && len(findEmails(a)) == 0 && (utf8.RuneCountInString(a) != utf8.RuneCountInString(x) || len(a) != len(x)) {
			t.Fatalf("%q becomes %q, of another length", a, x)
		}
		if again := newSession(r).whole(as, a); again != x {
			t.Fatalf("%q becomes %q and %q", a, x, again)
		}
	})
}

// TestOrder: with order kept, texts compare as they did, and begin as they did.
func TestOrder(t *testing.T) {
	r := newRedactor(t, Options{})
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(texts, 2, 12).Draw(t, "values")
		s := newSession(r)
		s.tries[Text] = &trie{}
		s.collecting = true
		for _, v := range values {
			s.pseudonym(Text, v)
		}
		s.collecting = false
		for _, a := range values {
			for _, b := range values {
				a, b := strings.TrimSpace(a), strings.TrimSpace(b)
				if !utf8.ValidString(a) || !utf8.ValidString(b) {
					continue
				}
				x, y := s.pseudonym(Text, a), s.pseudonym(Text, b)
				if strings.Compare(a, b) != strings.Compare(x, y) {
					t.Fatalf("%q and %q become %q and %q", a, b, x, y)
				}
				if strings.HasPrefix(a, b) != strings.HasPrefix(x, y) {
					t.Fatalf("%q begins with %q, but %q and %q", a, b, x, y)
				}
			}
		}
	})
}

// TestOrderOfNumbers: a number stays in its range, and none stays itself for want of
// room above it.
func TestOrderOfNumbers(t *testing.T) {
	r := newRedactor(t, Options{})
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfNDistinct(rapid.Int64Range(1000, math.MaxInt64), 1, 9, rapid.ID).Draw(t, "values")
		values = append(values, math.MaxInt64, math.MaxInt64-1, math.MaxInt32)
		s := newSession(r)
		s.tries[ID] = &trie{}
		s.collecting = true
		for _, n := range values {
			s.pseudonym(ID, strconv.FormatInt(n, 10))
		}
		s.collecting = false
		seen := map[string]bool{}
		for _, n := range slices.Compact(slices.Sorted(slices.Values(values))) {
			v := strconv.FormatInt(n, 10)
			p := s.pseudonym(ID, v)
			if _, err := strconv.ParseInt(p, 10, 64); err != nil || len(p) != len(v) || bound(p) > bound(v) || seen[p] {
				t.Fatalf("%s becomes %s", v, p)
			}
			seen[p] = true
		}
	})
}

func TestAddressesDoNotMeet(t *testing.T) {
	s := newSession(newRedactor(t, Options{}))
	seen := map[string]bool{}
	for i := range 1000 {
		ip := netip.AddrFrom4([4]byte{81, 2, byte(i >> 8), byte(i)}).String()
		p := s.pseudonym(Address, ip)
		if seen[p] || !isDocumentation(netip.MustParseAddr(p)) {
			t.Fatalf("%s becomes %s, again or outside the ranges for documentation", ip, p)
		}
		seen[p] = true
	}
}

func FuzzPseudonyms(f *testing.F) {
	for _, seed := range planted(42) {
		f.Add(seed)
	}
	f.Add("  \u00a0x")
	f.Add("\xff@\xfe.de")
	f.Add(`{"a":"\ud800"}`)
	f.Add("%zz+%41%40b.io")
	r := newRedactor(f, Options{Detectors: Detectors{Names: people}})
	f.Fuzz(func(t *testing.T, v string) {
		s := newSession(r)
		for _, as := range []As{Email, Phone, Name, Text, ID, Token, Secret, Card, Address} {
			p := s.pseudonym(as, v)
			if utf8.ValidString(v) && !utf8.ValidString(p) {
				t.Fatalf("%s of %q is no UTF-8: %q", as, v, p)
			}
			if (as == Text || as == Name || as == Phone || as == Secret) && classes(v) != classes(p) && as != Secret {
				t.Fatalf("%s of %q is %q, of another shape", as, v, p)
			}
		}
		out, _ := s.free(&place{echoes: true}, v)
		for _, found := range r.detectors.find("", v) {
			if found.start < 0 || found.end > len(v) || found.start >= found.end {
				t.Fatalf("%q: a span from %d to %d", v, found.start, found.end)
			}
		}
		if utf8.ValidString(v) && !utf8.ValidString(out) {
			t.Fatalf("%q becomes %q, which is no UTF-8", v, out)
		}
	})
}

// classes is a text with its characters replaced by what they are.
func classes(v string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsUpper(r) && r < 0x80:
			return 'A'
		case unicode.IsLower(r) && r < 0x80:
			return 'a'
		case unicode.IsDigit(r):
			return '0'
		case unicode.IsLetter(r):
			return 'L'
		}
		return r
	}, v)
}
