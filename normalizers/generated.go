package normalizers

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// givenValues are the values of request and fixture, and their parts: none of
// them is generated, wherever it turns up.
func givenValues(cs *corpus.Case) map[string]bool {
	g := given{}
	g.text(cs.Request.Document)
	g.json(cs.Request.Variables)
	g.json(cs.Request.Extensions)
	for _, v := range cs.Request.Headers {
		g.text(v)
	}
	for _, store := range cs.StoreNames() {
		state := cs.State(store)
		for i := range state.Entities {
			g.entity(&state.Entities[i])
		}
		for _, key := range state.Absent {
			g.key(key)
		}
	}
	return g
}

type given map[string]bool

func (g given) text(s string) {
	g[s] = true
	if at, ok := ParseInstant(s); ok {
		g.instant(at)
	}
	g.parts(s)
	if d := decodeText(s); d != nil {
		g.parts(d.text)
	}
}

func (g given) parts(s string) {
	eachPart(s, func(_ int, part string, _ bool) bool {
		g[part] = true
		if shape, canonical, _ := readShape(part); shape != noShape {
			g[canonical] = true
		}
		return false
	})
}

func (g given) json(j corpus.JSON) {
	if tree, err := j.Decode(); err == nil {
		g.tree((&builder{moment: &moment{forest: &forest{}}}).json(tree))
	}
}

func (g given) tree(t *Tree) {
	if !t.Kind.composite() {
		g.text(t.Text)
	}
	for _, c := range t.Children {
		g.tree(c)
	}
}

func (g given) entity(e *corpus.Entity) {
	g.key(e.Key)
	for _, v := range e.Properties {
		g.value(v)
	}
}

func (g given) value(v corpus.Value) {
	switch v := v.(type) {
	case string:
		g.text(v)
	case int64:
		g[strconv.FormatInt(v, 10)] = true
	case time.Time:
		g.instant(v)
	case corpus.Key:
		g.key(v)
	case *corpus.Entity:
		g.entity(v)
	case corpus.Typed:
		t := (&builder{moment: &moment{forest: &forest{}}}).typed(v)
		if t.Kind == Number {
			g[t.Text] = true // the digits of 9.50 are no ids
			return
		}
		g.tree(t)
	case corpus.Meant:
		g.value(v.Value)
	case []corpus.Value:
		for _, item := range v {
			g.value(item)
		}
	}
}

// instant adds an instant, and what a server makes of it that knows milliseconds
// only.
func (g given) instant(at time.Time) {
	g[givenInstant(at)] = true
	g[givenInstant(at.Truncate(time.Millisecond))] = true
}

func (g given) key(k corpus.Key) {
	for _, e := range k.Path {
		if e.ID != 0 {
			g[strconv.FormatInt(e.ID, 10)] = true
		} else {
			g.text(e.Name)
		}
	}
}

// origin is why a value counts as generated.
type origin uint8

const (
	notGenerated origin = iota
	byStore             // a store gave the id out
	byRule              // a rule names it
	byShape             // it looks so, and nothing speaks against it
)

// generatedSet is what is generated on one side, by its text, in the order in
// which it was met.
type generatedSet struct {
	origin map[string]origin
	order  []string
}

func (g *generatedSet) add(text string, by origin) {
	if g.origin[text] == notGenerated {
		g.order = append(g.order, text)
	}
	g.origin[text] = by
}

// generatedValues are the texts that are generated on one side: ids that stores
// gave out, what rules name, and what has the shape of a value that is made up.
func (n *Normal) generatedValues(other *Normal) generatedSet {
	ids := n.ids()
	out := generatedSet{origin: make(map[string]origin, len(ids)), order: make([]string, 0, len(ids))}
	for _, id := range ids {
		out.add(strconv.FormatInt(id, 10), byStore)
	}
	var shaped []shapedText
	n.root.each(func(t *Tree) {
		if t.named {
			out.add(oneText(t.wholeText()), byRule)
		}
		if t.Kind == String || t.Kind == KeyValue {
			eachShaped(t.Text, func(part string, s look, canonical string, _ form) {
				if s != opaqueShape || !holdsID(part, out.origin) {
					shaped = append(shaped, shapedText{s, canonical})
				}
			})
		}
	})
	n.addShaped(&out, shaped)
	if len(out.order) == 0 {
		return out
	}
	given := n.of.given()
	for _, text := range out.order {
		if given[text] {
			delete(out.origin, text)
		}
	}
	n.dropRepeated(&out, other)
	return out
}

type shapedText struct {
	look
	canonical string
}

// oneText is the one text of all ways to write a value.
func oneText(s string) string {
	if shape, canonical, _ := readShape(s); shape != noShape {
		return canonical
	}
	return s
}

// addShaped adds what is known by its shape. A shape proves nothing: a digest can
// be of what is always the same, a token can be a constant. So what the same
// implementation says again in another run of the case is not generated. Where a
// recording is all there is, only those shapes count that are of chance or time
// by their definition.
func (n *Normal) addShaped(out *generatedSet, shaped []shapedText) {
	if len(shaped) == 0 {
		return
	}
	var constant map[string]bool
	if n.side.Again != nil {
		constant = n.side.Again().shapedValues()
	}
	alone := n.side.Recorded && n.side.Again == nil
	for _, s := range shaped {
		if out.origin[s.canonical] == notGenerated && !constant[s.canonical] && (!alone || proven(s.look, s.canonical)) {
			out.add(s.canonical, byShape)
		}
	}
}

// dropRepeated takes out what only looks made up: a value that the other side does
// not have, and that the implementation gives every time that it is asked.
func (n *Normal) dropRepeated(out *generatedSet, other *Normal) {
	if len(n.side.Reruns) == 0 {
		return
	}
	suspects, elsewhere := map[string]bool{}, map[string]bool(nil)
	for text, by := range out.origin {
		if by != byShape {
			continue
		}
		if elsewhere == nil {
			elsewhere = other.shapedValues()
		}
		if !elsewhere[text] {
			suspects[text] = true
		}
	}
	for _, run := range n.side.Reruns {
		if len(suspects) == 0 {
			return
		}
		again := run().shapedValues()
		maps.DeleteFunc(suspects, func(text string, _ bool) bool { return !again[text] })
	}
	n.repeated = suspects
	for text := range suspects {
		delete(out.origin, text)
	}
}

// shapedValues are all values that have a shape.
func (n *Normal) shapedValues() map[string]bool {
	out := map[string]bool{}
	if n == nil {
		return out
	}
	n.root.each(func(t *Tree) {
		if t.Kind == String || t.Kind == KeyValue {
			eachShaped(t.Text, func(_ string, _ look, canonical string, _ form) { out[canonical] = true })
		}
	})
	return out
}

// holdsID reports whether an id that a store gave out stands in what looks like
// chance.
func holdsID(part string, known map[string]origin) bool {
	found := false
	eachNumber(part, 0, len(part), func(_ int, digits string, _ bool) bool {
		found = found || len(digits) >= minPart && known[digits] == byStore
		return false
	})
	return found
}

// ids are those that the stores gave out. A recording does not tell; there they
// are the ids of inserted keys that come from nowhere else.
func (n *Normal) ids() []int64 {
	var out []int64
	for _, k := range n.side.Allocated {
		if len(k.Path) > 0 {
			out = append(out, k.Path[len(k.Path)-1].ID)
		}
	}
	if !n.side.Recorded {
		return out
	}
	for _, effects := range n.side.Observation.Effects {
		for _, e := range effects {
			if e.Op != corpus.Insert {
				continue
			}
			for _, element := range e.Key.Path {
				if element.ID != 0 {
					out = append(out, element.ID)
				}
			}
		}
	}
	return out
}

// wholeText is the value of which a rule says that it is generated: of a key the
// id or name of its last element.
func (t *Tree) wholeText() string {
	if t.Kind != KeyValue {
		return t.Text
	}
	last := t.Text[strings.LastIndexByte(t.Text, '/')+1:]
	if name, err := strconv.Unquote(last); err == nil {
		return name
	}
	return last
}

// each visits every tree below, also what rules rewrote.
func (t *Tree) each(visit func(*Tree)) {
	visit(t)
	for _, c := range t.Children {
		c.each(visit)
	}
}
