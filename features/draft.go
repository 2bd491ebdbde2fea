package features

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness"
)

// The tags that mean something to the library.
const (
	// recordTag makes a case of the scenario.
	recordTag = "@record"
	// invalidTag says that the request is meant to be refused, so that the schema
	// is not asked whether it is right.
	invalidTag = "@invalid"
)

// book is what scenarios may refer to.
type book struct {
	config *harness.Config
	cases  *corpus.Corpus
}

// draft is a scenario as far as it was read: a case that expects nothing.
type draft struct {
	*book
	scenario parsedScenario
	cs       corpus.Case
	recorded *corpus.Case // the case whose request may be sent
	edits    []edit       // of its variables
	timed    bool         // it says when it is
	sent     bool
	checks   int
}

func (b *book) draft(sc parsedScenario) *draft {
	d := &draft{book: b, scenario: sc}
	d.cs.Name = sc.id()
	d.cs.Description = sc.Name
	for _, t := range sc.Tags {
		if t.Name != recordTag && t.Name != invalidTag {
			d.cs.Tags = append(d.cs.Tags, strings.TrimPrefix(t.Name, "@"))
		}
	}
	d.cs.Expect.HTTP.Status = statedStatus(sc)
	d.cs.Fixture.Stores = map[string]corpus.State{}
	d.cs.Recorded = corpus.Recorded{Implementation: "legacy"}
	return d
}

// records reports whether the scenario becomes a case.
func (d *draft) records() bool { return hasTag(d.scenario.Scenario, recordTag) }

// statedStatus is the HTTP status that a step wants, 0 if none does. A server's
// own error is an answer only where it is wanted.
func statedStatus(sc parsedScenario) int {
	for _, st := range sc.Steps {
		if digits, ok := strings.CutPrefix(st.Text, "the status is "); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				return n
			}
		}
	}
	return 0
}

// line is the n-th step of the scenario.
func (d *draft) line(n int) line {
	st := d.scenario.Steps[n]
	l := line{place: d.scenario.places[n], text: st.Text}
	if st.Argument != nil {
		l.doc, l.table = st.Argument.DocString, st.Argument.DataTable
	}
	return l
}

// whole reports a scenario that shows nothing.
func (d *draft) whole() error {
	at := place{file: fileOf(d.scenario.Uri), line: d.scenario.line, column: 1}
	switch {
	case !d.sent:
		return at.problemf("the scenario sends no request; write: When the mutation is sent")
	case d.checks == 0:
		return at.problemf("the scenario checks nothing; write: Then both implementations agree")
	case d.records() && d.timed && !d.config.Clock.Obeyed:
		return at.problemf("the scenario says when it is, and the implementations cannot be told the time, so that it cannot be recorded; leave the time out (docs/time.md)")
	}
	return nil
}

// find is the case of a name, or the only one whose name contains it.
func (b *book) find(name string) (*corpus.Case, error) {
	name = strings.TrimSuffix(name, ".yaml")
	var names []string
	var found []*corpus.Case
	for _, cs := range b.cases.Cases {
		if cs.Name == name {
			return cs, nil
		}
		if strings.Contains(cs.Name, name) {
			found = append(found, cs)
		}
		names = append(names, cs.Name)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("no case %q is recorded%s", name, suggest(name, names))
	}
	return nil, fmt.Errorf("%q means %d cases, %s and %s among them; give more of the name", name, len(found), found[0].Name, found[1].Name)
}

// take adds the fixture of a case, and the time at which it was recorded.
func (d *draft) take(cs *corpus.Case) error {
	for _, name := range cs.StoreNames() {
		if err := d.give(name, cs.State(name)); err != nil {
			return err
		}
	}
	d.at(cs.Recorded.At)
	return nil
}

func (d *draft) at(t time.Time) { d.cs.Recorded.At, d.timed = t, true }

// give adds state to the fixture of a store. What is given again replaces what
// was given before.
func (d *draft) give(store string, add corpus.State) error {
	if !d.config.HasStore(store) {
		return fmt.Errorf("no store %q is configured in %s%s", store, d.config.File, suggest(store, d.storeNames()))
	}
	have, ok := d.cs.Fixture.Stores[store]
	if !ok {
		have.Form = add.Form
	}
	if have.Form != add.Form && len(add.Entities) > 0 {
		return fmt.Errorf("store %q holds other things than these", store)
	}
	have.Entities, have.Absent = slices.Clone(have.Entities), slices.Clone(have.Absent)
	for _, e := range add.Entities {
		have.Absent = without(have.Absent, e.Key)
		if i := indexOf(have.Entities, e.Key); i >= 0 && !e.Key.AnyRow() {
			have.Entities[i] = e
			continue
		}
		have.Entities = append(have.Entities, e)
	}
	for _, k := range add.Absent {
		have.Entities = slices.DeleteFunc(have.Entities, func(e corpus.Entity) bool { return e.Key.Equal(k) })
		have.Absent = append(without(have.Absent, k), k)
	}
	have.Primary = joined(have.Primary, add.Primary)
	have.Sequences = joined(have.Sequences, add.Sequences)
	d.cs.Fixture.Stores[store] = have
	return nil
}

func without(keys []corpus.Key, k corpus.Key) []corpus.Key {
	return slices.DeleteFunc(keys, func(o corpus.Key) bool { return o.Equal(k) })
}

func indexOf(list []corpus.Entity, k corpus.Key) int {
	return slices.IndexFunc(list, func(e corpus.Entity) bool { return e.Key.Equal(k) })
}

func joined[V any](a, b map[string]V) map[string]V {
	if len(b) == 0 {
		return a
	}
	out := maps.Clone(b)
	for name, v := range a {
		if _, ok := out[name]; !ok {
			out[name] = v
		}
	}
	return out
}

func (b *book) storeNames() []string {
	var names []string
	for _, s := range b.config.Stores {
		names = append(names, s.Name)
	}
	return names
}

func (b *book) upstreamNames() []string {
	var names []string
	for _, u := range b.config.Upstreams {
		names = append(names, u.Name)
	}
	return names
}

// store is the store of a kind: the one named, or the only one.
func (b *book) store(named, kind string) (string, error) {
	var names []string
	for _, s := range b.config.Stores {
		if s.Kind == kind {
			names = append(names, s.Name)
		}
	}
	switch {
	case named != "" && slices.Contains(names, named):
		return named, nil
	case named != "" && b.config.HasStore(named):
		return "", fmt.Errorf("store %q is of another kind than %s", named, kind)
	case named != "":
		return "", fmt.Errorf("no store %q is configured in %s%s", named, b.config.File, suggest(named, b.storeNames()))
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", fmt.Errorf("no store of kind %s is configured in %s%s", kind, b.config.File, suggest(kind, nil))
	}
	return "", fmt.Errorf("several stores are of kind %s; add: in %q", kind, names[0])
}

// upstream checks that one is configured.
func (b *book) upstream(name string) error {
	if slices.Contains(b.upstreamNames(), name) {
		return nil
	}
	return fmt.Errorf("no upstream %q is configured in %s%s", name, b.config.File, suggest(name, b.upstreamNames()))
}

// userHeader is the header that says who a request is from.
func (b *book) userHeader() (string, error) {
	if id := b.config.Identity; id != nil {
		return id.Keep, nil
	}
	if h := b.config.Record.Headers; len(h) == 1 {
		return strings.ToLower(h[0]), nil
	}
	return "", fmt.Errorf("%s does not say which header holds the user; write: the header \"x-user\" is \"ada\"", b.config.File)
}

// beside resolves a path that a scenario names: it is relative to its file.
func (d *draft) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(fileOf(d.scenario.Uri)), name)
}

// replayed is the case to send.
func (d *draft) replayed(now time.Time) *corpus.Case {
	cs := d.cs
	cs.Recorded.At = cmp.Or(cs.Recorded.At, now.UTC())
	return &cs
}
