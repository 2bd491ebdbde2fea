package normalizers

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// foldCase makes texts equal that differ in upper and lower case alone.
func foldCase(m *moment, t *Tree) *Tree {
	if t.Kind != String {
		return t
	}
	return m.with(t, String, strings.ToLower(t.Text))
}

// trim makes texts equal that differ in surrounding white space alone.
func trim(m *moment, t *Tree) *Tree {
	if t.Kind != String {
		return t
	}
	return m.with(t, String, strings.TrimSpace(t.Text))
}

// parseJSON compares the value that a string spells as JSON.
func parseJSON(m *moment, t *Tree) *Tree {
	if t.Kind != String {
		return t
	}
	tree, err := corpus.JSON(t.Text).Decode()
	if err != nil {
		return t
	}
	c := m.with(t, Parsed, "")
	if c == t {
		c = m.copy(t)
		c.Kind = Parsed
	}
	c.Children = []*Tree{(&builder{moment: m}).json(tree)}
	return c
}

// makeURL compares URLs without regard to the order of query parameters, and
// without those that it is told to ignore.
func makeURL(p *params) rewrite {
	ignored := p.strings("ignore")
	return func(m *moment, t *Tree) *Tree {
		if t.Kind != String {
			return t
		}
		u, err := url.Parse(t.Text)
		if err != nil || u.Host == "" {
			return t
		}
		pairs := strings.Split(u.RawQuery, "&")
		pairs = slices.DeleteFunc(pairs, func(pair string) bool {
			name, _, _ := strings.Cut(pair, "=")
			return pair == "" || slices.Contains(ignored, name)
		})
		slices.SortStableFunc(pairs, func(a, b string) int {
			a, _, _ = strings.Cut(a, "=")
			b, _, _ = strings.Cut(b, "=")
			return strings.Compare(a, b)
		})
		u.RawQuery = strings.Join(pairs, "&")
		return m.with(t, String, u.String())
	}
}

// makeMessage takes each text of a group for the first one.
func makeMessage(p *params) rewrite {
	first := map[string]string{}
	for _, group := range p.groups("same") {
		for _, text := range group {
			if _, taken := first[text]; !taken {
				first[text] = group[0]
			}
		}
	}
	return func(m *moment, t *Tree) *Tree {
		if meant, ok := first[t.Text]; ok && t.Kind == String {
			return m.with(t, String, meant)
		}
		return t
	}
}

// tolerance is how far two numbers may lie apart.
type tolerance struct{ absolute, relative float64 }

// makeTolerance lets numbers differ a little.
func makeTolerance(p *params) rewrite {
	w := &tolerance{p.number("absolute"), p.number("relative")}
	if *w == (tolerance{}) {
		p.at.Problemf("tolerance needs absolute or relative; how far may the numbers lie apart?")
	}
	return func(m *moment, t *Tree) *Tree {
		if t.Kind != Number && t.Kind != Int && t.Kind != Float || t.within == w {
			return t
		}
		c := m.copy(t)
		c.within = w
		return c
	}
}

// near reports whether the numbers are as near to each other as the rule of
// either wants.
func (w *tolerance) near(a, b *Tree) bool {
	x, errX := strconv.ParseFloat(a.Shown, 64)
	y, errY := strconv.ParseFloat(b.Shown, 64)
	if errX != nil || errY != nil {
		return false
	}
	return math.Abs(x-y) <= max(w.absolute, w.relative*max(math.Abs(x), math.Abs(y)))
}
