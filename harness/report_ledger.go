package harness

import (
	"fmt"
	"io"
	"strings"

	"github.com/sidebyside/replay/harness/ledger"
)

// entry is a bug or accepted difference of the ledger that says something.
type entry struct {
	what, id, title, status, at, message string
	cases                                []string
	fails                                bool
}

// entries are all of the ledger, in the order of the file.
func (r *Report) entries() []entry {
	var list []entry
	for _, b := range r.Bugs {
		list = append(list, entry{"bug", b.ID, b.Title, string(b.Status), b.At, b.Message, b.Cases, b.Fails})
	}
	for _, a := range r.Accepted {
		list = append(list, entry{"accepted difference", a.ID, "", a.Status, a.At, a.Message, a.Cases, a.Fails})
	}
	return list
}

func (e entry) name() string {
	name := e.what + " " + e.id
	if e.title != "" {
		name += ": " + e.title
	}
	return name
}

// writeLedger shows the entries that fail the run, then those that are worth a
// look.
func (r *Report) writeLedger(w io.Writer) {
	for _, e := range r.entries() {
		if e.fails {
			fprintf(w, "%s  %s\n\n  %s: %s\n\n", strings.ToUpper(e.status), e.name(), e.at, e.message)
		}
	}
	if !r.conclusive() {
		return
	}
	for _, e := range r.entries() {
		if !e.fails && e.message != "" {
			fprintf(w, "%s: %s is %s: %s\n", e.at, e.what+" "+e.id, e.status, e.message)
		}
	}
}

// ledgerTotals counts the entries by status; "" without a ledger.
func (r *Report) ledgerTotals() string {
	var parts []string
	for _, s := range []ledger.Status{ledger.Ported, ledger.Fixed, ledger.NotPorted, ledger.NotFixed, ledger.NotExercised, ledger.Gone} {
		n := 0
		for _, b := range r.Bugs {
			n += index(b.Status == s)
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	text := ""
	if len(parts) > 0 {
		text = "bugs: " + strings.Join(parts, ", ") + "\n"
	}
	failing := 0
	for _, a := range r.Accepted {
		failing += index(a.Fails)
	}
	if failing > 0 {
		text += fmt.Sprintf("accepted differences: %d of %d fail the run\n", failing, len(r.Accepted))
	}
	if open := r.unjudged(); open > 0 {
		text += fmt.Sprintf("entries of the ledger that did not occur: %d; not judged, because not every case was run and proved something\n", open)
	}
	return text
}

// unjudged counts the entries that did not occur, where that proves nothing.
func (r *Report) unjudged() int {
	n := 0
	if !r.conclusive() {
		for _, e := range r.entries() {
			n += index(!e.fails && (e.status == unused || e.status == string(ledger.NotExercised) || e.status == string(ledger.Gone)))
		}
	}
	return n
}

// markdownLedger lists the entries that fail the run.
func (r *Report) markdownLedger(w io.Writer) {
	for _, e := range r.entries() {
		if e.fails {
			fprintf(w, "### %s: %s\n\n%s: %s\n\n", e.status, markdownText(e.name()), markdownText(e.at), markdownText(e.message))
		}
	}
}

// junitLedger is a suite with a test per entry.
func (r *Report) junitLedger() junitSuite {
	s := r.junitSuite("ledger")
	for _, e := range r.entries() {
		a := e.annotation()
		c := junitCase{Name: xmlText(e.id), Classname: "ledger", Time: seconds(0), File: xmlText(a.file), Line: a.line}
		if e.fails {
			c.Failure = &junitProblem{xmlText(a.title), e.status, xmlText(e.at + ": " + e.message)}
		}
		s.add(c)
	}
	return s
}
