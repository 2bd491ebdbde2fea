package redact

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// replace is the pseudonym of what a detector found, which must be nowhere else
// in the end.
func (s *session) replace(as As, v, at string) string {
	out := s.pseudonym(as, v)
	const telling = 8
	if !s.collecting && len(v) >= telling && out != v && at != "" {
		s.replaced[v] = at
	}
	return out
}

// free is a text that no rule names: detectors look at it and at what is encoded
// in it, and values known from elsewhere in the case are found again. The kind of
// what was replaced first comes with it.
func (s *session) free(p *place, v string) (string, As) {
	f := finder{s: s, at: p}
	out := f.text(p.called(), v, 0)
	return out, f.first
}

// finder looks for values in one text.
type finder struct {
	s     *session
	at    *place
	first As
	// report takes what is found, and where if it is not encoded (-1 if it is),
	// in place of a pseudonym. Nil: replace.
	report func(found span, v string, at int)
}

func (f *finder) text(name, v string, depth int) string {
	if v == "" || depth > deepest {
		return v
	}
	if as, ok := f.s.known[v]; ok && !f.s.collecting && utf8.RuneCountInString(v) > 2 {
		f.found(as)
		return f.s.whole(as, v)
	}
	deeper := func(plain string) string { return f.text("", plain, depth+1) }
	named := func(name, v string) string { return f.text(name, v, depth+1) }
	if name != "" && sensitive(name) {
		if out, is := f.secretJSON(name, v, depth); is {
			return out
		}
	} else if out, is := inJSON(v, named); is {
		return out
	}
	edits := withinText(v, named)
	for _, e := range inPercent(v, f.sees, deeper) {
		if !clash(edits, e) {
			edits = append(edits, e)
		}
	}
	for _, found := range f.s.r.detectors.find(name, v) {
		if found.as == Card && f.s.ids[v[found.start:found.end]] {
			continue
		}
		e := edit{start: found.start, end: found.end}
		if found.as == Secret || found.as == Token {
			edits = outside(edits, e)
		}
		if !clash(edits, e) {
			f.found(found.as)
			if f.report != nil {
				f.reported(found, v, depth)
			} else {
				e.text = f.s.replace(found.as, v[e.start:e.end], f.at.String())
			}
			edits = append(edits, e)
		}
	}
	edits = f.again(v, edits, f.s.order, f.s.known)
	if f.at.echoes {
		edits = f.again(v, edits, f.s.waste, f.s.weak)
		edits = f.quoted(v, edits)
	}
	for _, e := range inBase64(v, deeper) {
		if !clash(edits, e) {
			edits = append(edits, e)
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.start - b.start })
	return apply(v, edits)
}

// secretJSON takes every text of JSON that has a sensitive name for a secret. It
// reports false where there is none: then all of it is one.
func (f *finder) secretJSON(name, v string, depth int) (string, bool) {
	some := false
	out, is := inNamedJSON(name, v, func(member, v string) string {
		if member == "" {
			return v // the name of one
		}
		some = some || v != ""
		return f.text(name, v, depth+1)
	})
	return out, is && some
}

func (f *finder) reported(found span, v string, depth int) {
	at := -1
	if depth == 0 {
		at = found.start
	}
	f.report(found, v[found.start:found.end], at)
}

// sees reports whether a text holds something without being decoded.
func (f *finder) sees(v string) bool { return len(f.s.r.detectors.find("", v)) > 0 }

func (f *finder) found(as As) {
	if f.first == "" {
		f.first = as
	}
}

// outside are the edits that do not lie within e: a secret is replaced whole,
// whatever was found in it.
func outside(edits []edit, e edit) []edit {
	return slices.DeleteFunc(edits, func(other edit) bool { return e.start <= other.start && other.end <= e.end })
}

func clash(edits []edit, e edit) bool {
	return slices.ContainsFunc(edits, func(other edit) bool { return e.start < other.end && other.start < e.end })
}

// again finds known values as whole words.
func (f *finder) again(v string, edits []edit, values []string, kinds map[string]As) []edit {
	for _, known := range values {
		for from := 0; ; {
			i := strings.Index(v[from:], known)
			if i < 0 {
				break
			}
			e := edit{start: from + i, end: from + i + len(known)}
			from = e.end
			if bounded(v, e.start, e.end) && !clash(edits, e) {
				f.found(kinds[known])
				e.text = f.s.whole(kinds[known], known)
				edits = append(edits, e)
			}
		}
	}
	return edits
}

// bounded reports whether a part is not the middle of a word.
func bounded(v string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(v[:start])
	after, _ := utf8.DecodeRuneInString(v[end:])
	return (start == 0 || !wordly(before)) && (end == len(v) || !wordly(after))
}

func wordly(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

var inQuotes = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'`)

// quoted finds values that are quoted in a message, however short.
func (f *finder) quoted(v string, edits []edit) []edit {
	for _, at := range inQuotes.FindAllStringIndex(v, -1) {
		e := edit{start: at[0] + 1, end: at[1] - 1}
		plain := v[e.start:e.end]
		if v[at[0]] == '"' {
			if err := json.Unmarshal([]byte(v[at[0]:at[1]]), &plain); err != nil {
				continue
			}
		}
		as, ok := f.s.known[plain]
		if !ok {
			as, ok = f.s.weak[plain]
		}
		if ok && !clash(edits, e) {
			f.found(as)
			e.text = strings.Trim(quoted(f.s.value(as, plain)), `"`)
			edits = append(edits, e)
		}
	}
	return edits
}
