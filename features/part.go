package features

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// caseHead begins a case of which only one part matters. Its fixture has a base,
// so that effects are not measured against it.
const caseHead = `version: 1
recorded: {at: 2000-01-01T00:00:00Z}
request: {operation: query, fields: [a], document: "{a}"}
fixture: {base: none}
expect:
  http: {status: 200}
  response: null
`

// readPart reads a text, indented, as the end of a case.
func readPart(file, head, text string, indent int) (*corpus.Case, error) {
	var b strings.Builder
	b.WriteString(caseHead)
	b.WriteString(head)
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(strings.TrimRight(strings.Repeat(" ", indent)+line, " ") + "\n")
	}
	return corpus.Parse(file, []byte(b.String()))
}

func lines(text string) int { return strings.Count(text, "\n") }

// readEffects reads the changes below a step, by the name of the store.
func readEffects(l line) (map[string][]corpus.Effect, error) {
	const head, indent = "  effects:\n", 4
	cs, err := readPart(l.file, head, l.doc.Content, indent)
	if err != nil {
		return nil, l.moved(err, l.inDoc(lines(caseHead+head), indent))
	}
	return cs.Expect.Effects, nil
}

// readEffect reads the effect that a table says.
func readEffect(l line, s *sheet, store string) (corpus.Effect, error) {
	head := fmt.Sprintf("  effects:\n    %q:\n", store)
	cs, err := readPart(l.file, head, strings.TrimSuffix(s.text.String(), "\n"), 0)
	if err != nil {
		of := s.at(l.place)
		return corpus.Effect{}, l.moved(err, func(n int) (int, int) { return of(n - lines(caseHead+head)) })
	}
	return cs.Expect.Effects[store][0], nil
}

var (
	hasMethod = regexp.MustCompile(`(?m)^method:`)
	hasPath   = regexp.MustCompile(`(?m)^path:`)
)

// anything stands for a method or path that a step does not name.
const anything = "*"

// readCall reads a call to an upstream below a step: with its answer, or the
// request alone.
func readCall(l line, upstream string, answered bool) (corpus.Call, error) {
	head, indent := fmt.Sprintf("  calls:\n    - upstream: %q\n", upstream), 6
	text := l.doc.Content
	if !answered {
		head += "      response: {status: 200}\n      request:\n"
		indent = 8
		for _, member := range []*regexp.Regexp{hasMethod, hasPath} {
			if !member.MatchString(text) {
				head += fmt.Sprintf("        %s: %q\n", strings.Trim(strings.TrimPrefix(member.String(), "(?m)^"), ":"), anything)
			}
		}
	}
	cs, err := readPart(l.file, head, text, indent)
	if err != nil {
		return corpus.Call{}, l.moved(err, l.inDoc(lines(caseHead+head), indent))
	}
	return cs.Expect.Calls[0], nil
}
