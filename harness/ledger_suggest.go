package harness

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/harness/ledger"
)

// proposal is a group of like differences that the ledger does not know.
type proposal struct {
	match     string // as in the file
	kind      Kind
	values    []Difference // distinct ones, by their texts
	cases     []string
	differing int
}

// WriteSuggestions writes the divergent cases' differences that no entry knows
// as entries of a ledger (docs/ledger.md), like ones together. What only a
// person can say is marked TODO, and the ledger does not load before it is said.
// Expires is the day that entries are suggested to hold until.
func (r *Report) WriteSuggestions(w io.Writer, l *ledger.Ledger, expires time.Time) error {
	list := r.proposals()
	b := bufio.NewWriter(w)
	switch {
	case len(list) == 0:
		fprintf(b, "# no difference that the ledger could accept\n")
		return b.Flush()
	case l == nil:
		fprintf(b, "# save as ledger.yaml, and add \"ledger: ledger.yaml\" to %s\nversion: 1\naccepted:\n", r.Config)
	default:
		fprintf(b, "# add to %s\naccepted:\n", l.File)
	}
	taken := map[string]bool{}
	for _, e := range r.entries() {
		taken[e.id] = true
	}
	for _, s := range list {
		s.write(b, freeID(s.id(), taken), expires)
	}
	return b.Flush()
}

// proposals groups by place, kind and class, the largest group first.
func (r *Report) proposals() []*proposal {
	groups := map[string]*proposal{}
	var list []*proposal
	for _, res := range r.Results {
		if res.Verdict != Divergent {
			continue
		}
		for _, d := range res.Differences {
			if d.Ledger != "" {
				continue
			}
			match := d.suggestedMatch()
			key := match + "\x00" + string(d.Kind)
			if groups[key] == nil {
				groups[key] = &proposal{match: match, kind: d.Kind}
				list = append(list, groups[key])
			}
			groups[key].add(res.Case, d)
		}
	}
	slices.SortStableFunc(list, func(a, b *proposal) int { return cmp.Compare(b.differing, a.differing) })
	return list
}

func (s *proposal) add(name string, d Difference) {
	s.differing++
	if n := len(s.cases); n == 0 || s.cases[n-1] != name {
		s.cases = append(s.cases, name)
	}
	if !slices.ContainsFunc(s.values, func(o Difference) bool { return o.Legacy == d.Legacy && o.Candidate == d.Candidate }) {
		s.values = append(s.values, d)
	}
}

// suggestedMatch is the narrowest match that like differences share: their
// coordinate or property with their class, else their path with indices open.
func (d *Difference) suggestedMatch() string {
	place := ""
	switch {
	case d.Channel == ResponseChannel && d.Coordinate != "":
		place = "coordinate: " + ledgerText(d.Coordinate)
	case d.Channel == EffectsChannel && d.Coordinate != "":
		place = "property: " + ledgerText(d.Coordinate)
	default:
		place = "path: " + ledgerText(string(d.Channel)+":"+listIndex.ReplaceAllString(d.Path, "[*]"))
	}
	if d.Class != "" && d.Class != UnknownCause {
		place += ", class: " + string(d.Class)
	}
	return "{" + place + "}"
}

func (s *proposal) write(w io.Writer, id string, expires time.Time) {
	fprintf(w, "  # %s in %s: %s\n", count(s.differing, "difference"), count(len(s.cases), "case"), someOf(s.cases))
	fprintf(w, "  - id: %s\n    match: %s\n    kind: %s\n", id, s.match, s.kind)
	switch v := s.values[0]; {
	case len(s.values) > 1:
		fprintf(w, "    # %d different values, such as legacy %s, candidate %s\n", len(s.values), oneLine(v.Legacy), oneLine(v.Candidate))
	case strings.Contains(v.Legacy+v.Candidate, "…"):
		fprintf(w, "    # values are long: legacy %s, candidate %s\n", oneLine(v.Legacy), oneLine(v.Candidate))
	default:
		fprintf(w, "    values: {legacy: %s, candidate: %s}\n", ledgerValue(v.Legacy), ledgerValue(v.Candidate))
	}
	fprintf(w, "    reason: \"TODO: why may this differ?\"\n    owner: \"TODO: who answers for it?\"\n    expires: %s\n", expires.Format(time.DateOnly))
}

var notInIDs = regexp.MustCompile(`[^a-z0-9]+`)

// id names a group by its place and class.
func (s *proposal) id() string {
	d := s.values[0]
	where := d.Coordinate
	if where == "" {
		where = listIndex.ReplaceAllString(d.Path, "")
	}
	words := []string{string(d.Channel), where, string(d.Kind)}
	if d.Class != "" && d.Class != UnknownCause {
		words[2] = string(d.Class)
	}
	return strings.Trim(notInIDs.ReplaceAllString(strings.ToLower(strings.Join(words, "-")), "-"), "-")
}

func freeID(id string, taken map[string]bool) string {
	free := id
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", id, n)
	}
	taken[free] = true
	return free
}

// plainLedgerText is text that YAML reads as a string without quotation marks.
var plainLedgerText = regexp.MustCompile(`^[A-Za-z_*][A-Za-z0-9_.]*$`)

var ledgerWords = regexp.MustCompile(`^(?i:null|true|false|yes|no|on|off|y|n)$`)

func ledgerText(s string) string {
	if plainLedgerText.MatchString(s) && !strings.HasPrefix(s, "*") && !ledgerWords.MatchString(s) {
		return s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return fmt.Sprintf("%q", s) // a string always encodes
	}
	return strings.TrimSpace(b.String())
}

var ledgerNumber = regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?$`)

// ledgerValue is a text of a difference as a value of an entry.
func ledgerValue(text string) string {
	if text == "null" || text == "true" || text == "false" || ledgerNumber.MatchString(text) {
		return text
	}
	return ledgerText(text)
}

// oneLine is a text for a comment.
func oneLine(s string) string {
	const most = 60
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}
