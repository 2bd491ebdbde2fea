package redact

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// findEmails finds addresses around "@": a local part of letters, digits and
// ".+-_%", and a domain of at least two labels that ends in letters.
func findEmails(v string) []span {
	var found []span
	for at := strings.IndexByte(v, '@'); at >= 0; {
		start, end := localStart(v, at), domainEnd(v, at+1)
		if start < at && end > at+1 {
			found = append(found, span{start: start, end: end, as: Email})
		}
		next := strings.IndexByte(v[at+1:], '@')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return found
}

func localStart(v string, at int) int {
	start := at
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(v[:start])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(".+-_%", r) {
			break
		}
		start -= size
	}
	for start < at && strings.IndexByte(".%+-", v[start]) >= 0 {
		start++
	}
	return start
}

// domainEnd is the end of the domain that begins at i, i if there is none.
func domainEnd(v string, i int) int {
	end, label, labels := i, i, 0
	good := i
	for end <= len(v) {
		r, size := utf8.DecodeRuneInString(v[end:])
		if end < len(v) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_') {
			end += size
			continue
		}
		last := strings.TrimRight(v[label:end], "-")
		if last == "" {
			break
		}
		if labels++; labels > 1 && topLevel(last) {
			good = label + len(last)
		}
		if end == len(v) || v[end] != '.' {
			break
		}
		end++
		label = end
	}
	return good
}

// topLevel reports whether a label can be a top-level domain: letters, or an
// encoded international one (RFC 5891).
func topLevel(label string) bool {
	if strings.HasPrefix(strings.ToLower(label), "xn--") {
		return true
	}
	return len(label) > 1 && !strings.ContainsFunc(label, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
}

// findPhones finds international numbers ("+46 70-123 45 67", "tel:0046..."), and
// national ones that are grouped as people group them. Bare digits may be
// anything, and are none.
func findPhones(v string) []span {
	var found []span
	for i := 0; i < len(v); i++ {
		if v[i] != '+' && v[i] != '(' && (v[i] < '0' || v[i] > '9') || i > 0 && joins(v, i) {
			continue
		}
		end, digits, groups := phoneEnd(v, i)
		if end > i && isPhone(v[i:end], digits, groups, strings.EqualFold(v[max(0, i-4):i], "tel:")) {
			found = append(found, span{start: i, end: end, as: Phone})
		}
		i = max(i, end-1)
	}
	return found
}

// joins reports whether what begins at i goes on something that is no phone
// number: a word, a number, an address.
func joins(v string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(v[:i])
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_.-+@#\\%&", r)
}

// phoneEnd is the end of the digits and single separators that begin at i.
func phoneEnd(v string, i int) (end, digits int, groups []int) {
	end, group := i, 0
	if v[i] == '+' {
		i++
	}
	separators := 0
	for ; i < len(v); i++ {
		switch b := v[i]; {
		case '0' <= b && b <= '9':
			digits, group, separators = digits+1, group+1, 0
			end = i + 1
			continue
		case strings.IndexByte(" -.()", b) < 0, separators > 1:
		default:
			if group > 0 {
				groups, group = append(groups, group), 0
			}
			separators++
			continue
		}
		break
	}
	if group > 0 {
		groups = append(groups, group)
	}
	if end < len(v) && (alphanumeric(v[end]) || v[end] == '_' || v[end] == '@' || v[end] == ':') {
		return i, 0, nil
	}
	return end, digits, groups
}

func isPhone(v string, digits int, groups []int, told bool) bool {
	switch {
	case digits < 7 || digits > 15 || strings.Count(v, ".") > 0 && strings.ContainsAny(v, " -"):
		return false
	case told || v[0] == '+':
		return true
	case digits == 10 && sizes(groups, 3, 3, 4):
		return northAmerican(v)
	case strings.HasPrefix(v, "0") || strings.HasPrefix(v, "(0"):
		return digits >= 9 && len(groups) > 1 && groups[0] >= 2 && !dated(groups) && !strings.Contains(v, ".")
	}
	return false
}

// northAmerican reports whether a number grouped 3-3-4 can be one of the North
// American plan, where neither area nor exchange begins with 0 or 1.
func northAmerican(v string) bool {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, v)
	return strings.ContainsAny(v, "-.(") && digits[0] > '1' && digits[3] > '1'
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

// findCards finds numbers of payment cards: 13 to 19 digits, in one piece or in
// groups, that a network gives out and whose check digit is right.
func findCards(v string) []span {
	var found []span
	for i := 0; i < len(v); i++ {
		if v[i] < '1' || v[i] > '9' {
			continue
		}
		end, digits := cardEnd(v, i)
		if i > 0 && (alphanumeric(v[i-1]) || v[i-1] == '.' || v[i-1] == '_') || end < len(v) && (alphanumeric(v[end]) || v[end] == '_') {
			digits = nil
		}
		if network(string(digits)) && luhn(digits) == 0 {
			found = append(found, span{start: i, end: end, as: Card})
		}
		i = end - 1
	}
	return found
}

func cardEnd(v string, i int) (end int, digits []byte) {
	for end = i; i < len(v); i++ {
		switch b := v[i]; {
		case '0' <= b && b <= '9':
			digits = append(digits, b)
			end = i + 1
			continue
		case (b == ' ' || b == '-') && i == end:
			continue
		}
		break
	}
	return end, digits
}

// network reports whether a payment network gives out numbers that begin so and
// are as long (ISO/IEC 7812; the networks' published ranges).
func network(d string) bool {
	n := len(d)
	if n < 13 || n > 19 {
		return false
	}
	two, three, four := d[:2], d[:3], d[:4]
	switch {
	case d[0] == '4':
		return n == 13 || n == 16 || n == 19
	case two >= "51" && two <= "55", four >= "2221" && four <= "2720":
		return n == 16
	case two == "34", two == "37":
		return n == 15
	case two == "36", two == "38", three >= "300" && three <= "305":
		return n == 14
	case four == "6011", two == "65", three >= "644" && three <= "649", two == "62", four >= "3528" && four <= "3589":
		return n >= 16
	case two == "50", two >= "56" && two <= "58", two == "67", two == "63": // Maestro
		return n >= 16
	}
	return false
}

// findAddresses finds IPv4 and IPv6 addresses but those that mean nobody:
// unspecified, loopback, broadcast.
func findAddresses(v string) []span {
	var found []span
	runs(v, addressByte, func(start, end int) {
		text := strings.TrimRight(v[start:end], ".:")
		if strings.Count(text, ".") == 3 && strings.Count(text, ":") == 1 {
			text, _, _ = strings.Cut(text, ":") // host:port
		}
		end = start + len(text)
		if start > 0 && (alphanumeric(v[start-1]) || v[start-1] == '-' || v[start-1] == '_') ||
			end < len(v) && (alphanumeric(v[end]) || v[end] == '-' || v[end] == '_') {
			return
		}
		if strings.Count(text, ".") != 3 && strings.Count(text, ":") < 3 {
			return
		}
		ip, err := netip.ParseAddr(text)
		if err != nil || ip.IsUnspecified() || ip.IsLoopback() || ip.String() == "255.255.255.255" {
			return
		}
		found = append(found, span{start: start, end: end, as: Address})
	})
	return found
}

func addressByte(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F' || b == '.' || b == ':'
}
