package features

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/cucumber/godog"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// place is where a step stands in its file. Lines are 0 where the file is not
// known.
type place struct {
	file         string
	line, column int
	// docLine is the line of the """ below the step, docIndent how far it is
	// indented; rows are the lines of a table.
	docLine, docIndent int
	rows               []int
}

func (p place) problemf(format string, args ...any) error {
	return strictyaml.Problems{{File: p.file, Line: p.line, Column: p.column, Message: fmt.Sprintf(format, args...)}}
}

// located gives an error the place, unless it has one.
func (p place) located(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := strictyaml.AsProblems(err); ok {
		return err
	}
	return p.problemf("%v", err)
}

// moved gives the problems of a part their places in the file. line tells the
// line of the file for one of the part, and how far the part is indented there.
func (p place) moved(err error, line func(int) (int, int)) error {
	problems, ok := strictyaml.AsProblems(err)
	if !ok {
		return p.located(err)
	}
	out := slices.Clone(problems)
	for i := range out {
		out[i].File = p.file
		if out[i].Line == 0 {
			out[i].Line, out[i].Column = p.line, p.column
			continue
		}
		var indent int
		out[i].Line, indent = line(out[i].Line)
		out[i].Column = max(1, out[i].Column+indent)
	}
	return out
}

// files finds the places of steps, and reads each file once.
type files struct {
	mu   sync.Mutex
	read map[string][]parsedScenario
}

// scenario finds where a scenario of a running suite stands. One that no file
// holds has places without lines.
func (f *files) scenario(sc *godog.Scenario) parsedScenario {
	name := fileOf(sc.Uri)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.read == nil {
		f.read = map[string][]parsedScenario{}
	}
	list, ok := f.read[name]
	if !ok {
		list, _ = parseFiles([]string{name}, "") // empty where there is no such file
		f.read[name] = list
	}
	want := stepTexts(sc)
	for _, s := range list {
		if s.Name == sc.Name && slices.Equal(stepTexts(s.Scenario), want) {
			return parsedScenario{sc, s.line, s.places}
		}
	}
	unknown := parsedScenario{Scenario: sc}
	for range want {
		unknown.places = append(unknown.places, place{file: name})
	}
	return unknown
}

// fileOf is the file of a scenario's URI, which may end in the line that was
// asked for.
func fileOf(uri string) string {
	if i := strings.LastIndexByte(uri, ':'); i > 0 && strings.Trim(uri[i+1:], "0123456789") == "" {
		return uri[:i]
	}
	return uri
}

func stepTexts(sc *godog.Scenario) []string {
	var list []string
	for _, s := range sc.Steps {
		list = append(list, s.Text)
	}
	return list
}
