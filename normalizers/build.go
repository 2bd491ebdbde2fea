package normalizers

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// builder makes the tree of one observation, rules applied.
type builder struct {
	*moment
	rules *Rules
	plan  *plan
	err   error
	path  []place // to what is being built, for errors
	// everywhere are rules of every single value.
	everywhere []*Rule
}

// json is a JSON value outside the schema, without rules.
func (b *builder) json(v any) *Tree { return b.plainJSON(b.decoded(v)) }

func (b *builder) plainJSON(raw *Tree) *Tree { return b.response(raw, nil, nil, nil, 0, false) }

// response makes of a JSON value what is compared, with what the schema and the
// trail of path rules know of it; raw is used up. rules are those of the place;
// index counts the items of a list, and item says that the place is one of its
// field's items.
func (b *builder) response(raw *Tree, f *field, t trail, rules []*Rule, index int, item bool) *Tree {
	switch raw.Kind {
	case Object:
		s := b.selectionOf(f, raw, index)
		if s != nil && f.static != s.typeName {
			rules = merge(rules, b.rules.ofConcrete(s.typeName))
		}
		b.object(raw, s, t)
	case List:
		b.items(raw, f, t, rules)
	default:
	}
	if f != nil {
		raw.Coordinate, raw.id = f.coordinate, f.isID
	} else if b.plan == nil {
		raw.id = raw.Kind == String
	}
	return b.rewrite(raw, merge(rules, b.everywhere), item)
}

func (b *builder) items(raw *Tree, f *field, t trail, rules []*Rule) {
	items := raw.Children
	raw.Children = items[:0]
	inherited := onItems(rules)
	for i, one := range items {
		next, hits := t.item(i)
		b.enterItem(i)
		b.add(raw, "", b.response(one, f, next, merge(inherited, hits), i, true))
		b.leave()
	}
}

func (b *builder) selectionOf(f *field, v members, index int) *selection {
	if b.plan == nil || f == nil {
		return nil
	}
	if f == rootField {
		return b.plan.root
	}
	return b.plan.object(f, v, index)
}

// rootField stands for the value of "data".
var rootField = &field{}

func (b *builder) object(raw *Tree, s *selection, t trail) {
	all := raw.Children
	raw.Children = all[:0]
	for _, c := range all {
		var f *field
		var rules []*Rule
		if s != nil {
			if f = s.fields[c.Name]; f != nil {
				rules = f.rules
			}
		}
		b.member(raw, c, f, t, rules)
	}
	sortMembers(raw)
}

func (b *builder) member(out, raw *Tree, f *field, t trail, rules []*Rule) {
	name := raw.Name
	next, hits := t.member(name)
	b.enter(name)
	b.add(out, name, b.response(raw, f, next, merge(rules, hits), 0, false))
	b.leave()
}

// add makes c a member of out; one that a rule took away leaves its trace.
func (b *builder) add(out *Tree, name string, c *Tree) {
	c.Name = name
	if c.Kind == gone {
		if out.history == nil {
			out.history = &history{}
		}
		stages := c.history.stages
		raw := stages[0].before
		raw.Name = name
		out.history.dropped = append(out.history.dropped, stage{rule: stages[len(stages)-1].rule, before: raw})
		return
	}
	out.Children = append(out.Children, c)
}

// gone marks what a rule took away, between rewrite and add.
const gone Kind = 255

func sortMembers(t *Tree) {
	if !slices.IsSortedFunc(t.Children, byMemberName) {
		slices.SortStableFunc(t.Children, byMemberName)
	}
}

func byMemberName(a, b *Tree) int { return strings.Compare(a.Name, b.Name) }

// onItems are those of a list's rules that apply to each of its items.
func onItems(rules []*Rule) []*Rule {
	var out []*Rule
	for _, r := range rules {
		if r.target == scalars {
			out = append(out, r)
		}
	}
	return out
}

func merge(a, b []*Rule) []*Rule {
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0 && len(b) == 1:
		return b
	}
	return inPhases(slices.Concat(a, b))
}

// stored is a property's value. kind and path tell the rules of the property,
// path dotted.
func (b *builder) stored(v corpus.Value, kind, path string, t trail, rules []*Rule) *Tree {
	var out *Tree
	switch v := v.(type) {
	case *corpus.Entity:
		out = b.entity(v, kind, path, t)
	case []corpus.Value:
		out = b.tree(List)
		inherited := onItems(rules)
		for i, one := range v {
			next, hits := t.item(i)
			b.enterItem(i)
			b.add(out, "", b.stored(one, kind, path, next, merge(inherited, hits)))
			b.leave()
		}
	case corpus.Meant:
		out = b.tree(Meant)
		b.add(out, "meaning", b.scalar(Int, strconv.Itoa(int(v.Meaning)), strconv.Itoa(int(v.Meaning))))
		b.add(out, "value", b.stored(v.Value, kind, path, t, onItems(rules)))
	default:
		out = b.scalarOf(v)
	}
	return b.rewrite(out, rules, false)
}

func (b *builder) entity(e *corpus.Entity, kind, path string, t trail) *Tree {
	out := b.tree(Entity)
	if !e.Key.IsZero() {
		b.add(out, "key", b.key(e.Key))
	}
	b.add(out, "properties", b.properties(e.Properties, kind, path, t))
	return out
}

func (b *builder) properties(props map[string]corpus.Value, kind, prefix string, t trail) *Tree {
	out := b.tree(Object)
	for _, name := range sortedNames(props) {
		path := name
		if prefix != "" {
			path = prefix + "." + name
		}
		next, hits := t.member(name)
		b.enter(name)
		b.add(out, name, b.stored(props[name], kind, path, next, merge(b.rules.forProperty(kind, path), hits)))
		b.leave()
	}
	return out
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// key is a key as a value: its atoms are the ids and names of its elements.
func (b *builder) key(k corpus.Key) *Tree {
	text := k.String()
	return b.scalar(KeyValue, text, text)
}

// scalarOf is a single value of a store or of JSON, nil for any other.
func (m *moment) scalarOf(v any) *Tree {
	switch v := v.(type) {
	case int64:
		text := strconv.FormatInt(v, 10)
		return m.scalar(Int, text, text)
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return m.scalar(Float, text, text)
		}
		shown := text
		if !strings.ContainsAny(text, ".e") {
			shown += ".0"
		}
		return m.scalar(Float, canonicalNumber(text), shown)
	case time.Time:
		text := timeText(v)
		return m.scalar(Time, text, text)
	case []byte:
		text := string(v)
		return m.scalar(Bytes, text, "!!binary "+base64.StdEncoding.EncodeToString(v))
	case corpus.Key:
		return (&builder{moment: m}).key(v)
	case corpus.GeoPoint:
		text := strconv.FormatFloat(v.Lat, 'g', -1, 64) + ", " + strconv.FormatFloat(v.Lng, 'g', -1, 64)
		return m.scalar(Geo, text, "!geo ["+text+"]")
	}
	if typed, ok := v.(corpus.Typed); ok {
		return (&builder{moment: m}).typed(typed)
	}
	switch v.(type) {
	case nil, bool, json.Number, string:
		return m.decoded(v)
	}
	return nil
}

// value is what a custom rule sees of a scalar.
func (t *Tree) value() any {
	switch t.Kind {
	case Null:
		return nil
	case Bool:
		return t.Text == "true"
	case Number:
		return json.Number(t.Shown)
	case Int:
		n, _ := strconv.ParseInt(t.Text, 10, 64)
		return n
	case Float:
		f, _ := strconv.ParseFloat(t.Shown, 64)
		return f
	case Time:
		at, _ := ParseInstant(t.Text)
		return at
	case Bytes:
		return []byte(t.Text)
	}
	return t.Text
}

// place is a step of the path: a name, or an index where that is "".
type place struct {
	name  string
	index int
}

func (b *builder) enter(name string) { b.path = append(b.path, place{name: name}) }
func (b *builder) enterItem(i int)   { b.path = append(b.path, place{index: i}) }
func (b *builder) leave()            { b.path = b.path[:len(b.path)-1] }

func (b *builder) where() string {
	text := ""
	for i, p := range b.path {
		switch {
		case p.name == "":
			text += "[" + strconv.Itoa(p.index) + "]"
		case i > 0:
			text += "." + p.name
		default:
			text = p.name
		}
	}
	return text
}
