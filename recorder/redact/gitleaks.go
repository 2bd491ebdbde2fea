package redact

import (
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// The rules of gitleaks v8.30.1 (MIT, see gitleaks/LICENSE), as they are: to
// bring them up to date, copy config/gitleaks.toml of a later release over them.
//
//go:embed gitleaks/gitleaks.toml
var gitleaksTOML string

// gitleaks are the rules, read once. Their expressions are compiled when their
// keyword is first met.
var gitleaks = sync.OnceValue(func() *secrets {
	s, err := readGitleaks(gitleaksTOML)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return s
})

// secretRule is a rule of gitleaks.
type secretRule struct {
	id       string
	regex    func() *regexp.Regexp
	entropy  float64
	group    int
	keywords []string
	allowed  []allowlist
}

// allowlist says what a rule finds and is no secret.
type allowlist struct {
	target    string // "": the secret, "match", "line"
	regexes   []func() *regexp.Regexp
	stopwords []string
}

// readGitleaks reads the tables that matter of a configuration of gitleaks.
// Rules and allow lists for paths are left out, because a case has none, and
// those for JSON Web Tokens, of which more than the text is known here.
func readGitleaks(text string) (*secrets, error) {
	s := &secrets{}
	tables, err := readTOML(text)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		switch t.name {
		case "allowlist":
			s.allowed = append(s.allowed, newAllowlist(t))
		case "rules":
			if rule := newSecretRule(t); rule != nil {
				s.rules = append(s.rules, rule)
			} else {
				s.rules = append(s.rules, &secretRule{}) // of a path; keeps its allow lists
			}
		case "rules.allowlists":
			if last := s.rules[len(s.rules)-1]; len(t.values["paths"]) == 0 {
				last.allowed = append(last.allowed, newAllowlist(t))
			}
		}
	}
	s.index()
	return s, nil
}

func newSecretRule(t tomlTable) *secretRule {
	own := strings.HasPrefix(t.text("id"), "jwt") // findJWTs, and what base64 hides
	if t.text("regex") == "" || t.text("path") != "" || own {
		return nil
	}
	entropy, _ := strconv.ParseFloat(t.text("entropy"), 64)
	group, _ := strconv.Atoi(t.text("secretGroup"))
	return &secretRule{
		id: t.text("id"), regex: lazily(t.text("regex")), entropy: entropy, group: group, keywords: t.values["keywords"],
	}
}

func newAllowlist(t tomlTable) allowlist {
	a := allowlist{target: t.text("regexTarget"), stopwords: t.values["stopwords"]}
	for _, text := range t.values["regexes"] {
		a.regexes = append(a.regexes, lazily(text))
	}
	return a
}

func lazily(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// tomlTable is a table of a TOML file: all values as lists of texts.
type tomlTable struct {
	name   string
	values map[string][]string
}

func (t tomlTable) text(key string) string {
	if values := t.values[key]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// readTOML reads the subset of TOML that gitleaks writes: tables, and keys with a
// number, a string of any of the four kinds on one line, or a list of strings.
func readTOML(text string) ([]tomlTable, error) {
	var tables []tomlTable
	key, list := "", false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
			continue
		case list && line[0] == ']':
			list = false
			continue
		case !list && line[0] == '[':
			tables = append(tables, tomlTable{strings.Trim(line, "[]"), map[string][]string{}})
			continue
		case !list:
			var ok bool
			if key, line, ok = strings.Cut(line, " = "); !ok {
				return nil, fmt.Errorf("read rules for secrets: line %d: want a key", i+1)
			}
			list = line[0] == '[' && !strings.HasSuffix(line, "]")
			line = strings.TrimSuffix(strings.TrimPrefix(line, "["), "]")
		}
		if len(tables) == 0 {
			continue // title and version
		}
		values, err := tomlValues(line)
		if err != nil {
			return nil, fmt.Errorf("read rules for secrets: line %d: %w", i+1, err)
		}
		table := tables[len(tables)-1]
		table.values[key] = append(table.values[key], values...)
	}
	return tables, nil
}

// tomlValues reads values between commas, up to a comment.
func tomlValues(line string) ([]string, error) {
	var values []string
	for line = strings.TrimLeft(line, ", "); line != "" && line[0] != '#'; line = strings.TrimLeft(line, ", ") {
		value, rest, err := tomlValue(line)
		if err != nil {
			return nil, err
		}
		values, line = append(values, value), rest
	}
	return values, nil
}

func tomlValue(line string) (value, rest string, err error) {
	for _, quote := range [...]string{`'''`, `"""`, `'`, `"`} {
		if !strings.HasPrefix(line, quote) {
			continue
		}
		if quote == `"` {
			literal, err := strconv.QuotedPrefix(line)
			if err != nil {
				return "", "", fmt.Errorf("want a string, have %s", line)
			}
			value, err := strconv.Unquote(literal)
			return value, line[len(literal):], err
		}
		value, rest, ok := strings.Cut(line[len(quote):], quote)
		if !ok {
			return "", "", fmt.Errorf("the string %s does not end", line)
		}
		return value, rest, nil
	}
	end := strings.IndexAny(line+",", ", #")
	return line[:end], line[end:], nil
}
