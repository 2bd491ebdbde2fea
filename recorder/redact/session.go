package redact

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// session is the redaction of one case. It goes through the case twice: first to
// collect what there is, then to replace it.
type session struct {
	r          *Redactor
	collecting bool

	known map[string]As // whole values that rules name, and that identify
	weak  map[string]As // those that do not; only errors repeat them
	told  map[string]As // secrets and numbers that show what they are by their name alone
	order []string      // known values, longest first
	tales []string      // told ones
	waste []string      // weak ones

	form  form // of the store that the walk is in
	tries map[As]*trie
	memo  map[memoKey]string
	taken map[memoKey]string // pseudonym -> value, for hashes

	ids          map[string]bool // numbers of keys: no cards
	replaced     map[string]string
	kept         map[string]bool
	findings     Findings
	unclassified []unclassified
	missing      map[string]bool
}

type memoKey struct {
	as   As
	text string
}

type unclassified struct{ target, place string }

func newSession(r *Redactor) *session {
	s := &session{
		r: r, known: map[string]As{}, weak: map[string]As{}, told: map[string]As{}, tries: map[As]*trie{},
		memo: map[memoKey]string{}, taken: map[memoKey]string{}, ids: map[string]bool{},
		replaced: map[string]string{}, kept: map[string]bool{}, missing: map[string]bool{},
	}
	for _, as := range r.options.Rules.ordered() {
		s.tries[as] = &trie{}
	}
	return s
}

// learn ends the collecting.
func (s *session) learn() {
	s.collecting = false
	s.findings = nil
	s.order = searchable(s.known)
	s.waste = searchable(s.weak)
	s.tales = searchable(s.told)
}

// searchable are the values that can be told from other text, longest first.
func searchable(values map[string]As) []string {
	const fewest = 3
	var out []string
	for v := range maps.Keys(values) {
		if utf8.RuneCountInString(v) >= fewest && (strings.ContainsFunc(v, unicode.IsLetter) || len(v) > 2*fewest) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return out
}

// text is what comes in place of a text.
func (s *session) text(p *place, v string) string {
	if p.fixed || v == "" {
		return v
	}
	if i := s.r.options.Identity; i != nil && p.header != "" && p.header == i.Keep {
		out := s.identity(i, v)
		if !s.collecting && out != v {
			s.findings = append(s.findings, Finding{Place: p.String(), As: i.As, steps: p.steps})
		}
		return out
	}
	rule := s.r.options.Rules.find(p)
	if rule == nil && p.strict && s.r.options.Strict {
		s.miss(p)
	}
	out, as, at := v, As(""), ""
	switch {
	case rule == nil || rule.As == Keep && !rule.Blind:
		out, as = s.free(p, v)
	case rule.As == Keep:
		s.kept[v] = true
	default:
		as, at = rule.As, rule.At
		s.collect(rule.As, v)
		out = s.whole(rule.As, v)
	}
	if !s.collecting && out != v {
		s.findings = append(s.findings, Finding{Place: p.String(), As: as, Rule: at, steps: p.steps})
	}
	return out
}

// number is what comes in place of a JSON number or integer: only rules know.
func (s *session) number(p *place, v string) string {
	rule := s.r.options.Rules.find(p)
	if p.fixed || rule == nil || !rule.As.replaces() {
		return v
	}
	s.collect(ID, v)
	out := s.digits(v)
	if !s.collecting && out != v {
		s.findings = append(s.findings, Finding{Place: p.String(), As: rule.As, Rule: rule.At, steps: p.steps})
	}
	return out
}

var decimal = regexp.MustCompile(`^(-?\d+)(\.\d+)?([eE].*)?$`)

// digits is the pseudonym of a number: of its whole part, and of its decimals.
func (s *session) digits(v string) string {
	parts := decimal.FindStringSubmatch(v)
	if parts == nil {
		return v
	}
	return s.pseudonym(ID, parts[1]) + s.r.keyed.text("decimals", parts[2]) + parts[3]
}

func (s *session) miss(p *place) {
	if target := p.target(); s.collecting && !s.missing[target] {
		s.missing[target] = true
		s.unclassified = append(s.unclassified, unclassified{target, p.String()})
	}
}

func (s *session) collect(as As, v string) {
	v = strings.TrimSpace(v)
	if !s.collecting || v == "" || !as.replaces() {
		return
	}
	if as.identifies() {
		s.known[v] = as
	} else {
		s.weak[v] = as
	}
}

// whole is the pseudonym of a value that a rule names. Addresses and tokens in it
// get their own, so that they are the same as anywhere else.
func (s *session) whole(as As, v string) string {
	if as != Phone {
		if out, is := inJSON(v, func(_, v string) string { return s.whole(as, v) }); is {
			return out
		}
	}
	if as == Email {
		if out, is := s.hiddenEmail(v); is {
			return out
		}
	}
	var edits []edit
	last := 0
	gap := func(end int) {
		if last < end {
			edits = append(edits, edit{last, end, s.gap(as, v[last:end], len(edits) > 0 || end < len(v))})
		}
	}
	for _, found := range slices.SortedFunc(slices.Values(slices.Concat(findTokens(v), findEmails(v))), func(a, b span) int { return a.start - b.start }) {
		if found.start < last || as == Email && found.as == Token {
			continue
		}
		gap(found.start)
		edits = append(edits, edit{found.start, found.end, s.replace(found.as, v[found.start:found.end], "")})
		last = found.end
	}
	gap(len(v))
	return apply(v, edits)
}

// gap is what comes in place of what stands beside an address in a value.
func (s *session) gap(as As, v string, beside bool) string {
	if beside && as == Email {
		if strings.EqualFold(strings.TrimSpace(v), "mailto:") {
			return v
		}
		as = Name
	}
	return s.pseudonym(as, v)
}

// hiddenEmail looks for an address in a percent-encoded or base64 text.
func (s *session) hiddenEmail(v string) (string, bool) {
	if strings.Contains(v, "@") {
		return v, false
	}
	again := func(plain string) string {
		if len(findEmails(plain)) == 0 {
			return plain
		}
		return s.whole(Email, plain)
	}
	if edits := append(inPercent(v, func(run string) bool { return len(findEmails(run)) > 0 }, again), inBase64(v, again)...); len(edits) == 1 {
		return apply(v, edits), true
	}
	return v, false
}

// value is the pseudonym of a value as it is where a rule names it.
func (s *session) value(as As, v string) string {
	if !as.replaces() {
		return v
	}
	if as == ID && numberShape.MatchString(v) {
		return s.digits(v)
	}
	return s.whole(as, v)
}
