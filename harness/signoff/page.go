package signoff

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sidebyside/replay/harness"
)

// WritePage writes for people what a statement says, as Markdown: what was shown,
// what was not, and who answers for what. signedBy is the id of the key that
// signed it, "" for none.
func (o *Outcome) WritePage(w io.Writer, signedBy string) error {
	p := page{bufio.NewWriter(w)}
	s := o.Statement
	shown := &s.Predicate.Shown
	p.line("# Sign-off: %s\n", md(shown.Field))
	p.line("**Passed** on %s: %s replayed %s in shuffled order against legacy and candidate.",
		shown.Finished.Format("2 January 2006, 15:04 MST"), plural(shown.Cases, "case", "cases"), plural(shown.Runs, "time", "times"))
	if shown.Expires != nil {
		p.line("Valid until %s.", shown.Expires.Format("2 January 2006, 15:04 MST"))
	} else {
		p.line("Valid without end.")
	}
	if signedBy != "" {
		p.line("Signed by key `%s`.\n", signedBy)
	} else {
		p.line("\n> **Not signed.** Whoever can write the file can write anything into it; sign with `--key`.\n")
	}
	p.shown(s)
	p.notShown(shown, o.Next)
	p.ledger(shown)
	p.standsOn(s)
	return p.w.Flush()
}

// page writes Markdown; the error of the first write that goes wrong comes from
// Flush.
type page struct{ w *bufio.Writer }

func (p page) line(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format+"\n", args...) }

// md keeps text from being taken for Markdown or HTML, on one line.
func md(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "|", `\|`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "#", `\#`).Replace(text)
}

func (p page) shown(s *Statement) {
	shown := &s.Predicate.Shown
	p.line("## What was shown\n")
	p.line("| | shown | asked for |\n|---|---|---|")
	p.line("| cases | %d | %d |", shown.Cases, shown.Policy.Cases)
	p.line("| runs of each, all with one verdict | %d | %d |", shown.Runs, shown.Policy.Runs)
	if shown.Coverage != nil {
		p.line("| input shapes exercised | %s | %s |", shown.Coverage, percent(shown.Policy.Coverage))
	} else {
		p.line("| input shapes exercised | not counted for this field | |")
	}
	p.line("| injected faults that the comparison finds | %s | %s |", shown.SelfTest, percent(shown.Policy.SelfTest))
	p.line("| newest case | %s | not older than %s |", shown.Newest.Format(time.DateOnly), shown.Policy.Age)
	p.line("| differences that nobody explains | 0 | 0 |\n")
	p.line("In every run, response, stored data and calls of both implementations agreed in these cases:\n")
	for _, name := range s.Predicate.PassedTests {
		p.line("- %s", md(name))
	}
	if len(s.Predicate.WarnedTests) > 0 {
		p.line("\nand in these they differed only as the ledger accepts:\n")
		for _, name := range s.Predicate.WarnedTests {
			p.line("- %s", md(name))
		}
	}
	p.line("")
}

func (p page) notShown(shown *Shown, next []string) {
	p.line("## What was not shown\n")
	if c := shown.Coverage; c != nil && c.Count < c.Of {
		p.line("- %d of %d input shapes that the schema allows are in no case (`replay coverage`).", c.Of-c.Count, c.Of)
		for _, say := range next {
			p.line("  - %s", md(say))
		}
	}
	if shown.Uncovered > 0 {
		p.line("- %s outside of what was recorded: an agreement there may be luck.", plural(shown.Uncovered, "read lies", "reads lie"))
	}
	if missed := shown.SelfTest.Of - shown.SelfTest.Count; missed > 0 {
		p.line("- %s not noticed in these cases (`replay selftest`).", plural(missed, "injected fault is", "injected faults are"))
	}
	for _, h := range shown.Hidden {
		p.line("- %s (%s) hid %s.", md(h.Rule), h.Use, plural(h.Count, "place", "places"))
	}
	p.line("- Load, latency, concurrent requests, and what the machine brings: environment variables, libraries outside of the files below.")
	p.line("")
}

func (p page) ledger(shown *Shown) {
	p.line("## Bugs of legacy\n")
	if len(shown.Bugs) == 0 {
		p.line("These cases exercise none that is known.\n")
	} else {
		p.line("| bug | | status | cases |\n|---|---|---|--:|")
		for _, b := range shown.Bugs {
			p.line("| %s | %s | %s | %d |", md(b.ID), md(b.Title), md(b.Status), len(b.Cases))
		}
		p.line("")
	}
	p.line("## Accepted differences\n")
	if len(shown.Accepted) == 0 {
		p.line("None.\n")
		return
	}
	p.line("| entry | accepted by | because | ticket | until | cases |\n|---|---|---|---|---|--:|")
	for _, a := range shown.Accepted {
		p.line("| %s | %s | %s | %s | %s | %d |", md(a.ID), md(a.Owner), md(a.Reason), md(a.Ticket), a.Expires, len(a.Cases))
	}
	p.line("")
}

func (p page) standsOn(s *Statement) {
	p.line("## What it stands on\n")
	p.line("It holds as long as none of these changes.\n")
	p.line("| | SHA-256 | of |\n|---|---|---|")
	for _, sub := range s.Subject {
		p.line("| %s | `%s` | %s |", md(sub.Name), sub.Digest.Hex, md(sub.Annotations["of"]))
	}
	shown := &s.Predicate.Shown
	p.line("\nMade by %s; the orders were drawn from seed %d.", md(shown.Tool), shown.Seed)
}

// Summary is one line on what was shown.
func (s *Shown) Summary() string {
	text := fmt.Sprintf("%s, %s, self-test %s", plural(s.Cases, "case", "cases"), plural(s.Runs, "run", "runs"), s.SelfTest)
	if s.Coverage != nil {
		text += ", coverage " + s.Coverage.String()
	}
	return text
}

// Command is how to sign off a field.
func Command(c *harness.Config, coordinate, file string) string {
	return fmt.Sprintf("replay signoff -c %s %s --out %s", c.File, coordinate, file)
}
