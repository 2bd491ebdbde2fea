package upstream

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

var uuid = regexp.MustCompile(`[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}`)

// generated are the values in a case's recorded calls that another run makes
// anew: ids and names of what it inserted, and UUIDs, as far as neither request
// nor fixture holds them. The longest come first, so that none is taken for a
// part of another. given are the words of request and fixture.
func generated(cs *corpus.Case) (values []string, given map[string]bool) {
	if len(cs.Expect.Calls) == 0 {
		return nil, nil
	}
	text, ok := givenText(cs)
	if !ok {
		return nil, nil
	}
	found := map[string]bool{}
	for _, effects := range cs.Expect.Effects {
		for _, e := range effects {
			if n := len(e.Key.Path); e.Op == corpus.Insert && n > 0 {
				found[cmp.Or(e.Key.Path[n-1].Name, strconv.FormatInt(e.Key.Path[n-1].ID, 10))] = true
			}
		}
	}
	for _, c := range cs.Expect.Calls {
		r := c.Request
		for _, part := range []string{r.Path, r.Document, string(r.Variables), string(r.Body)} {
			for _, id := range uuid.FindAllString(part, -1) {
				found[id] = true
			}
		}
	}
	maps.DeleteFunc(found, func(id string, _ bool) bool { return strings.Contains(text, id) })
	if len(found) == 0 {
		return nil, nil
	}
	given = map[string]bool{}
	for _, w := range word.FindAllString(text, -1) {
		given[w] = true
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	}), given
}

var word = regexp.MustCompile(`[0-9A-Za-z_-]+`)

// givenText is request and fixture as they would be written; false where they
// cannot be.
func givenText(cs *corpus.Case) (string, bool) {
	alone := corpus.Case{
		Name: cs.Name, Request: cs.Request,
		Fixture: corpus.Fixture{Stores: map[string]corpus.State{}},
		Expect:  corpus.Observation{HTTP: corpus.HTTP{Status: 200}, Response: corpus.JSON("{}")},
	}
	for _, name := range cs.StoreNames() {
		alone.Fixture.Stores[name] = cs.State(name)
	}
	text, err := corpus.Format(&alone)
	return string(text), err == nil
}
