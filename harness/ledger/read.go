package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

// Names is what the entries of a ledger may speak of.
type Names struct {
	// Schema may be nil; matches by coordinate are refused then.
	Schema                   *normalizers.Schema
	Stores, Upstreams        []string
	Channels, Kinds, Classes []string
	// Today tells which entries are expired.
	Today time.Time
}

// Read reads a ledger; file names it in messages. With problems, the ledger is
// of no use.
func Read(file string, data []byte, names Names) (*Ledger, strictyaml.Problems) {
	doc, root := strictyaml.Parse(file, data)
	r := &reader{Names: names, Ledger: &Ledger{File: file, stores: names.Stores}, source: newSource(data), ids: map[string]string{}}
	if root.Present() {
		r.top(root)
	}
	return r.Ledger, doc.Problems()
}

type reader struct {
	Names
	*Ledger
	source        source
	when, witness *language         // made for the first bug
	ids           map[string]string // the entry that has an id
}

func (r *reader) top(root strictyaml.Node) {
	root.Object(strictyaml.Fields{
		"version": func(n strictyaml.Node) {
			var v int
			if n.Int(&v) && v != 1 {
				n.Problemf("unknown version %d; this program reads version 1", v)
			}
		},
		"bugs":     func(n strictyaml.Node) { entries(n, r.bug) },
		"accepted": func(n strictyaml.Node) { entries(n, r.accepted) },
	}, "version")
}

func entries(n strictyaml.Node, read func(strictyaml.Node)) {
	if !n.IsNull() {
		n.Items(func(_ int, item strictyaml.Node) { read(item) })
	}
}

func (r *reader) bug(n strictyaml.Node) {
	if r.when == nil {
		var err error
		if r.when, r.witness, err = languages(r.Stores); err != nil {
			n.Problemf("%v", err)
			return
		}
	}
	b := &Bug{At: lineOf(n), Expect: ExpectPorted}
	n.Object(strictyaml.Fields{
		"id":      func(n strictyaml.Node) { r.id(n, &b.ID, b.At) },
		"title":   func(n strictyaml.Node) { sentence(n, &b.Title, "say what happens") },
		"ticket":  func(n strictyaml.Node) { n.Text(&b.Ticket) },
		"when":    func(n strictyaml.Node) { b.when = r.when.compile(n, r.source) },
		"witness": func(n strictyaml.Node) { b.witness = r.witness.compile(n, r.source) },
		"expect":  func(n strictyaml.Node) { n.OneOf((*string)(&b.Expect), string(ExpectPorted), string(ExpectFixed)) },
		"match":   func(n strictyaml.Node) { b.Match = r.matches(n, "") },
		"allow":   func(n strictyaml.Node) { allow(n, b) },
	}, "id", "title", "when", "witness")
	if b.Expect == ExpectPorted && b.Allows(NotFixed) || b.Expect == ExpectFixed && b.Allows(NotPorted) {
		n.Problemf("a bug that is expected to be %s can be %q only; correct allow", b.Expect, "not "+string(b.Expect))
	}
	r.Bugs = append(r.Bugs, b)
}

func allow(n strictyaml.Node, b *Bug) {
	n.Items(func(_ int, item strictyaml.Node) {
		var s string
		if item.OneOf(&s, string(NotPorted), string(NotFixed), string(NotExercised), string(Gone)) {
			b.Allow = append(b.Allow, Status(s))
		}
	})
}

func (r *reader) accepted(n strictyaml.Node) {
	a := &Accepted{At: lineOf(n)}
	var match strictyaml.Node
	n.Object(strictyaml.Fields{
		"id":      func(n strictyaml.Node) { r.id(n, &a.ID, a.At) },
		"match":   func(n strictyaml.Node) { match = n },
		"kind":    func(n strictyaml.Node) { n.OneOf(&a.Kind, r.Kinds...) },
		"values":  func(n strictyaml.Node) { values(n, a) },
		"reason":  func(n strictyaml.Node) { sentence(n, &a.Reason, "say why this may differ") },
		"owner":   func(n strictyaml.Node) { sentence(n, &a.Owner, "say who answers for it") },
		"ticket":  func(n strictyaml.Node) { n.Text(&a.Ticket) },
		"expires": func(n strictyaml.Node) { r.expires(n, &a.Expires) },
	}, "id", "match", "reason", "owner", "expires")
	if match.Present() {
		a.Match = r.matches(match, a.Kind)
	}
	r.Accepted = append(r.Accepted, a)
}

// id reads a name that no other entry has.
func (r *reader) id(n strictyaml.Node, into *string, at string) {
	if !n.Text(into) {
		return
	}
	id := *into
	switch other, taken := r.ids[id]; {
	case strings.TrimSpace(id) == "":
		n.Problemf("the id is empty; reports name the entry by it")
	case taken:
		n.Problemf("id %q is taken by %s; choose another", id, other)
	default:
		r.ids[id] = at
	}
}

// sentence reads a text that somebody wrote.
func sentence(n strictyaml.Node, into *string, what string) {
	if !n.String(into) {
		return
	}
	switch {
	case strings.TrimSpace(*into) == "":
		n.Problemf("the text is empty; %s", what)
	case isTodo(*into):
		n.Problemf("the text is still to be written; %s", what)
	}
}

// expires reads the last day on which an entry holds.
func (r *reader) expires(n strictyaml.Node, into *time.Time) {
	var s string
	if !n.Text(&s) {
		return
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		n.Problemf("%q is not a date such as 2027-03-31", s)
		return
	}
	if *into = day; r.Today.UTC().After(day.AddDate(0, 0, 1)) {
		n.Problemf("the entry expired on %s; remove it, or look into it and write a later day", s)
	}
}

func values(n strictyaml.Node, a *Accepted) {
	n.Object(strictyaml.Fields{
		"legacy":    func(n strictyaml.Node) { a.Legacy = value(n) },
		"candidate": func(n strictyaml.Node) { a.Candidate = value(n) },
	})
	if n.Mapping() && a.Legacy == nil && a.Candidate == nil {
		n.Problemf("name the value of legacy, candidate or both; without values, any are accepted")
	}
}

// value reads one side of a difference. What is not a string in YAML is none in
// a report either.
func value(n strictyaml.Node) *Value {
	if n.IsNull() {
		return &Value{text: "null"}
	}
	if !n.Scalar() {
		n.Problemf("want a single value, have %s; write lists and objects as the report shows them, in quotes", n.Describe())
		return nil
	}
	return &Value{text: n.Value, string: n.ShortTag() == "!!str"}
}

// matches reads one place or a list of them.
func (r *reader) matches(n strictyaml.Node, kind string) Matches {
	list := Matches{}
	if n.List() {
		n.Items(func(_ int, item strictyaml.Node) { list = append(list, r.match(item, kind)) })
	} else {
		list = append(list, r.match(n, kind))
	}
	if len(list) == 0 {
		n.Problemf("match names no place")
	}
	return list
}

func (r *reader) match(n strictyaml.Node, kind string) *Match {
	m := &Match{schema: r.Schema}
	said := 0
	text := func(check func(strictyaml.Node, string) error) func(strictyaml.Node) {
		return func(n strictyaml.Node) {
			var s string
			said++
			if !n.String(&s) {
				return
			}
			if err := check(n, s); err != nil {
				n.Problemf("%v", err)
			}
		}
	}
	n.Object(strictyaml.Fields{
		"channel": func(n strictyaml.Node) { said++; n.OneOf(&m.channel, r.Channels...) },
		"class":   func(n strictyaml.Node) { said++; n.OneOf(&m.class, r.Classes...) },
		"coordinate": text(func(_ strictyaml.Node, s string) error {
			m.coordinate = s
			return r.checkCoordinate(s)
		}),
		"property": text(func(n strictyaml.Node, s string) error { return r.property(n, s, kind, m) }),
		"path": text(func(_ strictyaml.Node, s string) (err error) {
			m.path, err = r.path(s)
			return err
		}),
	})
	if n.Mapping() && said == 0 {
		n.Problemf("match by coordinate, property, path, class or channel; an empty match accepts everything")
	}
	m.checkChannels(n)
	return m
}

func (r *reader) checkCoordinate(s string) error {
	if r.Schema == nil {
		return fmt.Errorf("a match by coordinate needs a schema; add schema: FILE to the configuration")
	}
	return r.Schema.CheckCoordinate(s)
}

// property reads a stored property. What legacy stores is known of the corpus,
// see [Ledger.Check]; what the candidate stores beyond that is not.
func (r *reader) property(n strictyaml.Node, s, kind string, m *Match) error {
	p, ok := newProperty(s)
	if !ok {
		return fmt.Errorf("want a property Kind.name, Kind.outer.inner, *.name or Kind, have %q", s)
	}
	m.property = p
	if kind != "extra" {
		r.properties = append(r.properties, propertyUse{s, n})
	}
	return nil
}

func (r *reader) path(s string) (*normalizers.PlacePattern, error) {
	p, err := normalizers.ParsePlacePattern(s)
	if err != nil {
		return nil, err
	}
	known, what := r.Stores, "store"
	if p.Channel == "calls" {
		known, what = r.Upstreams, "upstream"
	}
	if p.Head == "" || p.Head == "*" {
		return p, nil
	}
	if slices.Contains(known, p.Head) {
		return p, nil
	}
	return nil, fmt.Errorf("there is no %s %q%s", what, p.Head, strictyaml.Suggest(p.Head, known))
}

// checkChannels refuses a match whose parts are on different channels.
func (m *Match) checkChannels(n strictyaml.Node) {
	var said []string
	add := func(channel, by string) {
		for _, other := range said {
			if word, _, _ := strings.Cut(other, " "); word != channel {
				n.Problemf("the match can never apply: %s and %s", other, channel+" by "+by)
				return
			}
		}
		said = append(said, channel+" by "+by)
	}
	if m.channel != "" {
		add(m.channel, "channel")
	}
	if m.coordinate != "" {
		add("response", "coordinate")
	}
	if m.property != nil {
		add("effects", "property")
	}
	if m.path != nil {
		add(m.path.Channel, "path")
	}
}

// lineOf is file:line of a node.
func lineOf(n strictyaml.Node) string {
	position := n.Position()
	if i := strings.LastIndexByte(position, ':'); i > 0 {
		return position[:i]
	}
	return position
}
