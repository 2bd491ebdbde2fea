package datastore

import (
	"slices"
	"sort"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// resultRow is one row of a query's result.
type resultRow struct {
	pos    string // where it stands in the order; unique in the result
	st     *stored
	values []string // encoded values of the projection
	group  string   // of the distinct properties
}

// matcher evaluates one disjunct on entities. The properties that matter to
// order and projection have dimensions: an entity gives one row for each
// combination of their values, the way a composite index has it.
type matcher struct {
	*plan
	conj conjunction
	dims []dimension
	eq   []predicate
}

// dimension is a property of whose values one belongs to a row.
type dimension struct {
	property string
	prefix   string // of its rows in the index
	desc     bool
	fixed    string // the value, where an equality filter fixes it
	tests    []predicate
}

func (p *plan) matcher(c conjunction) *matcher {
	m := &matcher{plan: p, conj: c}
	for _, o := range p.orders {
		m.addDim(o.property, o.desc)
	}
	for _, x := range c.preds {
		if x.op == pb.PropertyFilter_EQUAL && x.property != keyProperty {
			m.eq = append(m.eq, x)
		}
	}
	return m
}

func (m *matcher) addDim(property string, desc bool) {
	if property == keyProperty {
		return
	}
	d := dimension{property: property, desc: desc, prefix: m.prefix(property)}
	for _, x := range m.conj.preds {
		switch {
		case x.property != property:
		case x.op == pb.PropertyFilter_EQUAL:
			d.fixed = x.value
		default:
			d.tests = append(d.tests, x)
		}
	}
	if len(d.tests) > 0 {
		d.fixed = ""
	}
	m.dims = append(m.dims, d)
}

func (p *plan) prefix(property string) string {
	return string(indexPrefix(nil, p.namespace, p.kind, property))
}

// path is the part of the entity's key after the namespace.
func (s *stored) path(namespace string) string {
	n := len(namespace) + 2 // namespaces hold no zero byte
	return s.key[n:]
}

// values lists the encoded values that the entity's index rows have under a
// prefix, ascending.
func (s *stored) values(prefix string, pathLen int) []string {
	at := sort.SearchStrings(s.rows, prefix)
	var values []string
	for _, r := range s.rows[at:] {
		if !strings.HasPrefix(r, prefix) {
			break
		}
		values = append(values, r[len(prefix):len(r)-pathLen])
	}
	return values
}

// holds tells whether an entity of the right kind satisfies key filters,
// ancestor and equality filters; the dimensions check the rest.
func (m *matcher) holds(s *stored) bool {
	path := s.path(m.namespace)
	if !strings.HasPrefix(path, m.conj.ancestor) {
		return false
	}
	for _, x := range m.conj.preds {
		if x.property == keyProperty && !x.test(path) {
			return false
		}
	}
	for _, x := range m.eq {
		if !slices.Contains(s.values(m.prefix(x.property), len(path)), x.value) {
			return false
		}
	}
	return true
}

// test applies a predicate to an encoded value.
func (x *predicate) test(v string) bool {
	switch x.op {
	case pb.PropertyFilter_EQUAL:
		return v == x.value
	case pb.PropertyFilter_NOT_EQUAL:
		return v != x.value
	case pb.PropertyFilter_LESS_THAN:
		return v < x.value
	case pb.PropertyFilter_LESS_THAN_OR_EQUAL:
		return v <= x.value
	case pb.PropertyFilter_GREATER_THAN:
		return v > x.value
	case pb.PropertyFilter_GREATER_THAN_OR_EQUAL:
		return v >= x.value
	case pb.PropertyFilter_NOT_IN:
		return !slices.Contains(x.values, v)
	}
	return false
}

// candidates lists, per dimension, the values that rows may have; false when a
// dimension has none.
func (m *matcher) candidates(s *stored) ([][]string, bool) {
	pathLen := len(s.path(m.namespace))
	lists := make([][]string, len(m.dims))
	for i, d := range m.dims {
		if d.fixed != "" {
			lists[i] = []string{d.fixed}
			continue
		}
		values := s.values(d.prefix, pathLen)
		values = slices.DeleteFunc(values, func(v string) bool {
			return slices.ContainsFunc(d.tests, func(x predicate) bool { return !x.test(v) })
		})
		if len(values) == 0 {
			return nil, false
		}
		lists[i] = values
	}
	return lists, true
}

// rows yields the rows of an entity: the first one in the order, or all of
// them for a projection.
func (m *matcher) rows(s *stored, yield func(resultRow) bool) bool {
	if !m.holds(s) {
		return true
	}
	lists, ok := m.candidates(s)
	if !ok {
		return true
	}
	if m.kindOf == pb.EntityResult_PROJECTION {
		return m.product(s, lists, make([]string, 0, len(lists)), yield)
	}
	row := make([]string, len(lists))
	for i, values := range lists {
		row[i] = values[0]
		if m.dims[i].desc {
			row[i] = values[len(values)-1]
		}
	}
	return yield(m.row(s, row))
}

func (m *matcher) product(s *stored, lists [][]string, row []string, yield func(resultRow) bool) bool {
	if len(row) == len(lists) {
		return yield(m.row(s, row))
	}
	for _, v := range lists[len(row)] {
		if !m.product(s, lists, append(row, v), yield) {
			return false
		}
	}
	return true
}

// row builds the row with the given value per dimension. Its position is the
// concatenation of its values in the order, inverted where that descends.
func (m *matcher) row(s *stored, values []string) resultRow {
	b := make([]byte, 0, 64)
	i := 0
	for _, o := range m.orders {
		start := len(b)
		if o.property == keyProperty {
			b = append(b, s.path(m.namespace)...)
			b = append(b, pathEnd)
		} else {
			b = append(b, values[i]...)
			i++
		}
		if o.desc {
			invert(b[start:])
		}
	}
	r := resultRow{st: s}
	for j, d := range m.dims {
		if slices.Contains(m.distinct, d.property) {
			r.group += values[j]
		}
	}
	for _, name := range m.projection {
		j := slices.IndexFunc(m.dims, func(d dimension) bool { return d.property == name })
		r.values = append(r.values, values[j])
	}
	r.pos = string(b)
	return r
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}
