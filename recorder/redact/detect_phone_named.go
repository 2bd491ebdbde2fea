package redact

import (
	"strings"
)

// telephones are words that name a phone number.
var telephones = words("phone phones mobile cell cellphone telephone tel fax msisdn whatsapp landline telefon phonenumber mobilenumber telephonenumber mobilephone")

// numbering words may follow them.
var numbering = words("number numbers no nr num e164 raw digits")

// phones are what findPhones finds, and else a value that its name says is a
// number, though it is bare digits.
func phones(name, v string) []span {
	const shortest, longest = 7, 15 // digits
	found := findPhones(v)
	if len(found) > 0 || name == "" || len(v) < shortest || strings.Trim(v, "+0123456789 -()/.") != "" {
		return found
	}
	digits := withoutSeparators(v)
	if len(digits) < shortest || len(digits) > longest || strings.Trim(digits, digits[:1]) == "" || !phoneLike(v) || !namesPhone(name) {
		return nil
	}
	return []span{{start: 0, end: len(v), as: Phone}}
}

// phoneLike leaves out days, versions and sums.
func phoneLike(v string) bool {
	day := len(v) >= 10 && strings.Trim(v[:4], "0123456789") == "" && (v[4] == '-' || v[4] == '/')
	return !day && strings.Count(v, ".") != 1 && v[0] != '-'
}

func namesPhone(name string) bool {
	const longest = 64 // bytes
	if len(name) < 2 || len(name) > longest {
		return false
	}
	parts := nameWords(name)
	for len(parts) > 1 && (numbering[parts[len(parts)-1]] || '0' <= parts[len(parts)-1][0] && parts[len(parts)-1][0] <= '9') {
		parts = parts[:len(parts)-1]
	}
	return len(parts) > 0 && telephones[parts[len(parts)-1]] && (len(parts) == 1 || !asking[parts[0]])
}
