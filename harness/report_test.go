package harness

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
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
	line := 0
	if v.Fails() {
		line = 31
	}
	return Result{
		Case: name, File: "corpus/" + name + ".yaml", Line: line, Verdict: v, Fields: []string{"Mutation." + field}, Differences: nonNil(differences),
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
		{"annotations.txt", whole, annotated},
		{"incomplete-annotations.txt", cut, annotated},
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

func annotated(r *Report, w io.Writer) error { return r.WriteAnnotations(w, "") }

// GitHub drops a step summary of more than 1 MiB: what does not fit is left out
// and counted, and code blocks stay closed.
func TestMarkdownKeepsWithin(t *testing.T) {
	rep := sampleReport(nil)
	for i := range rep.Results {
		rep.Results[i].Message = strings.Repeat(fmt.Sprintf("line %d\n", i), 2000)
	}
	whole := formatted(t, rep, (*Report).WriteMarkdown)
	for _, room := range []int{1000, 3000, 20_000, 40_000, len(whole) - 1, len(whole) + 300} {
		var b strings.Builder
		if err := rep.WriteMarkdownWithin(&b, room); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if len(got) > room {
			t.Errorf("%d bytes, want at most %d", len(got), room)
		}
		if strings.Count(got, "```")%2 != 0 {
			t.Errorf("a code block stays open within %d bytes", room)
		}
		if cut := strings.Contains(got, "left out"); cut != (room < len(whole)) {
			t.Errorf("within %d of %d bytes: says that parts are left out: %v", room, len(whole), cut)
		}
	}
}

// A workflow command is one line whatever a message holds, and its properties end
// where they should.
func TestAnnotationsEscape(t *testing.T) {
	var b strings.Builder
	annotation{file: "a,b:c%.yaml", line: 3, title: "x::y,\nz", text: "50%\r\n::error::forged"}.write(&b, "")
	const want = "::error file=a%2Cb%3Ac%25.yaml,line=3,title=x%3A%3Ay%2C%0Az::50%25%0D%0A::error::forged\n"
	if b.String() != want {
		t.Errorf("got  %q\nwant %q", b.String(), want)
	}
}

// Annotations name files as GitHub knows them: below the checkout.
func TestAnnotationsAreBelowTheCheckout(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ reason, root, want string }{
		{"the checkout is above", filepath.Dir(here), filepath.Base(here) + "/corpus/x.yaml"},
		{"no checkout is named", "", "corpus/x.yaml"},
		{"the file is not in it", filepath.Join(here, "elsewhere"), "corpus/x.yaml"},
	} {
		if got := belowRoot(tt.root, "corpus/x.yaml"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
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
