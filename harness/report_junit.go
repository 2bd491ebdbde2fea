package harness

import (
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// WriteJUnit writes the report as JUnit XML: a suite per root field's folder, a
// test per case; a divergent, unstable or unfaithful case is a failure, an
// errored one and an incomplete run are errors. Entries of the ledger are a suite
// of their own.
func (r *Report) WriteJUnit(w io.Writer) error {
	suites := junitSuites{Name: "replay", Time: seconds(r.Seconds)}
	for rest := r.Results; len(rest) > 0; {
		folder := path.Dir(rest[0].Case)
		n := 1
		for n < len(rest) && path.Dir(rest[n].Case) == folder {
			n++
		}
		suites.add(r.junitFolder(folder, rest[:n]))
		rest = rest[n:]
	}
	if s := r.junitLedger(); s.Tests > 0 {
		suites.add(s)
	}
	if r.Incomplete != "" {
		s := r.junitSuite("replay")
		s.add(junitCase{
			Name: "complete", Classname: "replay", Time: seconds(0),
			Error: &junitProblem{"the run is incomplete", "incomplete", xmlText(r.Incomplete)},
		})
		suites.add(s)
	}
	return suites.write(w)
}

func (r *Report) junitSuite(name string) junitSuite {
	s := junitSuite{Name: xmlText(name), Time: seconds(0), Timestamp: r.Started.Format("2006-01-02T15:04:05Z")}
	s.Properties = []junitProperty{{"tool", r.Tool}, {"config", xmlText(r.Config)}, {"corpus", r.Corpus.SHA256}}
	for _, line := range r.partial() {
		s.Properties = append(s.Properties, junitProperty{"part", xmlText(line)})
	}
	return s
}

func (r *Report) junitFolder(folder string, results []Result) junitSuite {
	s := r.junitSuite(folder)
	total := 0.0
	for _, res := range results {
		s.add(res.junit())
		total += res.Milliseconds.Total
	}
	s.Time = seconds(total / 1000)
	return s
}

// junit has the coordinate as class name: Jenkins takes what is before the dot for
// a package.
func (res Result) junit() junitCase {
	c := junitCase{
		Name: xmlText(path.Base(res.Case)), Classname: path.Dir(res.Case), Time: seconds(res.Milliseconds.Total / 1000),
		File: xmlText(res.File), Line: res.Line,
		Properties: []junitProperty{{"verdict", res.Verdict.String()}},
	}
	if len(res.Fields) > 0 {
		c.Classname = res.Fields[0]
	}
	var text strings.Builder
	res.writeText(&text)
	if !res.Verdict.Fails() {
		if res.Verdict == Accepted || len(res.Uncovered) > 0 {
			c.SystemOut = &junitOutput{xmlText(text.String())}
		}
		return c
	}
	kind := res.Verdict.String()
	if class := mainClass(res.Differences); class != "" && class != UnknownCause {
		kind += ": " + string(class)
	}
	problem := &junitProblem{xmlText(res.Verdict.String() + ": " + groupTitle(res)), kind, xmlText(text.String())}
	if res.Verdict == Errored {
		c.Error = problem
	} else {
		c.Failure = problem
	}
	c.SystemOut = &junitOutput{xmlText(res.junitOutput())}
	return c
}

// junitOutput is what is good to have beside the report of a failing case.
func (res Result) junitOutput() string {
	var b strings.Builder
	if res.File != "" {
		fprintf(&b, "case: %s\n", res.place())
	}
	fprintf(&b, "legacy %s ms, candidate %s ms\nreproduce: %s\n", milliseconds(res.Milliseconds.Legacy), milliseconds(res.Milliseconds.Candidate), res.Reproduce)
	return b.String()
}

// place is the file of the case with the line, where one is known.
func (res Result) place() string {
	if res.Line == 0 {
		return res.File
	}
	return fmt.Sprintf("%s:%d", res.File, res.Line)
}

func milliseconds(ms float64) string { return strconv.FormatFloat(ms, 'f', 1, 64) }

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }
