package normalizers

import (
	"fmt"
	"mime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// Side is one observation with what is needed to normalise it.
type Side struct {
	Observation *corpus.Observation
	// From and To enclose the time in which the request ran.
	From, To time.Time
	// Allocated are the keys whose ids the stores gave out; of a recorded side
	// they are not known but inferred.
	Allocated []corpus.Key
	Recorded  bool
	// Again is what the same implementation did with the case in another run: what
	// is the same there is not generated, whatever it looks like. Nil is none.
	Again func() *Normal
	// Reruns are further runs of the case by the same implementation. Each costs a
	// replay, so they are asked in turn, and only for what looks generated and is
	// not on the other side: what all of them give is a constant. A run that gives
	// nil proves nothing.
	Reruns []func() *Normal
}

// Normal is an observation in the form that is compared.
type Normal struct {
	HTTP     *Tree // status and headers.content-type
	Response *Tree // nil without a body
	// Refused says that the request was not executed at all: it is a request
	// error of the GraphQL library (GraphQL spec 7.1.2), whose first message is
	// Refusal.
	Refused bool
	Refusal string
	// Effects has a member per store, a bag of effects: objects with a key, the
	// Text insert, update or delete, and their properties.
	Effects *Tree
	// Calls has a member per upstream, the list of calls that change something.
	Calls *Tree

	root *Tree
	side Side
	of   *Case
	// marked says that generated values are marked in the trees.
	marked bool
	// repeated are values that look generated and are the same in all reruns.
	repeated map[string]bool
}

// Case is what all observations of one case have in common.
type Case struct {
	rules *Rules
	plan  *plan
	given func() map[string]bool // what request and fixture hold
}

// Prepare reads what the rules need to know of a case. rules and schema may be
// nil.
func Prepare(rules *Rules, schema *Schema, cs *corpus.Case) *Case {
	return &Case{
		rules: rules, plan: newPlan(rules, schema, &cs.Request),
		given: sync.OnceValue(func() map[string]bool { return givenValues(cs) }),
	}
}

// Normalize applies the rules to an observation. It is an error when two rules
// contradict each other (*ConflictError) or the response is no JSON.
func (c *Case) Normalize(s Side) (*Normal, error) {
	b := &builder{
		moment: &moment{forest: &forest{}, from: s.From, to: s.To, given: c.given},
		rules:  c.rules, plan: c.plan,
	}
	n := &Normal{side: s, of: c}
	n.HTTP = b.http(s.Observation.HTTP)
	if s.Observation.Response != nil {
		raw, err := b.read(s.Observation.Response)
		if err != nil {
			return nil, fmt.Errorf("read response: %w", err)
		}
		n.Refused, n.Refusal = refused(raw)
		n.Response = b.body(raw)
	}
	n.Effects = b.effects(s.Observation.Effects)
	n.Calls = b.calls(s.Observation.Calls)
	if b.err != nil {
		return nil, b.err
	}
	n.root = b.tree(Object)
	for _, part := range []*Tree{n.Calls, n.Effects, n.HTTP, n.Response} {
		if part != nil {
			n.root.Children = append(n.root.Children, part)
		}
	}
	return n, nil
}

func (b *builder) http(h corpus.HTTP) *Tree {
	t := b.rules.start("http", func(*pattern) bool { return true })
	out := b.tree(Object)
	out.Name = "http"
	status := strconv.Itoa(h.Status)
	b.plain(out, "status", b.scalar(Number, status, status), t)
	if value, ok := h.Headers["content-type"]; ok {
		headers := b.tree(Object)
		inner, _ := t.member("headers")
		media, _, err := mime.ParseMediaType(value)
		if err != nil {
			media = value
		}
		b.plain(headers, "content-type", b.scalar(String, media, media), inner)
		b.add(out, "headers", headers)
	}
	return out
}

// plain adds a member that only path rules know.
func (b *builder) plain(out *Tree, name string, c *Tree, t trail) {
	_, hits := t.member(name)
	b.enter(name)
	b.add(out, name, b.rewrite(c, inPhases(hits), false))
	b.leave()
}

// body is the response: data by the schema; errors in any order, because the
// GraphQL spec promises none, and without their places in the document, which
// the GraphQL library makes up.
func (b *builder) body(raw *Tree) *Tree {
	t := b.rules.start("response", func(*pattern) bool { return true })
	if raw.Kind != Object {
		out := b.plainJSON(raw)
		out.Name = "response"
		return out
	}
	out := b.tree(Object)
	for _, c := range raw.Children {
		switch c.Name {
		case "data":
			b.member(out, c, rootField, t, nil)
		case "errors":
			dropLocations(c)
			b.member(out, c, nil, t, nil)
		default:
			b.member(out, c, nil, t, nil)
		}
	}
	sortMembers(out)
	if errors := out.Get("errors"); errors != nil && errors.Kind == List {
		errors.Unordered = true
	}
	out.Name = "response"
	return out
}

func dropLocations(errors *Tree) {
	for _, e := range errors.Children {
		if errors.Kind == List && e.Kind == Object {
			e.Children = slices.DeleteFunc(e.Children, func(c *Tree) bool { return c.Name == "locations" })
		}
	}
}

// refused tells a request error from an executed operation. Some libraries send
// "data": null with it; an execution error that nulls the data has a path.
func refused(raw *Tree) (bool, string) {
	if raw.Kind != Object {
		return false, ""
	}
	errors, data := raw.last("errors"), raw.last("data")
	if errors == nil || errors.Kind != List || len(errors.Children) == 0 || data != nil && data.Kind != Null {
		return false, ""
	}
	message := ""
	for _, e := range errors.Children {
		if e.Kind != Object {
			continue
		}
		if path := e.last("path"); path != nil && path.Kind != Null && data != nil {
			return false, ""
		}
		if text := e.last("message"); message == "" && text != nil && text.Kind != Null {
			message = text.Shown
		}
	}
	return true, message
}

// last is the last member of that name, nil when absent.
func (t *Tree) last(name string) *Tree {
	for _, c := range slices.Backward(t.Children) {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// effects are bags: what counts is the net change, not its order.
func (b *builder) effects(stores map[string][]corpus.Effect) *Tree {
	out := b.tree(Object)
	out.Name = "effects"
	b.enter("effects")
	for _, name := range sortedNames(stores) {
		bag := b.tree(List)
		bag.Unordered = true
		b.enter(name)
		for i := range stores[name] {
			b.effect(bag, name, &stores[name][i])
		}
		b.leave()
		if bag.history != nil {
			b.traceDropped(out, bag.history.dropped)
			bag.history = nil
		}
		if len(bag.Children) > 0 {
			b.add(out, name, bag)
		}
	}
	b.leave()
	return out
}

func (b *builder) effect(bag *Tree, store string, e *corpus.Effect) {
	key := e.Key.String()
	b.enter(key)
	defer b.leave()
	out := b.tree(Object)
	out.Text, out.Coordinate = string(e.Op), e.Key.Kind()
	b.add(out, "key", b.scalar(KeyValue, key, key))
	open := func(p *pattern) bool { return (p.head == store || p.head == "*") && p.matchesKey(e.Key) }
	t := b.rules.start("effects", open)
	kind := e.Key.Kind()
	switch e.Op {
	case corpus.Insert:
		b.add(out, "properties", b.properties(e.Properties, kind, "", t))
	case corpus.Delete:
		if e.Key.AnyRow() {
			b.add(out, "properties", b.properties(e.Properties, kind, "", t))
		}
	case corpus.Update:
		set := b.changes(e, kind, t)
		if len(set.Children) == 0 && set.history != nil {
			b.traceDropped(bag, set.history.dropped)
			return // rules say that nothing has changed
		}
		b.add(out, "properties", set)
	}
	markIDs(e.Key, out.Get("properties"))
	b.add(out, "indexes", b.indexes(e.Unindexed, out.Get("properties")))
	b.add(bag, "", b.rewrite(out, b.rules.ofEffect(open), true))
}

func (b *builder) traceDropped(out *Tree, dropped []stage) {
	if out.history == nil {
		out.history = &history{}
	}
	out.history.dropped = append(out.history.dropped, dropped...)
}

// changes has what each property is after an update. A property that is the
// same before and after, as far as the rules tell, has not changed.
func (b *builder) changes(e *corpus.Effect, kind string, t trail) *Tree {
	out := b.tree(Object)
	for _, name := range sortedNames(e.Set) {
		change := e.Set[name]
		next, hits := t.member(name)
		rules := merge(b.rules.forProperty(kind, name), hits)
		b.enter(name)
		from, to := b.changed(change.From, kind, name, next, beforeRules(rules)), b.changed(change.To, kind, name, next, rules)
		b.leave()
		if to.Kind != gone && to.Was != Token && to.history != nil && to.history.stages != nil && equalTrees(from, to) &&
			!equalTrees(rawTree(from), rawTree(to)) {
			to = &Tree{Kind: gone, history: to.history}
		}
		to.From = from
		b.add(out, name, to)
	}
	return out
}

// beforeRules are the rules for what a property was before. "now" is not among
// them: an instant of the fixture is not of this request, however recent, and a
// write of the present time over it is a change.
func beforeRules(rules []*Rule) []*Rule {
	return slices.DeleteFunc(slices.Clone(rules), func(r *Rule) bool { return r.Use == "now" })
}

// rawTree is the value before any rule.
func rawTree(t *Tree) *Tree {
	if t.history != nil && len(t.history.stages) > 0 {
		return t.history.stages[0].before
	}
	return t
}

func (b *builder) changed(v *corpus.Value, kind, name string, t trail, rules []*Rule) *Tree {
	if v == nil {
		return b.scalar(Token, "absent", "absent")
	}
	return b.stored(*v, kind, name, t, rules)
}

// indexes has a member for each property that is excluded from indexes, unless a
// rule took the property away.
func (b *builder) indexes(unindexed []string, props *Tree) *Tree {
	out := b.tree(Object)
	for _, path := range unindexed {
		name := FirstName(path)
		if by := props.takenBy(name); by != nil {
			flag := b.scalar(Token, "unindexed", "unindexed")
			flag.Name = path
			b.traceDropped(out, []stage{{rule: by, before: flag}})
			continue
		}
		b.add(out, path, b.scalar(Token, "unindexed", "unindexed"))
	}
	sortMembers(out)
	return out
}

// takenBy is the rule that took a member away, nil if none did.
func (t *Tree) takenBy(name string) *Rule {
	if t == nil || t.history == nil || t.Get(name) != nil {
		return nil
	}
	for _, s := range t.history.dropped {
		if s.before.Name == name {
			return s.rule
		}
	}
	return nil
}

// FirstName is the property that a path of corpus.Entity.Unindexed begins with.
func FirstName(path string) string {
	if p, err := corpus.ParsePropertyPath(path); err == nil {
		return p[0].Name
	}
	return path
}
