package features_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cucumber/godog"

	"github.com/sidebyside/replay/features"
	"github.com/sidebyside/replay/harness"
)

const graded = `Feature: Grades
  Scenario: A grade of one's own
    Given the register is open
    When the mutation is sent
      """
      mutation { grade(id: 42, score: 8.5) { id score } }
      """
    Then both implementations agree
    And the register is closed
`

// own runs scenarios with steps of one's own beside the library.
func own(t *testing.T, s *features.Suite, text string, steps func(sc *godog.ScenarioContext)) (int, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "own.feature")
	write(t, file, text)
	var out strings.Builder
	code := godog.TestSuite{
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			features.Steps(sc, s)
			steps(sc)
		},
		Options: &godog.Options{
			Paths: []string{file}, Format: "pretty", Output: &out, NoColors: true, Strict: true,
			Concurrency: s.Lanes(), DefaultContext: t.Context(),
		},
	}.Run()
	return code, strings.ReplaceAll(out.String(), filepath.Dir(file)+"/", "")
}

// TestStepsBesideOthers mixes the library with steps of one's own, on servers
// that need no store.
func TestStepsBesideOthers(t *testing.T) {
	s := startEcho(t, 2, "")
	var opened, closed atomic.Int64
	mine := func(sc *godog.ScenarioContext) {
		sc.Step(`^the register is open$`, func() { opened.Add(1) })
		sc.Step(`^the register is closed$`, func() { closed.Add(1) })
	}
	if code, out := own(t, s, graded, mine); code != 0 || opened.Load() != 1 || closed.Load() != 1 {
		t.Errorf("exit %d, opened %d, closed %d\n%s", code, opened.Load(), closed.Load(), out)
	}
	for _, row := range []struct {
		reason, text string
		steps        func(sc *godog.ScenarioContext)
		want         string
	}{
		{"a step that means two things", graded, func(sc *godog.ScenarioContext) {
			mine(sc)
			sc.Step(`^both implementations .*$`, func(context.Context) {})
		}, `own.feature:8:5: "both implementations agree" is more than one step`},
		{"a step that nobody knows", graded, func(*godog.ScenarioContext) {}, "2 undefined"},
		{
			"an argument that is wrong", strings.Replace(graded, "the register is open", `it is "later"`, 1), mine,
			`own.feature:3:5: "later" is no instant`,
		},
		{
			"an expectation that is wrong", strings.Replace(graded, "the register is closed", "the status is 201", 1), mine,
			"both: the status is 200, want 201",
		},
	} {
		code, out := own(t, s, row.text, row.steps)
		if code == 0 || !strings.Contains(out, row.want) {
			t.Errorf("%s: exit %d, want %q in\n%s", row.reason, code, row.want, out)
		}
	}
}

// TestScenarioRepeats tells what a process does only once from what it always
// does.
func TestScenarioRepeats(t *testing.T) {
	s := startEcho(t, 1, "forgets")
	text := strings.Replace(graded, "    Given the register is open\n", "", 1)
	text = strings.Replace(text, "    Then both implementations agree\n    And the register is closed\n",
		"    Then the response at \"data.grade.score\" is 1\n", 1)
	text += strings.Replace(strings.TrimPrefix(text, "Feature: Grades\n"), "own", "another's", 1)
	code, out := own(t, s, text, func(*godog.ScenarioContext) {})
	if code == 0 || !strings.Contains(out, "disappears on fresh processes") {
		t.Errorf("exit %d, want a scenario that is unstable in\n%s", code, out)
	}
}

// TestScenariosRunSideBySide runs more scenarios than there are lanes.
func TestScenariosRunSideBySide(t *testing.T) {
	s := startEcho(t, 3, "")
	var text strings.Builder
	text.WriteString("Feature: Many\n")
	for range 12 {
		body := strings.Replace(strings.TrimPrefix(graded, "Feature: Grades\n"), "    Given the register is open\n", "", 1)
		text.WriteString(strings.Replace(body, "    And the register is closed\n", "", 1))
	}
	if code, out := own(t, s, text.String(), func(*godog.ScenarioContext) {}); code != 0 || !strings.Contains(out, "12 scenarios (12 passed)") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if most := s.Lanes(); most != 3 {
		t.Errorf("%d lanes, want 3", most)
	}
}

// startEcho is a suite on two desks that only answer.
func startEcho(t *testing.T, lanes int, fault string) *features.Suite {
	t.Helper()
	c, cases := deskConfig(t)
	c.Stores, c.Upstreams = nil, nil
	asDesk(t, "echo "+fault)(c)
	c.Legacy.Env = c.Candidate.Env
	s, err := features.Start(t.Context(), c, cases, features.Options{Lanes: lanes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestSuiteThatCannotGoOn names the reason, and is no failing scenario.
func TestSuiteThatCannotGoOn(t *testing.T) {
	c, cases := deskConfig(t)
	c.Stores, c.Upstreams = nil, nil
	asDesk(t, "echo")(c)
	c.Candidate.Command = []string{"/nowhere/desk"}
	file := filepath.Join(t.TempDir(), "grade.feature")
	write(t, file, "Feature: Grades\n  Scenario: One\n    When the query is sent\n      \"\"\"\n      {grade(id: 1) {id}}\n      \"\"\"\n    Then there is no error\n")
	_, err := runFeatures(t, c, cases, features.Options{}, file)
	if _, ok := asStartError(err); !ok {
		t.Errorf("a candidate that does not exist: %v", err)
	}
}

func asStartError(err error) (*harness.StartError, bool) {
	e, ok := err.(*harness.StartError) //nolint:errorlint // it is the error itself
	return e, ok
}

// TestServerErrorsAreWanted takes a status of 500 for an answer where the
// scenario wants it, and else for a side that proves nothing.
func TestServerErrorsAreWanted(t *testing.T) {
	s := startEcho(t, 1, "breaks")
	text := strings.Replace(graded, "    Given the register is open\n", "", 1)
	for then, want := range map[string]int{"the status is 500": 0, "there is no error": 1} {
		code, out := own(t, s, strings.Replace(text, "the register is closed", then, 1), func(*godog.ScenarioContext) {})
		if code != want || want == 1 && !strings.Contains(out, "it answered status 500") {
			t.Errorf("%s: exit %d, want %d\n%s", then, code, want, out)
		}
	}
}
