package harness

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// sampleReport has every verdict, and a group larger than what is shown of one.
func sampleReport(err error) *Report {
	title := Difference{
		Channel: ResponseChannel, Path: "data.renameAssignment.title", Coordinate: "Assignment.title",
		Kind: DifferentValue, Legacy: `"Fract…"`, Candidate: `"Fractions"`, Class: TextLength,
	}
	results := []Result{
		sampleResult("class/class-1", Equivalent),
		sampleResult("submitWork/late-2", Errored),
		sampleResult("submitWork/twice-3", Unstable, Difference{
			Channel: EffectsChannel, Store: "datastore", Path: "Submission/7.order", Coordinate: "Submission.order",
			Kind: DifferentOrder, Legacy: "[a, b]", Candidate: "[b, a]", Between: []string{"candidate", "candidate again"},
		}),
		sampleResult("gradeSubmission/half-4", Unfaithful, Difference{
			Channel: EffectsChannel, Store: "datastore", Path: "Submission/7", Coordinate: "Submission",
			Kind: Missing, Legacy: "update {score}", Candidate: "", Between: []string{"recorded", "legacy"},
		}),
	}
	for i := range 5 {
		results = append(results, sampleResult(fmt.Sprintf("renameAssignment/long-%d", i), Divergent, title))
	}
	results[1].Message = "candidate: the process exited (exit status 2)\nlast lines of its log:\n    panic: | out of <chalk>"
	results[3].Message = "legacy does not do what was recorded"
	results[4].Uncovered = []Uncovered{{"datastore", "User/ann", "candidate"}}
	r := &runner{
		config:  &Config{File: "replay.yaml", Rules: &normalizers.Rules{}},
		corpus:  &corpus.Corpus{SHA256: "abc"},
		results: results,
		cases:   make([]*corpus.Case, len(results)),
	}
	rep := r.report(time.Now(), err)
	rep.Seconds, rep.Started, rep.replaying = 1.5, time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC), time.Second
	return rep
}

func sampleResult(name string, v Verdict, differences ...Difference) Result {
	field := name[:bytes.IndexByte([]byte(name), '/')]
	return Result{
		Case: name, Verdict: v, Fields: []string{"Mutation." + field}, Differences: nonNil(differences),
		Uncovered: []Uncovered{}, Milliseconds: Milliseconds{2, 1, 3.5},
		Reproduce: "replay run -c replay.yaml --case " + name,
	}
}

func TestReportFormats(t *testing.T) {
	whole := sampleReport(nil)
	cut := sampleReport(errors.New("start candidate: not ready | within 30s"))
	tests := []struct {
		file   string
		report *Report
		write  func(*Report, io.Writer) error
	}{
		{"report.txt", whole, (*Report).WriteText},
		{"report.md", whole, (*Report).WriteMarkdown},
		{"report.json", whole, (*Report).WriteJSON},
		{"junit.xml", whole, (*Report).WriteJUnit},
		{"incomplete.txt", cut, (*Report).WriteText},
		{"incomplete.md", cut, (*Report).WriteMarkdown},
		{"incomplete.xml", cut, (*Report).WriteJUnit},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			var b bytes.Buffer
			if err := tt.write(tt.report, &b); err != nil {
				t.Fatal(err)
			}
			golden(t, "testdata/report/"+tt.file, b.String())
		})
	}
}

// What a log or a response holds must not break the XML.
func TestJUnitIsXML(t *testing.T) {
	rep := sampleReport(nil)
	rep.Results[0].Message = "\x00 \x1b[31m ]]> \ufffe"
	rep.Results[0].Verdict = Errored
	var b bytes.Buffer
	if err := rep.WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	dec := xml.NewDecoder(&b)
	for {
		if _, err := dec.Token(); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Errorf("the report is no XML: %v", err)
			}
			return
		}
	}
}
