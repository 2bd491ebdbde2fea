package normalizers

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// pattern is a path with places left open, as in the match of a rule:
//
//	response:data.search.hits        one place
//	response:data.items[*].due       every item; [0] is one of them
//	response:data.*.cursor           any name; ** is any number of steps
//	effects:datastore/Class/7/Assignment/*.due
//	effects:datastore/**/Assignment/*.tags[*]
//	calls:users[*].invite.at
//	http:status
//
// A name that holds one of the signs of the path is written in double quotes.
type pattern struct {
	channel string
	head    string   // the store or upstream, "*" for any
	key     []string // of effects: kinds and ids by turns, "*" and "**" left open
	steps   []step
}

// step is one step from a value to a part of it.
type step struct {
	kind  stepKind
	name  string
	index int
}

type stepKind uint8

const (
	byName stepKind = iota
	byIndex
	anyName
	anyIndex
	anySteps
)

// parsePattern reads a path. The error says what is wrong with it.
func parsePattern(text string) (*pattern, error) {
	channel, rest, ok := strings.Cut(text, ":")
	if !ok {
		return nil, fmt.Errorf("path %q names no channel; write response:, effects:, calls: or http: before it", text)
	}
	p := &pattern{channel: channel}
	s := &pathScanner{rest: rest}
	var err error
	switch channel {
	case "response", "http":
		p.steps, err = s.steps(true)
	case "effects":
		err = p.parseEffects(s)
	case "calls":
		if p.head, err = s.word(".["); err == nil {
			p.steps, err = s.steps(false)
		}
	default:
		return nil, fmt.Errorf("path %q has unknown channel %q; known: response, effects, calls, http", text, channel)
	}
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", text, err)
	}
	return p, nil
}

func (p *pattern) parseEffects(s *pathScanner) (err error) {
	if p.head, err = s.word("/"); err != nil {
		return err
	}
	for strings.HasPrefix(s.rest, "/") {
		s.rest = s.rest[1:]
		quoted := strings.HasPrefix(s.rest, `"`)
		token, err := s.word(tokenEnds(s.rest))
		if err != nil {
			return err
		}
		if quoted {
			token = `"` + token
		}
		p.key = append(p.key, token)
	}
	p.steps, err = s.steps(false)
	return err
}

// tokenEnds are the signs that end a part of a key: a dot does only in the last
// part, because tables are named with their schema.
func tokenEnds(rest string) string {
	if slash := strings.IndexByte(rest, '/'); slash >= 0 && !strings.ContainsAny(rest[:slash], `["`) {
		return "/"
	}
	return "/.["
}

// check refuses what can match no place of any observation.
func (p *pattern) check() error {
	switch p.channel {
	case "response":
		first := p.steps[0]
		if first.kind == byName && first.name != "data" && first.name != "errors" && first.name != "extensions" {
			return fmt.Errorf("a response has no member %q; begin with data, errors or extensions", first.name)
		}
		if first.kind == byIndex || first.kind == anyIndex {
			return fmt.Errorf("a response is no list; begin with data, errors or extensions")
		}
	case "http":
		first := p.steps[0]
		status := first.name == "status" && len(p.steps) == 1
		header := first.name == "headers" && len(p.steps) == 2
		if first.kind != byName || !status && !header {
			return fmt.Errorf("only status and headers.content-type are compared")
		}
	case "effects":
		return checkKeyPattern(p.key)
	}
	return nil
}

func checkKeyPattern(key []string) error {
	if len(key) == 0 {
		return fmt.Errorf("no key; write effects:STORE/KIND/ID, with * for any id")
	}
	open := false
	for _, token := range key {
		open = open || token == "**"
	}
	if !open && len(key)%2 != 0 {
		return fmt.Errorf("kind %q has no id; write /* for any", key[len(key)-1])
	}
	return nil
}

// pathScanner takes a path apart.
type pathScanner struct{ rest string }

// word is the text up to one of the ends, unquoted.
func (s *pathScanner) word(ends string) (string, error) {
	if strings.HasPrefix(s.rest, `"`) {
		quoted, err := strconv.QuotedPrefix(s.rest)
		if err != nil {
			return "", fmt.Errorf("the quotes of %q are not closed", s.rest)
		}
		s.rest = s.rest[len(quoted):]
		word, err := strconv.Unquote(quoted)
		return word, err
	}
	end := strings.IndexAny(s.rest, ends)
	if end < 0 {
		end = len(s.rest)
	}
	word := s.rest[:end]
	s.rest = s.rest[end:]
	if word == "" {
		return "", fmt.Errorf("a name is missing before %q", s.rest)
	}
	return word, nil
}

// steps reads ".name" and "[index]" to the end; the first name of a path stands
// without a dot.
func (s *pathScanner) steps(first bool) ([]step, error) {
	var out []step
	for s.rest != "" || first {
		switch {
		case strings.HasPrefix(s.rest, "["):
			index, err := s.index()
			if err != nil {
				return nil, err
			}
			out = append(out, index)
		case first || strings.HasPrefix(s.rest, "."):
			s.rest = strings.TrimPrefix(s.rest, ".")
			quoted := strings.HasPrefix(s.rest, `"`)
			name, err := s.word(".[")
			if err != nil {
				return nil, err
			}
			out = append(out, nameStep(name, quoted))
		default:
			return nil, fmt.Errorf("want . or [ before %q", s.rest)
		}
		first = false
	}
	return out, nil
}

func nameStep(name string, quoted bool) step {
	switch {
	case quoted:
		return step{kind: byName, name: name}
	case name == "*":
		return step{kind: anyName}
	case name == "**":
		return step{kind: anySteps}
	}
	return step{kind: byName, name: name}
}

func (s *pathScanner) index() (step, error) {
	text, rest, ok := strings.Cut(s.rest[1:], "]")
	if !ok {
		return step{}, fmt.Errorf("the bracket of %q is not closed", s.rest)
	}
	s.rest = rest
	if text == "*" {
		return step{kind: anyIndex}, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return step{}, fmt.Errorf("[%s] is no index; write a number from 0, or [*] for every item", text)
	}
	return step{kind: byIndex, index: n}, nil
}

// matchesKey reports whether the pattern's key is open to the key.
func (p *pattern) matchesKey(key corpus.Key) bool {
	var tokens []string
	for _, e := range key.Path {
		id := strconv.FormatInt(e.ID, 10)
		if e.Name != "" {
			id = e.Name
		}
		if n := len(tokens); e.Kind == "" && n > 0 { // a further column of a row's key
			tokens[n-1] += "," + id
			continue
		}
		tokens = append(tokens, e.Kind, id)
	}
	return matchTokens(p.key, tokens)
}

func matchTokens(pattern, tokens []string) bool {
	for i, want := range pattern {
		if want == "**" {
			for skip := 0; i+skip <= len(tokens); skip += 2 {
				if matchTokens(pattern[i+1:], tokens[i+skip:]) {
					return true
				}
			}
			return false
		}
		if i >= len(tokens) || want != "*" && strings.TrimPrefix(want, `"`) != tokens[i] {
			return false
		}
	}
	return len(pattern) == len(tokens)
}

// trail is how far the patterns of some rules have come at one place.
type trail []mark

type mark struct {
	rule *Rule
	rest []step
}

// member advances by a name, item by an index. The hits are rules whose path
// ends there.
func (t trail) member(name string) (trail, []*Rule) {
	return t.advance(func(s step) bool { return s.kind == anyName || s.kind == byName && s.name == name })
}

func (t trail) item(i int) (trail, []*Rule) {
	return t.advance(func(s step) bool { return s.kind == anyIndex || s.kind == byIndex && s.index == i })
}

func (t trail) advance(fits func(step) bool) (next trail, hits []*Rule) {
	for _, m := range t {
		next, hits = m.advance(fits, next, hits)
	}
	return next, hits
}

func (m mark) advance(fits func(step) bool, next trail, hits []*Rule) (trail, []*Rule) {
	if m.rest[0].kind == anySteps {
		next = append(next, m) // it may take this step too
		if len(m.rest) == 1 {
			return next, append(hits, m.rule)
		}
		return mark{m.rule, m.rest[1:]}.advance(fits, next, hits)
	}
	if !fits(m.rest[0]) {
		return next, hits
	}
	if len(m.rest) == 1 {
		return next, append(hits, m.rule)
	}
	return append(next, mark{m.rule, m.rest[1:]}), hits
}
