package normalizers

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// Rebased is a case that was moved in time.
type Rebased struct {
	// Case shares with the original what was not moved.
	Case *corpus.Case
	// Moved counts the instants and dates of fixture, request and expectation that
	// are known as such, fixed points included; Example is the place of one of them.
	Moved   int
	Example string
	// Left is what stays behind although it may belong to the time of the recording.
	Left []Unshifted
}

// Unshifted is a place that a shift in time cannot move safely.
type Unshifted struct {
	Place string `json:"place"` // "fixture.datastore.Class/7.note"
	Text  string `json:"text"`
	Why   string `json:"why"`
}

// Rebase moves a case in time: when it was recorded, and every instant and date
// of fixture, variables, expectation and calls. Those are the timestamps of the
// stores; what the schema declares with a scalar that is named like a time
// (DateTime, Date, timestamptz) and that spells one; and what a rule `now`,
// `instant` or `date` matches, numbers since 1970 included. The spelling stays.
// The case itself is not modified.
func Rebase(rules *Rules, schema *Schema, cs *corpus.Case, by Shift) Rebased {
	out := *cs
	r := &rebaser{
		builder: &builder{rules: rules, plan: newPlan(rules, schema, &cs.Request)},
		by:      by, recorded: cs.Recorded.At, seen: map[[2]string]bool{},
	}
	out.Recorded.At = cs.Recorded.At.Add(by.By)
	r.within("fixture", func() { out.Fixture = r.fixture(cs) })
	r.request(&out.Request)
	r.within("response", func() { out.Expect.Response = r.answer(cs.Expect.Response) })
	r.within("effects", func() { out.Expect.Effects = r.effects(cs.Expect.Effects) })
	r.within("calls", func() { out.Expect.Calls = r.calls(cs.Expect.Calls) })
	return Rebased{Case: &out, Moved: r.moved, Example: r.example, Left: r.left}
}

// rebaser walks a case. The builder knows the rules of each place and the way
// to it.
type rebaser struct {
	*builder
	by       Shift
	recorded time.Time
	moved    int
	example  string
	left     []Unshifted
	seen     map[[2]string]bool // what left has, by text and reason
}

func (r *rebaser) within(name string, f func()) {
	r.enter(name)
	f()
	r.leave()
}

// moves counts an instant or a date.
func (r *rebaser) moves() {
	if r.moved == 0 {
		r.example = r.where()
	}
	r.moved++
}

// said is what rules and schema say of a place.
type said uint8

const (
	nothing said = iota
	timed        // an instant or a date
	hushed       // it does not matter what is there
)

// said also knows the type that the schema gives the place, "" for none.
func (r *rebaser) said(rules []*Rule, typeName string) said {
	for _, rule := range rules {
		switch rule.Use {
		case "now", "instant", "date":
			return timed
		case "ignore", "generated":
			return hushed
		}
	}
	switch {
	case r.plan != nil && r.plan.schema.timeLike(typeName):
		return timed
	case typeName == "ID":
		return hushed
	}
	return nothing
}

func (r *rebaser) fixture(cs *corpus.Case) corpus.Fixture {
	out := corpus.Fixture{Stores: map[string]corpus.State{}}
	for _, name := range cs.StoreNames() {
		r.within(name, func() { out.Stores[name] = r.state(name, cs.State(name)) })
	}
	return out
}

func (r *rebaser) state(store string, s corpus.State) corpus.State {
	out, cloned := s, false
	for i := range s.Entities {
		e := s.Entities[i]
		at := r.moved
		r.within(e.Key.String(), func() {
			r.keyName(e.Key)
			e.Properties = r.props(e.Properties, e.Key.Kind(), "", r.trailOf(store, e.Key))
		})
		if r.moved == at {
			continue
		}
		if !cloned {
			out.Entities, cloned = slices.Clone(s.Entities), true
		}
		out.Entities[i] = e
	}
	for _, k := range s.Absent {
		r.within(k.String(), func() { r.keyName(k) })
	}
	return out
}

// trailOf is the trail of the path rules of an entity: those of effects hold for
// what the entity was before, too.
func (r *rebaser) trailOf(store string, key corpus.Key) trail {
	return r.rules.start("effects", func(p *pattern) bool { return (p.head == store || p.head == "*") && p.matchesKey(key) })
}

// props are the properties of an entity of a kind; prefix is the dotted way to
// an embedded one.
func (r *rebaser) props(props map[string]corpus.Value, kind, prefix string, t trail) map[string]corpus.Value {
	out, cloned, direct := props, false, false
	for _, name := range sortedNames(props) {
		path := name
		if prefix != "" {
			path = prefix + "." + name
		}
		next, hits := t.member(name)
		at := r.moved
		r.enter(name)
		moved := r.property(props[name], kind, path, next, merge(r.rules.forProperty(kind, path), hits))
		r.leave()
		if r.moved == at {
			continue
		}
		if !cloned {
			out, cloned = maps.Clone(props), true
		}
		out[name] = moved
		direct = direct || !compositeValue(moved)
	}
	if direct {
		r.weekdays(sortedNames(props), func(name string) any { return props[name] })
	}
	return out
}

func compositeValue(v corpus.Value) bool {
	switch v.(type) {
	case *corpus.Entity, []corpus.Value:
		return true
	}
	return false
}

func (r *rebaser) property(v corpus.Value, kind, path string, t trail, rules []*Rule) corpus.Value {
	at := r.moved
	switch v := v.(type) {
	case *corpus.Entity:
		e := *v
		if e.Properties = r.props(v.Properties, kind, path, t); r.moved > at {
			return &e
		}
		return v
	case []corpus.Value:
		out, inherited := slices.Clone(v), onItems(rules)
		for i, item := range v {
			next, hits := t.item(i)
			r.enterItem(i)
			out[i] = r.property(item, kind, path, next, merge(inherited, hits))
			r.leave()
		}
		return out
	case corpus.Meant:
		v.Value = r.property(v.Value, kind, path, t, onItems(rules))
		return v
	}
	return r.single(v, r.said(rules, ""))
}

// firstEpoch is the smallest number that epoch reads.
const firstEpoch = 1e8

// single is one value of a store.
func (r *rebaser) single(v corpus.Value, s said) corpus.Value {
	switch v := v.(type) {
	case time.Time:
		r.moves()
		return r.by.Instant(v)
	case string:
		return r.text(v, s)
	case int64:
		if v < firstEpoch {
			break
		}
		if n, err := strconv.ParseInt(r.number(strconv.FormatInt(v, 10), s), 10, 64); err == nil {
			return n
		}
	case float64:
		if v < firstEpoch || s != timed {
			break
		}
		if f, err := strconv.ParseFloat(r.number(strconv.FormatFloat(v, 'f', -1, 64), s), 64); err == nil {
			return f
		}
	case corpus.Typed:
		return r.typed(v, s)
	case corpus.Key:
		r.keyName(v)
	}
	return v
}

func (r *rebaser) effects(stores map[string][]corpus.Effect) map[string][]corpus.Effect {
	if stores == nil {
		return nil
	}
	out := map[string][]corpus.Effect{}
	for _, store := range sortedNames(stores) {
		r.enter(store)
		out[store] = slices.Clone(stores[store])
		for i := range out[store] {
			e := &out[store][i]
			r.within(e.Key.String(), func() { r.effect(store, e) })
		}
		r.leave()
	}
	return out
}

func (r *rebaser) effect(store string, e *corpus.Effect) {
	r.keyName(e.Key)
	kind, t := e.Key.Kind(), r.trailOf(store, e.Key)
	e.Properties = r.props(e.Properties, kind, "", t)
	if e.Set == nil {
		return
	}
	set := map[string]corpus.Change{}
	for _, name := range sortedNames(e.Set) {
		change := e.Set[name]
		next, hits := t.member(name)
		rules := merge(r.rules.forProperty(kind, name), hits)
		for _, side := range []**corpus.Value{&change.From, &change.To} {
			if *side == nil {
				continue
			}
			r.enter(name)
			moved := r.property(**side, kind, name, next, rules)
			r.leave()
			*side = &moved
		}
		set[name] = change
	}
	e.Set = set
}
