package features

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// stepsHead begins the documentation of the steps.
const stepsHead = `# Steps

<!-- Generated from the step definitions by "go generate ./features". Do not edit. -->

A scenario gives a fixture, sends one request to both implementations, and says
what must come of it. docs/features.md tells how scenarios are run and written.
Capitals stand for what a scenario fills in; what is in brackets may be left
out. The examples are from scenarios that the tests of this repository run.
`

var stepParts = []struct{ part, title string }{
	{"Given", "What is given"}, {"When", "The request"}, {"Then", "What must come of it"},
}

// WriteSteps writes the documentation of all steps in Markdown, each with its
// first use in the feature files and directories given. A step that they do not
// use is an error: its example would be run by nobody.
func WriteSteps(w io.Writer, paths ...string) error {
	examples, err := findExamples(paths)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	_, _ = b.WriteString(stepsHead)
	for _, p := range stepParts {
		_, _ = fmt.Fprintf(b, "\n## %s\n", p.title)
		for _, s := range steps() {
			if s.part != p.part {
				continue
			}
			example := examples[s.text]
			if example == "" {
				return fmt.Errorf("no scenario below %s uses the step %s; write one", strings.Join(paths, ", "), s.text)
			}
			_, _ = fmt.Fprintf(b, "\n### %s\n\n%s\n\n```gherkin\n%s```\n", s.text, s.about, example)
		}
	}
	return b.Flush()
}

// findExamples are the first uses of steps, by the text of the step.
func findExamples(paths []string) (map[string]string, error) {
	list, err := parseFiles(paths, "")
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, sc := range list {
		text, err := os.ReadFile(fileOf(sc.Uri))
		if err != nil {
			return nil, fmt.Errorf("read examples: %w", err)
		}
		source := strings.Split(string(text), "\n")
		for n, st := range sc.Steps {
			for _, s := range steps() {
				if s.expr.MatchString(st.Text) && found[s.text] == "" {
					found[s.text] = example(s, sc, n, source)
				}
			}
		}
	}
	return found, nil
}

// example is a step as it stands in its file, with what stands below it.
func example(s step, sc parsedScenario, n int, source []string) string {
	at, st := sc.places[n], sc.Steps[n]
	last := at.line
	switch {
	case at.docLine > 0:
		last = at.docLine + strings.Count(st.Argument.DocString.Content, "\n") + 2
	case len(at.rows) > 0:
		last = at.rows[len(at.rows)-1]
	}
	var out strings.Builder
	out.WriteString(s.part + " " + st.Text + "\n")
	for _, l := range source[at.line:last] {
		out.WriteString(strings.TrimPrefix(l, strings.Repeat(" ", at.column-1)) + "\n")
	}
	return out.String()
}
