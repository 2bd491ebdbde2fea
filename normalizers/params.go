package normalizers

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// params are the parameters of one rule.
type params struct {
	given map[string]strictyaml.Node
	at    strictyaml.Node
}

// refuse reports parameters that the use does not read.
func (p *params) refuse(use string, known []string) {
	for name, n := range p.given {
		if !slices.Contains(known, name) {
			n.Problemf("%s has no parameter %q%s", use, name, strictyaml.Suggest(name, known))
		}
	}
}

// duration reads a length of time such as "5s".
func (p *params) duration(name string, fallback time.Duration) time.Duration {
	n := p.given[name]
	if !n.Present() {
		return fallback
	}
	var text string
	if !n.String(&text) {
		return fallback
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		n.Problemf("want a duration such as 5s or 200ms, have %q", text)
		return fallback
	}
	return d
}

// number reads a non-negative number.
func (p *params) number(name string) float64 {
	n := p.given[name]
	if !n.Present() {
		return 0
	}
	var text string
	if !n.Text(&text) {
		return 0
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f < 0 {
		n.Problemf("want a number of 0 or more, have %q", text)
	}
	return f
}

// word reads one of the words, "" when it is not given.
func (p *params) word(name string, known ...string) string {
	var word string
	if n := p.given[name]; n.Present() {
		n.OneOf(&word, known...)
	}
	return word
}

func (p *params) strings(name string) []string {
	var out []string
	if n := p.given[name]; n.Present() {
		n.Strings(&out)
	}
	return out
}

// groups reads a list of lists of texts.
func (p *params) groups(name string, visit func(n strictyaml.Node, group []string)) {
	n := p.given[name]
	if !n.Present() {
		p.at.Problemf("missing key %q; list the texts that mean the same", name)
		return
	}
	n.Items(func(_ int, item strictyaml.Node) {
		var group []string
		switch {
		case !item.Strings(&group):
		case len(group) < 2:
			item.Problemf("a group of texts that mean the same has at least two, have %q", strings.Join(group, ", "))
		default:
			visit(item, group)
		}
	})
}

// count reads a whole number of 0 or more.
func (p *params) count(name string) uint64 {
	n := p.given[name]
	var count int
	if n.Present() && n.Int(&count) && count < 0 {
		n.Problemf("want a whole number of 0 or more, have %d", count)
		return 0
	}
	return uint64(count)
}
