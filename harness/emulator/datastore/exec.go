package datastore

import (
	"slices"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// scan yields the rows of the plan in order, from after the start cursor up to
// the end cursor. It tells whether rows lie behind the end cursor.
func (p *plan) scan(c *content, yield func(resultRow) bool) (beyond bool) {
	groups := map[string]bool{}
	p.ordered(c, func(r resultRow) bool {
		if len(p.distinct) > 0 {
			if groups[r.group] {
				return true
			}
			groups[r.group] = true
		}
		if p.start != nil && r.pos <= p.start.pos {
			return true
		}
		if p.end != nil && r.pos > p.end.pos {
			beyond = true
			return false
		}
		return yield(r)
	})
	return beyond
}

// resume is the position from which an index may be read, "" for its start.
// Distinct rows need those before the start cursor: they tell which groups
// were seen.
func (p *plan) resume() string {
	if p.start == nil || len(p.distinct) > 0 {
		return ""
	}
	return p.start.pos
}

// ordered yields all rows in order. Where an index has them in that order they
// are streamed, else collected and sorted.
func (p *plan) ordered(c *content, yield func(resultRow) bool) {
	if len(p.disjuncts) == 1 && len(p.orders) <= 2 {
		m := p.matcher(p.disjuncts[0])
		if p.byKey() && !p.orders[0].desc {
			m.streamByKey(c, yield)
			return
		}
		if p.byProperty() && len(m.eq) == 0 {
			m.streamByProperty(c, yield)
			return
		}
	}
	for _, r := range p.collect(c) {
		if !yield(r) {
			return
		}
	}
}

func (p *plan) byKey() bool {
	return len(p.orders) == 1 && p.orders[0].property == keyProperty
}

// byProperty: one property, then the key in the same direction, is how the
// built-in index of the property is read forwards or backwards.
func (p *plan) byProperty() bool {
	return len(p.orders) == 2 && p.orders[1] == order{keyProperty, p.orders[0].desc} &&
		p.orders[0].property != keyProperty
}

// collect gathers the rows of all disjuncts, each entity or projected row once,
// at its first place.
func (p *plan) collect(c *content) []resultRow {
	var rows []resultRow
	for _, conj := range p.disjuncts {
		m := p.matcher(conj)
		m.entities(c, func(s *stored) bool {
			return m.rows(s, func(r resultRow) bool {
				rows = append(rows, r)
				return true
			})
		})
	}
	slices.SortFunc(rows, func(a, b resultRow) int { return strings.Compare(a.pos, b.pos) })
	if p.kindOf == pb.EntityResult_PROJECTION {
		return slices.CompactFunc(rows, func(a, b resultRow) bool { return a.pos == b.pos })
	}
	if len(p.disjuncts) == 1 {
		return rows
	}
	seen := make(map[*stored]bool, len(rows))
	return slices.DeleteFunc(rows, func(r resultRow) bool {
		again := seen[r.st]
		seen[r.st] = true
		return again
	})
}

// span is a range of encoded paths or values: from <= x < to; to is "" for no
// upper bound.
type span struct{ from, to string }

func (s *span) narrow(from, to string) {
	s.from = max(s.from, from)
	if s.to == "" || to != "" && to < s.to {
		s.to = to
	}
}

func (s span) below(x string) bool { return s.to == "" || x < s.to }

// paths is the range of keys that ancestor and key filters leave, from after
// the start cursor where rows are read in key order.
func (m *matcher) paths() span {
	var s span
	if a := m.conj.ancestor; a != "" {
		s.narrow(a, a+"\x02") // every element of a path begins with 0x01
	}
	for _, x := range m.conj.preds {
		if x.property == keyProperty {
			x.narrow(&s, "\x00")
		}
	}
	if m.byKey() && !m.orders[0].desc {
		s.narrow(m.resume(), "")
	}
	return s
}

// narrow applies a comparison to a span; after is what, appended to a value,
// is greater than everything that has the value.
func (x *predicate) narrow(s *span, after string) {
	switch x.op {
	case pb.PropertyFilter_EQUAL:
		s.narrow(x.value, x.value+after)
	case pb.PropertyFilter_LESS_THAN:
		s.narrow("", x.value)
	case pb.PropertyFilter_LESS_THAN_OR_EQUAL:
		s.narrow("", x.value+after)
	case pb.PropertyFilter_GREATER_THAN:
		s.narrow(x.value+after, "")
	case pb.PropertyFilter_GREATER_THAN_OR_EQUAL:
		s.narrow(x.value, "")
	}
}

// valueSpan is the range of the property's index rows, values and paths, that
// the disjunct's comparisons leave.
func (m *matcher) valueSpan(property string) span {
	var s span
	for _, x := range m.conj.preds {
		if x.property == property {
			x.narrow(&s, "\x02")
		}
	}
	return s
}

// streamByKey yields rows in key order.
func (m *matcher) streamByKey(c *content, yield func(resultRow) bool) {
	m.entities(c, func(s *stored) bool { return m.rows(s, yield) })
}

// streamByProperty reads the index of the first order's property. An entity
// with several values is yielded where its own first row stands.
func (m *matcher) streamByProperty(c *content, yield func(resultRow) bool) {
	o := m.orders[0]
	prefix := m.prefix(o.property)
	s := m.valueSpan(o.property)
	step := func(row string) bool {
		suffix := row[len(prefix):]
		n := valueLen(suffix)
		st := c.get(m.keyOf(suffix[n:]))
		return m.rows(st, func(r resultRow) bool {
			if !m.standsAt(r, suffix) {
				return true
			}
			return yield(r)
		})
	}
	if !o.desc {
		s.narrow(m.resume(), "")
		c.index.Ascend(prefix+s.from, func(row string) bool {
			return strings.HasPrefix(row, prefix) && s.below(row[len(prefix):]) && step(row)
		})
		return
	}
	last := prefix + "\xff"
	if s.to != "" {
		last = prefix + s.to
	}
	if pos := m.resume(); pos != "" {
		b := []byte(pos)
		invert(b)
		last = min(last, prefix+string(b))
	}
	c.index.Descend(last, func(row string) bool {
		if s.to != "" && row == last {
			return true
		}
		return strings.HasPrefix(row, prefix) && row[len(prefix):] >= s.from && step(row)
	})
}

// standsAt tells whether the row's position is that of an index row: value and
// path, inverted where the order descends.
func (m *matcher) standsAt(r resultRow, suffix string) bool {
	if len(r.pos) != len(suffix)+1 {
		return false
	}
	if !m.orders[0].desc {
		return r.pos[:len(suffix)] == suffix
	}
	for i := range len(suffix) {
		if r.pos[i] != ^suffix[i] {
			return false
		}
	}
	return true
}

// keyOf is the entityKey of a path in the plan's namespace.
func (p *plan) keyOf(path string) string {
	b := make([]byte, 0, len(p.namespace)+2+len(path))
	return string(append(appendText(b, p.namespace), path...))
}

// entities yields, in key order where the order is by key, a superset of the
// entities that match.
func (m *matcher) entities(c *content, yield func(*stored) bool) {
	paths := m.paths()
	switch {
	case m.kind == "":
		m.allKinds(c, paths, yield)
	case len(m.eq) > 0:
		m.join(c, paths, yield)
	default:
		if d := m.narrowest(); d != "" {
			m.byValue(c, d, yield)
			return
		}
		prefix := m.prefix(keyProperty)
		c.index.Ascend(prefix+paths.from, func(row string) bool {
			return strings.HasPrefix(row, prefix) && paths.below(row[len(prefix):]) &&
				yield(c.get(m.keyOf(row[len(prefix):])))
		})
	}
}

// narrowest names a property whose comparisons bound its index, "" for none.
// It is of no use where the key bounds the entities or rules the order.
func (m *matcher) narrowest() string {
	if m.byKey() || m.conj.ancestor != "" {
		return ""
	}
	for _, x := range m.conj.preds {
		if x.property != keyProperty && x.op != pb.PropertyFilter_EQUAL {
			return x.property
		}
	}
	return ""
}

// byValue yields the entities with a value in the range of the comparisons,
// each once.
func (m *matcher) byValue(c *content, property string, yield func(*stored) bool) {
	prefix := m.prefix(property)
	s := m.valueSpan(property)
	seen := map[string]bool{}
	c.index.Ascend(prefix+s.from, func(row string) bool {
		if !strings.HasPrefix(row, prefix) || !s.below(row[len(prefix):]) {
			return false
		}
		suffix := row[len(prefix):]
		path := suffix[valueLen(suffix):]
		if seen[path] {
			return true
		}
		seen[path] = true
		return yield(c.get(m.keyOf(path)))
	})
}

// allKinds scans the entities of a namespace, whatever their kind.
func (m *matcher) allKinds(c *content, paths span, yield func(*stored) bool) {
	ns := m.keyOf("")
	c.entities.Ascend(&stored{key: ns + paths.from}, func(s *stored) bool {
		return strings.HasPrefix(s.key, ns) && paths.below(s.key[len(ns):]) && yield(s)
	})
}

// join walks the index ranges of all equality filters, each of which has its
// paths in order, and yields the entities that are in every one of them.
func (m *matcher) join(c *content, paths span, yield func(*stored) bool) {
	prefixes := make([]string, len(m.eq))
	for i, x := range m.eq {
		prefixes[i] = m.prefix(x.property) + x.value
	}
	if len(prefixes) == 1 {
		prefix := prefixes[0]
		c.index.Ascend(prefix+paths.from, func(row string) bool {
			return strings.HasPrefix(row, prefix) && paths.below(row[len(prefix):]) &&
				yield(c.get(m.keyOf(row[len(prefix):])))
		})
		return
	}
	it := c.index.Iter()
	defer it.Release()
	target := paths.from
	for agreed, i := 0, 0; ; i = (i + 1) % len(prefixes) {
		prefix := prefixes[i]
		if !it.Seek(prefix+target) || !strings.HasPrefix(it.Item(), prefix) {
			return
		}
		path := it.Item()[len(prefix):]
		switch {
		case !paths.below(path):
			return
		case path != target:
			target, agreed = path, 1
		default:
			agreed++
		}
		if agreed == len(prefixes) {
			if !yield(c.get(m.keyOf(target))) {
				return
			}
			target, agreed = target+"\x00", 0
		}
	}
}
