package corpus

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// identity is the hash of request and fixture: what makes a case the one it is.
// Instants for which recent is true count as one and the same; recent may be
// nil. The encoding must stay as it is: names of recorded files follow from it.
func identity(c *Case, recent func(time.Time) bool) [sha256.Size]byte {
	h := hasher{recent: recent}
	h.request(c.Request)
	states := c.Fixture.resolved()
	for _, store := range slices.Sorted(maps.Keys(states)) {
		h.text(store)
		h.state(states[store])
	}
	return sha256.Sum256(h.out)
}

// hasher appends an unambiguous encoding: each part is preceded by a mark or its
// length.
type hasher struct {
	out    []byte
	recent func(time.Time) bool
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func (h *hasher) text(s string)  { h.out = appendText(h.out, s) }
func (h *hasher) count(n int)    { h.out = binary.AppendUvarint(h.out, uint64(n)) }
func (h *hasher) mark(c byte)    { h.out = append(h.out, c) }
func (h *hasher) number(n int64) { h.out = binary.BigEndian.AppendUint64(h.out, uint64(n)) }
func (h *hasher) float(f float64) {
	h.out = binary.BigEndian.AppendUint64(h.out, math.Float64bits(f))
}

func (h *hasher) request(r Request) {
	h.text(string(r.Operation))
	h.text(r.Document)
	h.text(r.OperationName)
	h.text(string(r.Variables))
	h.text(string(r.Extensions))
	h.count(len(r.Headers))
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		h.text(name)
		h.text(r.Headers[name])
	}
}

// state hashes a state whatever the order in which it is listed.
func (h *hasher) state(s State) {
	entities := slices.SortedStableFunc(slices.Values(s.Entities), func(a, b Entity) int { return a.Key.Compare(b.Key) })
	h.count(len(entities))
	for len(entities) > 0 {
		n := 1
		for n < len(entities) && entities[n].Key.AnyRow() && entities[n].Key.Equal(entities[0].Key) {
			n++
		}
		h.rows(entities[:n])
		entities = entities[n:]
	}
	absent := slices.SortedFunc(slices.Values(s.Absent), Key.Compare)
	h.count(len(absent))
	for _, k := range absent {
		h.text(k.String())
	}
	if len(s.Sequences) > 0 {
		h.mark('q')
		for _, name := range slices.Sorted(maps.Keys(s.Sequences)) {
			h.text(name)
			h.number(s.Sequences[name])
		}
	}
}

// rows hashes one entity, or the rows of a multiset in whatever order.
func (h *hasher) rows(rows []Entity) {
	if len(rows) == 1 {
		h.entity(&rows[0])
		return
	}
	encoded := make([]string, len(rows))
	for i := range rows {
		one := hasher{recent: h.recent}
		one.entity(&rows[i])
		encoded[i] = string(one.out)
	}
	slices.Sort(encoded)
	for _, e := range encoded {
		h.out = append(h.out, e...)
	}
}

func (h *hasher) entity(e *Entity) {
	h.text(e.Key.String())
	h.count(len(e.Properties))
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		h.text(name)
		h.value(e.Properties[name])
	}
	h.count(len(e.Unindexed))
	for _, name := range slices.Sorted(slices.Values(e.Unindexed)) {
		h.text(name)
	}
}

func (h *hasher) value(v Value) {
	switch v := v.(type) {
	case nil:
		h.mark('n')
	case bool:
		h.mark('b')
		if v {
			h.mark(1)
		} else {
			h.mark(0)
		}
	case int64:
		h.mark('i')
		h.number(v)
	case float64:
		h.mark('f')
		h.float(v)
	case string:
		h.mark('s')
		h.text(v)
	case []byte:
		h.mark('x')
		h.text(string(v))
	case time.Time:
		h.time(v)
	case Key:
		h.mark('k')
		h.text(v.String())
	case GeoPoint:
		h.mark('g')
		h.float(v.Lat)
		h.float(v.Lng)
	case *Entity:
		h.mark('e')
		h.entity(v)
	case []Value:
		h.mark('l')
		h.count(len(v))
		for _, item := range v {
			h.value(item)
		}
	case Typed:
		h.mark('y')
		h.text(v.Type)
		h.text(v.Text)
	case Meant:
		h.mark('m')
		h.number(int64(v.Meaning))
		h.value(v.Value)
	default:
		panic(fmt.Sprintf("a value is no %T", v))
	}
}

func (h *hasher) time(t time.Time) {
	if h.recent != nil && h.recent(t) {
		h.mark('r')
		return
	}
	h.mark('t')
	h.number(t.UnixMicro())
}
