package harness

import (
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// WriteJUnit writes the report as JUnit XML: a suite per root field's folder, a
// test per case; a divergent, unstable or unfaithful case is a failure, an
// errored one and an incomplete run are errors.
func (r *Report) WriteJUnit(w io.Writer) error {
	suites := junit.Testsuites{Name: "replay", Time: seconds(r.Seconds)}
	byName := map[string]int{}
	for _, res := range r.Results {
		folder, name := path.Split(res.Case)
		folder = strings.TrimSuffix(folder, "/")
		i, ok := byName[folder]
		if !ok {
			i = len(suites.Suites)
			byName[folder] = i
			suites.Suites = append(suites.Suites, junit.Testsuite{Name: folder, Timestamp: r.Started.Format("2006-01-02T15:04:05Z")})
		}
		suites.Suites[i].AddTestcase(res.junit(folder, name))
	}
	if r.Incomplete != "" {
		s := junit.Testsuite{Name: "replay"}
		s.AddTestcase(junit.Testcase{
			Name: "complete", Classname: "replay", Time: "0.000",
			Error: &junit.Result{Message: "the run is incomplete", Type: "incomplete", Data: r.Incomplete},
		})
		suites.Suites = append(suites.Suites, s)
	}
	for _, s := range suites.Suites {
		suites.Tests += s.Tests
		suites.Errors += s.Errors
		suites.Failures += s.Failures
	}
	return suites.WriteXML(w)
}

func (res Result) junit(folder, name string) junit.Testcase {
	tc := junit.Testcase{Name: name, Classname: folder, Time: seconds(res.Milliseconds.Total / 1000)}
	if !res.Verdict.Fails() {
		return tc
	}
	var text strings.Builder
	res.writeText(&text)
	result := &junit.Result{Message: res.Verdict.String() + ": " + groupTitle(res), Type: res.Verdict.String(), Data: text.String()}
	if res.Verdict == Errored {
		tc.Error = result
	} else {
		tc.Failure = result
	}
	return tc
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }
