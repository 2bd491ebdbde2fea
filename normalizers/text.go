package normalizers

import (
	"net/url"
	"slices"
	"strings"
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
