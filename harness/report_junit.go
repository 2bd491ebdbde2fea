package harness

import (
	"encoding/xml"
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
	times := map[int]float64{}
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
		times[i] += res.Milliseconds.Total / 1000
		suites.Suites[i].Time = seconds(times[i])
	}
	if s, ok := r.junitLedger(); ok {
		suites.Suites = append(suites.Suites, s)
	}
	if r.Incomplete != "" {
		s := junit.Testsuite{Name: "replay"}
		s.AddTestcase(junit.Testcase{
			Name: "complete", Classname: "replay", Time: "0.000",
			Error: &junit.Result{Message: "the run is incomplete", Type: "incomplete", Data: xmlText(r.Incomplete)},
		})
		suites.Suites = append(suites.Suites, s)
	}
	for _, s := range suites.Suites {
		suites.Tests += s.Tests
		suites.Errors += s.Errors
		suites.Failures += s.Failures
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
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
	result := &junit.Result{Message: xmlText(res.Verdict.String() + ": " + groupTitle(res)), Type: res.Verdict.String(), Data: xmlText(text.String())}
	if res.Verdict == Errored {
		tc.Error = result
	} else {
		tc.Failure = result
	}
	return tc
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }

// xmlText replaces what XML 1.0 cannot hold (section 2.2): a log may have
// anything in it, and one bad character makes a CI server drop the whole file.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r < 0xFFFE, r >= 0x10000:
			return r
		}
		return '\uFFFD'
	}, s)
}
