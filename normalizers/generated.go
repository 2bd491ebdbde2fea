package normalizers

import (
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
	eachPart(s, func(_ int, part string, uuid bool) bool {
		if uuid {
			part = strings.ToLower(part)
		}
		g[part] = true
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

// generatedValues are the texts that are generated on one side: ids that stores
// gave out, UUIDs by their shape, and what rules name.
func (n *Normal) generatedValues() map[string]bool {
	out := map[string]bool{}
	for _, id := range n.ids() {
		out[strconv.FormatInt(id, 10)] = true
	}
	n.root.each(func(t *Tree) {
		if t.named {
			out[t.wholeText()] = true
		}
		if t.Kind == String || t.Kind == KeyValue {
			eachUUID(t.Text, func(uuid string) { out[strings.ToLower(uuid)] = true })
		}
	})
	if len(out) == 0 {
		return nil
	}
	for value := range n.of.given() {
		delete(out, value)
	}
	return out
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

func eachUUID(s string, visit func(string)) {
	for i := 0; i+uuidLen <= len(s); i++ {
		dash := strings.IndexByte(s[i:], '-')
		if dash < 0 {
			return
		}
		if start := i + dash - 8; start >= i && isUUID(s[start:]) && (start == 0 || !wordByte[s[start-1]]) {
			visit(s[start : start+uuidLen])
			i = start + uuidLen - 1
			continue
		}
		i += dash
	}
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
