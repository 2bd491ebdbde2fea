package redact

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// replace is the pseudonym of what a detector found, which must be nowhere else
// in the end.
func (s *session) replace(as As, v, at string) string {
	if rule := cmp.Or(s.known[v], s.weak[v]); rule != "" && !s.collecting && (as == Secret || as == Token) && len(findTokens(v)) == 0 {
		return s.value(rule, v) // as it is where a rule names it; tokens have their own
	}
	s.note(as, v)
	out := s.pseudonym(as, v)
	const telling = 8
	if !s.collecting && len(v) >= telling && out != v && at != "" {
		s.replaced[v] = at
	}
	return out
}

// note remembers what only its name told: it is replaced wherever it stands.
func (s *session) note(as As, v string) {
	const fewest = 9 // digits of a phone number
	if s.collecting && ((as == Secret || as == Token) && random(v) || as == Phone && len(v) >= fewest) {
		s.told[v] = as
	}
}

// free is a text that no rule names: detectors look at it and at what is encoded
// in it, and values known from elsewhere in the case are found again. The kind of
// what was replaced first comes with it.
func (s *session) free(p *place, v string) (string, As) {
	f := finder{s: s, at: p}
	out := f.text(p.tells(v), v, 0)
	return out, f.first
}

// binary is free for bytes that are no text.
func (s *session) binary(p *place, v string) string {
	f := finder{s: s, at: p}
	out, _ := inBinary(v, func(plain string) string { return f.text("", plain, 1) })
	if !s.collecting && out != v {
		s.findings = append(s.findings, Finding{Place: p.String(), As: f.first, steps: p.steps})
	}
	return out
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
	if as, ok := f.s.told[v]; ok && !f.s.collecting {
		f.found(as)
		return f.s.replace(as, v, f.at.String())
	}
	deeper := func(plain string) string { return f.text("", plain, depth+1) }
	within := func(name, v string) string { return f.text(name, v, depth+1) }
	if sensitive(name) {
		if out, is := f.secretJSON(name, v, depth); is {
			return out
		}
	} else if out, is := inJSON(v, within); is {
		return out
	}
	if !readable(v) && !sensitive(name) {
		if out, some, is := inMessage([]byte(v), deeper, 0); is && some && string(out) != v {
			return string(out)
		}
	}
	edits := withinText(v, within)
	found := slices.DeleteFunc(f.find(name, v), func(s span) bool { return s.as == Card && f.s.ids[v[s.start:s.end]] })
	// What stands in a URL as a credential is one as a whole, whatever its parts
	// would decode to.
	first := spansWhere(found, func(s span) bool { return s.encoded })
	edits = f.edited(v, outside(edits, first), first, depth)
	edits = join(edits, percentBeside(v, edits, f.sees, deeper))
	whole := spansWhere(found, func(s span) bool { return !s.encoded && (s.as == Secret || s.as == Token) })
	edits = f.edited(v, outside(edits, whole), found, depth)
	edits = f.again(v, edits, f.s.order, f.s.known, f.s.whole)
	if len(f.s.tales) > 0 {
		edits = f.again(v, edits, f.s.tales, f.s.told, func(as As, v string) string { return f.s.replace(as, v, f.at.String()) })
	}
	if f.at.echoes {
		edits = f.again(v, edits, f.s.waste, f.s.weak, f.s.whole)
		edits = f.quoted(v, edits)
	}
	edits = join(edits, beside(edits, inBase64(v, deeper)))
	edits = join(edits, beside(edits, inHex(v, deeper)))
	edits = join(edits, beside(edits, inEscapes(v, deeper)))
	return apply(v, edits)
}

// edited adds to edits the replacement of what was found and is not edited yet.
func (f *finder) edited(v string, edits []edit, found []span, depth int) []edit {
	var more []edit
	for _, s := range beside(edits, found) {
		f.found(s.as)
		e := edit{start: s.start, end: s.end}
		if f.report != nil {
			f.reported(s, v, depth)
		} else {
			e.text = f.replaced(s, v[s.start:s.end])
		}
		more = append(more, e)
	}
	return join(edits, more)
}

// replaced is what comes in place of what a detector found.
func (f *finder) replaced(found span, v string) string {
	if plain, err := url.PathUnescape(v); found.encoded && err == nil && plain != v {
		return strings.ReplaceAll(url.QueryEscape(f.s.replace(found.as, plain, f.at.String())), "+", "%20")
	}
	if narrow, _, is := narrowed(v); is && found.as != Name {
		return widened(v, f.s.replace(found.as, narrow, f.at.String()))
	}
	return f.s.replace(found.as, v, f.at.String())
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
	v, _, _ = narrowed(v[found.start:found.end])
	if plain, err := url.PathUnescape(v); found.encoded && err == nil {
		v = plain // as it was when it got its pseudonym
	}
	f.report(found, v, at)
}

// sees reports whether a text holds something without being decoded.
func (f *finder) sees(v string) bool { return len(f.find("", v)) > 0 }

func (f *finder) found(as As) {
	if f.first == "" {
		f.first = as
	}
}

// again finds known values as whole words.
func (f *finder) again(v string, edits []edit, values []string, kinds map[string]As, replace func(As, string) string) []edit {
	for _, known := range values {
		var more []edit
		for from := 0; ; {
			i := strings.Index(v[from:], known)
			if i < 0 {
				break
			}
			e := edit{start: from + i, end: from + i + len(known)}
			from = e.end
			if bounded(v, e.start, e.end) {
				e.text = replace(kinds[known], known)
				more = append(more, e)
			}
		}
		if more = beside(edits, more); len(more) > 0 {
			f.found(kinds[known])
			edits = join(edits, more)
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
	var more []edit
	kinds := map[int]As{} // by where they start
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
		if ok {
			kinds[e.start] = as
			e.text = strings.Trim(quoted(f.s.value(as, plain)), `"`)
			more = append(more, e)
		}
	}
	if more = beside(edits, more); len(more) > 0 {
		f.found(kinds[more[0].start])
	}
	return join(edits, more)
}
