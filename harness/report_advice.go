package harness

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/normalizers"
)

// suggestedFor is how long a suggested entry of the ledger holds.
const suggestedFor = 90 * 24 * time.Hour

// writeAdvice says what to do about a group.
func (g group) writeAdvice(w io.Writer, r *Report) {
	switch {
	case g.class == "":
		return
	case g.verdict == Unfaithful:
		fprintf(w, "  what to do\n    record the cases again if legacy was changed on purpose; else what the fixture lacks, or the clock, is to blame\n\n")
		return
	case g.verdict == Unstable:
		fprintf(w, "  what to do\n    %s\n\n", g.unstableAdvice(r.Config))
		return
	case g.verdict != Divergent:
		return
	}
	fprintf(w, "  what to do\n    fix the candidate: %s\n", causeOf(g.class).fix)
	d := g.example()
	if d.Ledger != "" {
		fprintf(w, "    or say in the ledger that %s is expected to be gone\n\n", d.Ledger)
		return
	}
	if rule, ok := d.rule(); ok {
		fprintf(w, "    or a rule in %s, if both are right:\n      %s\n", r.Config, rule.yaml())
	}
	fprintf(w, "    or an entry of the ledger, if it is known and may stay for now:\n      %s\n\n", d.entry(r.Started.Add(suggestedFor)))
}

func (g group) unstableAdvice(config string) string {
	for _, res := range g.results {
		for _, d := range res.Differences {
			if len(d.Between) == 2 && d.Between[0] == "candidate" {
				return "make the candidate do the same twice: " + causeOf(g.class).fix
			}
		}
	}
	return "replay noise -c " + config + " names what of legacy varies, and the rules that settle it"
}

// example is the first difference of the class, if possible one that the ledger
// says nothing about.
func (g group) example() Difference {
	for _, fits := range []func(Difference) bool{
		func(d Difference) bool { return d.Class == g.class && d.Ledger == "" },
		func(d Difference) bool { return d.Class == g.class },
	} {
		for _, res := range g.results {
			if i := slices.IndexFunc(res.Differences, fits); i >= 0 {
				return res.Differences[i]
			}
		}
	}
	return g.results[0].Differences[0]
}

// rule is the least permissive rule that explains the difference; ok is false
// where none but ignore would.
func (d Difference) rule() (r remedy, ok bool) {
	r = remedy{spot: spotOf(d), reason: "TODO: why are both right?"}
	switch d.Class {
	case TimeFormat:
		r.use = timeUse(d.Legacy, d.Candidate)
	case LetterCase:
		r.use = "case"
	case WhiteSpace:
		if x, y := plain(d.Legacy), plain(d.Candidate); strings.TrimSpace(x) == strings.TrimSpace(y) {
			r.use = "trim"
		}
	case NullOrAbsent:
		if d.Legacy == absent || d.Candidate == absent {
			r.use = "null-is-absent"
		}
	case ListOrder:
		r.use = "unordered"
	case Rounding:
		r.use, r.params = "tolerance", ", absolute: "+distance(d.Legacy, d.Candidate)
	case MessageText:
		r.use, r.params = "message", fmt.Sprintf(", same: [[%s, %s]]", strconv.Quote(plain(d.Legacy)), strconv.Quote(plain(d.Candidate)))
		if strings.Contains(d.Legacy+d.Candidate, "…") {
			return r, false // cut texts would not match
		}
	case WrongID:
		if d.Message == "" || strings.Contains(d.Message, "generated rule") {
			r.use = "generated"
		}
	default:
	}
	return r, r.use != ""
}

// timeUse is the rule under which two spellings of times are one, "" if none.
func timeUse(a, b string) string {
	a, b = plain(a), plain(b)
	x, okX := normalizers.ParseInstant(a)
	y, okY := normalizers.ParseInstant(b)
	switch {
	case okX && okY && x.Equal(y):
		return "instant"
	case okX && okY && a[:len(time.DateOnly)] == b[:len(time.DateOnly)]:
		return "date"
	}
	return ""
}

// plain is the content of a text that may be in quotes.
func plain(s string) string {
	if content, err := strconv.Unquote(s); err == nil {
		return content
	}
	return s
}

// distance is how far two numbers lie apart, rounded up to one digit.
func distance(a, b string) string {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	apart := math.Abs(x - y)
	if apart == 0 {
		return "0"
	}
	unit := math.Pow10(int(math.Floor(math.Log10(apart))))
	return strconv.FormatFloat(math.Ceil(apart/unit-1e-6)*unit, 'g', 3, 64)
}

// entry is the difference as an accepted one of the ledger, in one line.
func (d Difference) entry(expires time.Time) string {
	p := proposal{match: d.suggestedMatch(), kind: d.Kind, values: []Difference{d}}
	return fmt.Sprintf(`- {id: %s, match: %s, kind: %s, reason: "TODO: why may this differ?", owner: "TODO: who answers for it?", expires: %s}`,
		p.id(), p.match, p.kind, expires.Format(time.DateOnly))
}
