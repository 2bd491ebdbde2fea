package harness

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// maxAnnotations is how many errors GitHub shows of one step.
	maxAnnotations = 10
	// maxAnnotation is how many bytes of one are worth reading at a line of code.
	maxAnnotation = 2000
)

// annotation is a message at a line of a file.
type annotation struct {
	file, title, text string
	line              int
}

// WriteAnnotations writes what fails the run as workflow commands of GitHub
// Actions, each at its line of the corpus or ledger: one of each group first, ten
// at most, as GitHub shows no more. Names of files are made relative to root, the
// checkout.
//
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func (r *Report) WriteAnnotations(w io.Writer, root string) error {
	b := bufio.NewWriter(w)
	if r.Incomplete != "" {
		annotation{title: "replay: the run is incomplete", text: r.Incomplete}.write(b, root)
	}
	list := r.annotations()
	for i, a := range list {
		if i == maxAnnotations-1 && len(list) > maxAnnotations {
			annotation{title: "replay", text: fmt.Sprintf("%d more places fail the run; the reports have them all", len(list)-i)}.write(b, root)
			break
		}
		a.write(b, root)
	}
	return b.Flush()
}

// annotations are those of the first case of each group, then of entries of the
// ledger, then of further cases.
func (r *Report) annotations() []annotation {
	var first, rest []annotation
	for _, g := range r.groups() {
		for i, res := range g.results {
			a := res.annotation()
			if i == 0 {
				first = append(first, a)
			} else {
				rest = append(rest, a)
			}
		}
	}
	for _, e := range r.entries() {
		if e.fails {
			first = append(first, e.annotation())
		}
	}
	return append(first, rest...)
}

func (res Result) annotation() annotation {
	var text strings.Builder
	res.writeText(&text)
	return annotation{file: res.File, line: max(1, res.Line), title: res.Verdict.String() + ": " + groupTitle(res), text: text.String()}
}

func (e entry) annotation() annotation {
	a := annotation{title: e.status + ": " + e.name(), text: e.message, line: 1}
	file, line, _ := strings.Cut(e.at, ":")
	a.file = file
	if n, err := strconv.Atoi(line); err == nil {
		a.line = n
	}
	return a
}

func (a annotation) write(w io.Writer, root string) {
	place := ""
	if a.file != "" {
		place = fmt.Sprintf("file=%s,line=%d,", annotationProperty(belowRoot(root, a.file)), a.line)
	}
	text := strings.TrimSpace(a.text)
	if len(text) > maxAnnotation {
		text = strings.ToValidUTF8(text[:maxAnnotation], "") + " …"
	}
	fprintf(w, "::error %stitle=%s::%s\n", place, annotationProperty(a.title), annotationText(text))
}

// belowRoot names a file relative to root, as it is where that is not possible.
func belowRoot(root, file string) string {
	abs, err := filepath.Abs(file)
	if err != nil || root == "" {
		return filepath.ToSlash(file)
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(file)
	}
	return filepath.ToSlash(rel)
}

// annotationText escapes the text of a workflow command, annotationProperty that of its
// properties, as actions/toolkit does (packages/core/src/command.ts).
func annotationText(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func annotationProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
