package redact

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// secrets finds API keys and the like by the rules of gitleaks, and passwords and
// credentials by the name of what holds them.
type secrets struct {
	rules    []*secretRule
	allowed  []allowlist
	keywords keywords
}

// index orders the rules by their keywords.
func (s *secrets) index() {
	for i, rule := range s.rules {
		for _, word := range rule.keywords {
			s.keywords.add(strings.ToLower(word), i)
		}
	}
	s.keywords.link()
}

// shortestNamed is the length from which a value is a credential by its name: the
// code of a card has three digits.
const shortestNamed = 3

// shortestSecret is the length from which a value can hold a secret.
const shortestSecret = 8

// find looks into a text, and at the name it has.
func (s *secrets) find(name, v string) []span {
	if len(v) < shortestNamed {
		return nil
	}
	if sensitive(name) {
		return credentials(name, v)
	}
	if len(v) < shortestSecret {
		return nil
	}
	before := name + `: "`
	if name == "" {
		before = ""
	}
	text := before + v
	if name != "" {
		text += `"`
	}
	found := named(v)
	found = join(found, beside(found, userinfo(v)))
	found = join(found, beside(found, issued(v)))
	rules := s.keywords.find(text)
	if len(rules) == 0 {
		return found
	}
	// The rules want secrets to end as they do in source code: not in a sentence
	// or a URL.
	for _, text := range [...]string{text, looseEnds(text)} {
		for _, i := range rules {
			matches := s.matches(s.rules[i], text)
			for n := range matches {
				m := &matches[n]
				m.start, m.end = m.start-len(before), min(m.end-len(before), len(v))
			}
			matches = slices.DeleteFunc(matches, func(m span) bool { return m.start < 0 || m.end <= m.start })
			found = join(found, beside(found, matches))
		}
	}
	return found
}

// issuedKey are keys that show what they are and for which gitleaks has no rule:
// of Google's OAuth, and of Stripe for webhooks.
var issuedKey = regexp.MustCompile(`\b(?:ya29\.|1//0|whsec_)[A-Za-z0-9_-]{20,}`)

func issued(v string) []span {
	if !strings.Contains(v, "ya29.") && !strings.Contains(v, "1//0") && !strings.Contains(v, "whsec_") {
		return nil
	}
	var found []span
	for _, at := range issuedKey.FindAllStringIndex(v, -1) {
		found = append(found, span{start: at[0], end: at[1], as: Secret, rule: "issued-key"})
	}
	return found
}

// looseEnds makes spaces of what secrets end at, in a sentence of any script or in
// a URL; every text stays where it is.
func looseEnds(v string) string {
	out := []byte(v)
	for i, b := range out {
		switch {
		case b >= utf8.RuneSelf, strings.IndexByte(",&#?/()<>[]{}|!:*", b) >= 0,
			b == '.' && (i+1 == len(v) || v[i+1] == ' ' || v[i+1] == '\n' || v[i+1] == '"' || v[i+1] >= utf8.RuneSelf):
			out[i] = ' '
		}
	}
	return string(out)
}

// matches are the secrets of one rule.
func (s *secrets) matches(rule *secretRule, text string) []span {
	if rule.regex == nil {
		return nil
	}
	var found []span
	for _, at := range rule.regex().FindAllStringSubmatchIndex(text, -1) {
		start, end := at[0], at[1]
		switch {
		case rule.group > 0 && len(at) > 2*rule.group+1 && at[2*rule.group] >= 0:
			start, end = at[2*rule.group], at[2*rule.group+1]
		case rule.group == 0:
			for g := 2; g+1 < len(at); g += 2 {
				if at[g] >= 0 && at[g+1] > at[g] {
					start, end = at[g], at[g+1]
					break
				}
			}
		}
		secret := text[start:end]
		if entropy(secret) < rule.entropy || s.allows(rule, secret, text[at[0]:at[1]], linesOf(text, at[0], at[1])) {
			continue
		}
		found = append(found, span{start: start, end: end, as: Secret, rule: rule.id})
	}
	return found
}

// linesOf are the lines around a part of a text, as far as they are of a length
// that people write.
func linesOf(text string, start, end int) string {
	const longest = 1 << 10 // bytes on either side
	from, to := max(0, start-longest), min(len(text), end+longest)
	if i := strings.LastIndexByte(text[from:start], '\n'); i >= 0 {
		from += i + 1
	}
	if i := strings.IndexByte(text[end:to], '\n'); i >= 0 {
		to = end + i
	}
	return text[from:to]
}

func (s *secrets) allows(rule *secretRule, secret, match, line string) bool {
	return slices.ContainsFunc(slices.Concat(rule.allowed, s.allowed), func(a allowlist) bool {
		return a.allows(secret, match, line)
	})
}

func (a allowlist) allows(secret, match, line string) bool {
	target := secret
	switch a.target {
	case "match":
		target = match
	case "line":
		target = line
	}
	for _, regex := range a.regexes {
		if regex().MatchString(target) {
			return true
		}
	}
	lower := strings.ToLower(secret)
	return slices.ContainsFunc(a.stopwords, func(word string) bool { return strings.Contains(lower, strings.ToLower(word)) })
}

// entropy is Shannon's, in bits per character.
func entropy(s string) float64 {
	counts := map[rune]int{}
	for _, r := range s {
		counts[r]++
	}
	n, sum := float64(utf8.RuneCountInString(s)), 0.0
	for _, count := range counts {
		p := float64(count) / n
		sum -= p * math.Log2(p)
	}
	return sum
}
