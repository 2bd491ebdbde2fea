package upstream

import (
	"encoding/json"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// renaming maps values that were generated while recording to those that an
// implementation uses in their place now, one to one.
type renaming struct {
	generated []string        // as text, the longest first
	given     map[string]bool // what is never generated
	to, from  map[string]string
}

func newRenaming(generated []string, given map[string]bool) renaming {
	return renaming{generated: generated, given: given, to: map[string]string{}, from: map[string]string{}}
}

// clone is for a match that may turn out to be none.
func (r renaming) clone() renaming {
	return renaming{r.generated, r.given, maps.Clone(r.to), maps.Clone(r.from)}
}

// strict is a renaming of nothing.
func strict() renaming { return newRenaming(nil, nil) }

func (r renaming) bind(recorded, now string) bool {
	to, bound := r.to[recorded]
	from, taken := r.from[now]
	if bound || taken {
		return bound && to == now && taken && from == recorded
	}
	if r.given[now] {
		return false // a wrong id must not pass for a new one
	}
	r.to[recorded], r.from[now] = now, recorded
	return true
}

// equal reports whether two trees of JSON are the same value, up to the renaming,
// which it extends.
func (r renaming) equal(recorded, now any) bool {
	switch a := recorded.(type) {
	case json.Number:
		b, ok := now.(json.Number)
		return ok && (r.word(string(a), string(b)) || sameNumber(string(a), string(b)))
	case string:
		b, ok := now.(string)
		return ok && r.text(a, b)
	case []any:
		b, ok := now.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !r.equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case corpus.Object:
		b, ok := now.(corpus.Object)
		if !ok || len(a) != len(b) {
			return false
		}
		for _, m := range a {
			v, ok := b.Get(m.Name)
			if !ok || !r.equal(m.Value, v) {
				return false
			}
		}
		return true
	}
	return recorded == now
}

// word matches a generated value as a whole.
func (r renaming) word(recorded, now string) bool {
	return slices.Contains(r.generated, recorded) && r.bind(recorded, now)
}

// minPart is how long a generated value must be to be looked for within a text.
const minPart = 6

// text matches a string, in which generated values may occur.
func (r renaming) text(recorded, now string) bool {
	if r.word(recorded, now) {
		return true
	}
	var pattern strings.Builder
	var names []string
	rest := recorded
	for rest != "" {
		at, g := r.next(rest)
		if at < 0 {
			break
		}
		pattern.WriteString(regexp.QuoteMeta(rest[:at]) + "([0-9A-Za-z_-]+)")
		names = append(names, g)
		rest = rest[at+len(g):]
	}
	if names == nil {
		return recorded == now
	}
	m := regexp.MustCompile("(?s)^" + pattern.String() + regexp.QuoteMeta(rest) + "$").FindStringSubmatch(now)
	if m == nil {
		return false
	}
	for i, name := range names {
		if !r.bind(name, m[i+1]) {
			return false
		}
	}
	return true
}

// next is where the first generated value occurs in a text; -1 for nowhere.
func (r renaming) next(s string) (at int, generated string) {
	at = -1
	for _, g := range r.generated {
		if i := strings.Index(s, g); len(g) >= minPart && i >= 0 && (at < 0 || i < at) {
			at, generated = i, g
		}
	}
	return at, generated
}

// apply puts the values of now in the place of those recorded.
func (r renaming) apply(v any) any {
	switch v := v.(type) {
	case json.Number:
		if to, ok := r.to[string(v)]; ok && json.Valid([]byte(to)) {
			return json.Number(to)
		}
	case string:
		return r.applyText(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = r.apply(item)
		}
		return out
	case corpus.Object:
		out := make(corpus.Object, len(v))
		for i, m := range v {
			out[i] = corpus.Member{Name: m.Name, Value: r.apply(m.Value)}
		}
		return out
	}
	return v
}

func (r renaming) applyText(s string) string {
	if to, ok := r.to[s]; ok {
		return to
	}
	var out strings.Builder
	for {
		at, g := r.next(s)
		if at < 0 {
			break
		}
		out.WriteString(s[:at])
		if to, ok := r.to[g]; ok {
			out.WriteString(to)
		} else {
			out.WriteString(g)
		}
		s = s[at+len(g):]
	}
	return out.String() + s
}

// sameNumber compares two JSON numbers by value; such as are too long to be
// expanded by their text.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if hugeNumber(a) || hugeNumber(b) {
		return false
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}

func hugeNumber(s string) bool {
	exponent := strings.TrimLeft(s[max(0, strings.IndexAny(s, "eE")):], "eE+-0")
	return len(s) > 400 || strings.ContainsAny(s, "eE") && len(exponent) > 3
}
