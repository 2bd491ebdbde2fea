package features

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cucumber/godog"
	messages "github.com/cucumber/messages/go/v21"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// parsedScenario is a scenario with the places of its steps. An outline is one
// for each row of its examples.
type parsedScenario struct {
	*godog.Scenario
	line   int
	places []place
}

// id is what reports call a scenario.
func (s parsedScenario) id() string {
	return fmt.Sprintf("%s:%d", fileOf(s.Uri), s.line)
}

// parseFiles reads the scenarios of files and directories. A path may end in the
// line of one scenario. tags selects as godog does; "" is all.
func parseFiles(paths []string, tags string) ([]parsedScenario, error) {
	suite := godog.TestSuite{Options: &godog.Options{Paths: paths, Tags: tags}}
	parsed, err := suite.RetrieveFeatures()
	if err != nil {
		return nil, syntaxProblem(err)
	}
	var list []parsedScenario
	for _, f := range parsed {
		if f.Feature == nil {
			continue
		}
		at := places{file: fileOf(f.Uri), steps: map[string]place{}, lines: map[string]int{}}
		at.feature(f.Feature)
		for _, p := range f.Pickles {
			s := parsedScenario{Scenario: p, line: at.lines[p.AstNodeIds[len(p.AstNodeIds)-1]]}
			for _, st := range p.Steps {
				s.places = append(s.places, at.steps[st.AstNodeIds[0]])
			}
			list = append(list, s)
		}
	}
	return list, nil
}

// syntax is how godog reports a file that is no Gherkin: "FILE - Parser errors:",
// and a line "(LINE:COLUMN): MESSAGE" for each.
var syntax = regexp.MustCompile(`\((\d+):(\d+)\): (.*)`)

func syntaxProblem(err error) error {
	file, _, ok := strings.Cut(err.Error(), " - ")
	if !ok {
		return fmt.Errorf("read features: %w", err)
	}
	var problems strictyaml.Problems
	for _, m := range syntax.FindAllStringSubmatch(err.Error(), -1) {
		line, _ := strconv.Atoi(m[1])
		column, _ := strconv.Atoi(m[2])
		problems = append(problems, strictyaml.Problem{File: file, Line: line, Column: column, Message: m[3]})
	}
	if len(problems) == 0 {
		return fmt.Errorf("read features: %w", err)
	}
	return problems
}

// places collects where the steps of a file stand, by the ids of their nodes.
type places struct {
	file  string
	steps map[string]place
	lines map[string]int // of scenarios and of rows of examples
}

func (p places) feature(f *messages.Feature) {
	for _, c := range f.Children {
		if c.Rule != nil {
			for _, rc := range c.Rule.Children {
				p.child(rc.Background, rc.Scenario)
			}
		}
		p.child(c.Background, c.Scenario)
	}
}

func (p places) child(b *messages.Background, s *messages.Scenario) {
	if b != nil {
		p.add(b.Steps)
	}
	if s == nil {
		return
	}
	p.lines[s.Id] = int(s.Location.Line)
	for _, e := range s.Examples {
		for _, row := range e.TableBody {
			// godog runs one scenario by the line of its outline.
			p.lines[row.Id] = int(s.Location.Line)
		}
	}
	p.add(s.Steps)
}

func (p places) add(list []*messages.Step) {
	for _, s := range list {
		at := place{file: p.file, line: int(s.Location.Line), column: int(s.Location.Column)}
		if s.DocString != nil {
			at.docLine, at.docIndent = int(s.DocString.Location.Line), int(s.DocString.Location.Column)-1
		}
		if s.DataTable != nil {
			for _, row := range s.DataTable.Rows {
				at.rows = append(at.rows, int(row.Location.Line))
			}
		}
		p.steps[s.Id] = at
	}
}

// featurePaths are the files to run: what was named, or the directory features
// beside the configuration.
func featurePaths(config string, named []string) []string {
	if len(named) > 0 {
		return named
	}
	return []string{filepath.Join(filepath.Dir(config), "features")}
}

func hasTag(sc *godog.Scenario, tag string) bool {
	return slices.ContainsFunc(sc.Tags, func(t *messages.PickleTag) bool { return t.Name == tag })
}
