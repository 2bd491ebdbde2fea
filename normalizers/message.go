package normalizers

import (
	"regexp"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// makeMessage takes each text of a group for the first one. A text may have
// places for what varies, as "no class {name}": they keep what stands there.
func makeMessage(p *params) rewrite {
	var all [][]*template
	p.groups("same", func(n strictyaml.Node, group []string) {
		var list []*template
		for _, text := range group {
			list = append(list, newTemplate(text))
		}
		for _, w := range list[min(1, len(list)):] {
			if !w.fills(list[0]) {
				n.Problemf("%q has other places in braces than %q, the first of its group", w.text, list[0].text)
				return
			}
		}
		all = append(all, list)
	})
	return func(m *moment, t *Tree) *Tree {
		if t.Kind != String {
			return t
		}
		for _, group := range all { // what is spelled as wanted stays, whatever else it may be taken for
			if group[0].match(t.Text) != nil {
				return t
			}
		}
		for _, group := range all {
			for _, w := range group[1:] {
				if found := w.match(t.Text); found != nil {
					return m.with(t, String, group[0].write(found))
				}
			}
		}
		return t
	}
}

// template is a text with places in braces.
type template struct {
	text  string
	re    *regexp.Regexp // nil without places
	names []string
}

var blank = regexp.MustCompile(`\{([A-Za-z_][A-Za-z0-9_]*)\}`)

func newTemplate(text string) *template {
	w := &template{text: text}
	var re strings.Builder
	at := 0
	for _, m := range blank.FindAllStringSubmatchIndex(text, -1) {
		re.WriteString(regexp.QuoteMeta(text[at:m[0]]) + "(.*?)")
		w.names = append(w.names, text[m[2]:m[3]])
		at = m[1]
	}
	if w.names != nil {
		w.re = regexp.MustCompile("(?s)^" + re.String() + regexp.QuoteMeta(text[at:]) + "$")
	}
	return w
}

// match reads what stands at the places; nil for another text. A name that comes
// twice stands for one text.
func (w *template) match(text string) map[string]string {
	if w.re == nil {
		if text == w.text {
			return map[string]string{}
		}
		return nil
	}
	found := w.re.FindStringSubmatch(text)
	if found == nil {
		return nil
	}
	values := map[string]string{}
	for i, name := range w.names {
		if known, ok := values[name]; ok && known != found[i+1] {
			return nil
		}
		values[name] = found[i+1]
	}
	return values
}

// write puts the values in their places.
func (w *template) write(values map[string]string) string {
	return blank.ReplaceAllStringFunc(w.text, func(place string) string {
		return values[strings.Trim(place, "{}")]
	})
}

// fills reports whether two templates have the same names.
func (w *template) fills(other *template) bool {
	names := map[string]int{}
	for _, name := range w.names {
		names[name] |= 1
	}
	for _, name := range other.names {
		names[name] |= 2
	}
	for _, sides := range names {
		if sides != 3 {
			return false
		}
	}
	return true
}
