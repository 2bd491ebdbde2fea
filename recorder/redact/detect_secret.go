package redact

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
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

// shortestSecret is the length from which a value can hold a secret.
const shortestSecret = 8

// find looks into a text, and at the name it has.
func (s *secrets) find(name, v string) []span {
	if len(v) < 4 {
		return nil
	}
	if name != "" && sensitive(name) {
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
	found := assignments(v)
	rules := s.keywords.find(text)
	if len(rules) == 0 {
		return found
	}
	// The rules want secrets to end as they do in source code: not in a sentence
	// or a URL.
	for _, text := range [...]string{text, looseEnds.Replace(text)} {
		for _, i := range rules {
			for _, f := range s.matches(s.rules[i], text) {
				f.start, f.end = f.start-len(before), min(f.end-len(before), len(v))
				if f.start >= 0 && f.end > f.start && !overlaps(found, f) {
					found = append(found, f)
				}
			}
		}
	}
	return found
}

// looseEnds makes spaces of what secrets end at; every text stays where it is.
var looseEnds = strings.NewReplacer(",", " ", "&", " ", "#", " ", "?", " ", "/", " ", "(", " ", ")", " ", "<", " ", ">", " ",
	"[", " ", "]", " ", "{", " ", "}", " ", "|", " ", "!", " ", ". ", "  ")

// assignments are the values of "name=value" whose name says that they are
// credentials, as in the query of a URL.
func assignments(v string) []span {
	const shortest = 4
	var found []span
	for from := 0; ; {
		i := strings.IndexByte(v[from:], '=')
		if i < 0 {
			return found
		}
		at := from + i
		from = at + 1
		begin := 1 + strings.LastIndexFunc(v[:at], func(r rune) bool { return r != '-' && r != '_' && (r >= 0x80 || !alphanumeric(byte(r))) })
		if !sensitive(v[begin:at]) {
			continue
		}
		end := from
		for end < len(v) && strings.IndexByte("&;,# \t\r\n\"'", v[end]) < 0 {
			end++
		}
		if end-from >= shortest {
			found = append(found, span{start: from, end: end, as: Secret, rule: v[begin:at]})
		}
		from = end
	}
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
		if entropy(secret) < rule.entropy || s.allows(rule, secret, text[at[0]:at[1]], text) {
			continue
		}
		found = append(found, span{start: start, end: end, as: Secret, rule: rule.id})
	}
	return found
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

var (
	sensitiveName = regexp.MustCompile(`(?i)(?:^|[_.-])(?:passw(?:or)?d|passphrase|pwd|secret|api[_-]?key|private[_-]?key|` +
		`(?:access|refresh|auth|id|csrf|xsrf|reset|invite|bearer|session|device|push|verification|security|one[_-]?time)[_-]?token|token|` +
		`(?:client|app|shared|webhook|signing)[_-]?secret|credentials?|authorization|proxy-authorization|cookie|set-cookie|session[_-]?(?:id|key)|otp|pin[_-]?code|ssn)$|` +
		`(?:Password|Passwd|Secret|ApiKey|APIKey|PrivateKey|SessionId|SessionKey|(?:access|refresh|auth|id|csrf|reset|bearer|session|device)Token)$`)
	pageName = regexp.MustCompile(`(?i)(?:page|next|continuation|cursor|sync)[_-]?token$`)
)

// telling is what every sensitive name holds a part of: most names need no
// regular expression.
var telling = sync.OnceValue(func() *keywords {
	k := &keywords{}
	for _, word := range [...]string{"pass", "pwd", "secret", "key", "token", "cred", "auth", "cookie", "session", "otp", "pin", "ssn"} {
		k.add(word, 0)
	}
	k.link()
	return k
})

// sensitive reports whether a name says that its value is a credential.
func sensitive(name string) bool {
	return len(telling().find(name)) > 0 && sensitiveName.MatchString(name) && !pageName.MatchString(name)
}

// credentials are what of a value with a sensitive name is one: of a cookie each
// of its values, behind the name of a scheme what follows, else all of it.
func credentials(name, v string) []span {
	if lower := strings.ToLower(name); lower == "cookie" || lower == "set-cookie" {
		return cookies(v)
	}
	start := 0
	if scheme, rest, ok := strings.Cut(v, " "); ok && strings.HasSuffix(strings.ToLower(name), "authorization") && !strings.ContainsAny(scheme, "=,") {
		start = len(v) - len(rest)
	}
	as := Secret
	if strings.HasPrefix(v[start:], "eyJ") {
		as = Token
	}
	return []span{{start: start, end: len(v), as: as, rule: name}}
}

func cookies(v string) []span {
	var found []span
	at := 0
	for part := range strings.SplitAfterSeq(v, ";") {
		if i := strings.IndexByte(part, '='); i >= 0 {
			s := span{start: at + i + 1, end: at + len(strings.TrimRight(part, "; ")), as: Secret, rule: "cookie"}
			if strings.HasPrefix(v[s.start:], "eyJ") {
				s.as = Token
			}
			if s.end > s.start {
				found = append(found, s)
			}
		}
		at += len(part)
	}
	return found
}
