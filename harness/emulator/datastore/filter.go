package datastore

import (
	"slices"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// maxDisjunctions is the documented limit of a filter in disjunctive normal
// form: https://cloud.google.com/datastore/docs/concepts/queries.
const maxDisjunctions = 30

// maxNotIn is the limit of PropertyFilter.NOT_IN.
const maxNotIn = 10

type predicate struct {
	property string
	op       pb.PropertyFilter_Operator
	value    string   // encoded; of keyProperty: the encoded path
	values   []string // of NOT_IN
}

// conjunction is one disjunct of a filter: all its predicates hold.
type conjunction struct {
	ancestor string // encoded path; "" for none
	preds    []predicate
}

// filterParser turns a filter into disjunctive normal form.
type filterParser struct {
	db        dbID
	namespace string
	kind      string
	negations int  // NOT_EQUAL and NOT_IN
	notIn     bool // a NOT_IN is present
	splits    bool // an OR or IN is present
}

func (p *filterParser) parse(f *pb.Filter) ([]conjunction, error) {
	if f == nil {
		return []conjunction{{}}, nil
	}
	list, err := p.filter(f, 0)
	if err != nil {
		return nil, err
	}
	switch {
	case p.negations > 1:
		return nil, invalid("Only a single 'NOT_EQUAL' or 'NOT_IN' is allowed per query.")
	case p.notIn && p.splits:
		return nil, invalid("'NOT_IN' cannot be used in the same query with 'OR' or 'IN'.")
	}
	for _, c := range list[1:] {
		if c.ancestor != list[0].ancestor {
			return nil, invalid("All evaluated disjunctions must have the same HAS_ANCESTOR filter.")
		}
	}
	return list, nil
}

// maxFilterDepth bounds recursion; it is far beyond what a client builds.
const maxFilterDepth = 100

func (p *filterParser) filter(f *pb.Filter, depth int) ([]conjunction, error) {
	if depth > maxFilterDepth {
		return nil, invalid("The filter is nested deeper than %d levels.", maxFilterDepth)
	}
	switch t := f.GetFilterType().(type) {
	case *pb.Filter_PropertyFilter:
		return p.property(t.PropertyFilter)
	case *pb.Filter_CompositeFilter:
		return p.composite(t.CompositeFilter, depth)
	}
	return nil, invalid("a filter must have exactly one of its fields set")
}

func (p *filterParser) composite(f *pb.CompositeFilter, depth int) ([]conjunction, error) {
	if len(f.GetFilters()) == 0 {
		return nil, invalid("A composite filter must have at least one sub-filter.")
	}
	switch f.Op {
	case pb.CompositeFilter_AND:
		return p.and(f.Filters, depth)
	case pb.CompositeFilter_OR:
		p.splits = true
		var all []conjunction
		for _, sub := range f.Filters {
			list, err := p.filter(sub, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
			if err := checkDisjunctions(len(all)); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return nil, invalid("a composite filter must specify an operator")
}

func checkDisjunctions(n int) error {
	if n > maxDisjunctions {
		return invalid("The query requires more than %d disjunctions.", maxDisjunctions)
	}
	return nil
}

// and multiplies the disjuncts of its parts.
func (p *filterParser) and(filters []*pb.Filter, depth int) ([]conjunction, error) {
	product := []conjunction{{}}
	for _, sub := range filters {
		list, err := p.filter(sub, depth+1)
		if err != nil {
			return nil, err
		}
		if err := checkDisjunctions(len(product) * len(list)); err != nil {
			return nil, err
		}
		var next []conjunction
		for _, a := range product {
			for _, b := range list {
				c, err := a.join(b)
				if err != nil {
					return nil, err
				}
				next = append(next, c)
			}
		}
		product = next
	}
	return product, nil
}

func (c conjunction) join(other conjunction) (conjunction, error) {
	joined := conjunction{ancestor: c.ancestor, preds: slices.Concat(c.preds, other.preds)}
	switch {
	case other.ancestor == "":
	case c.ancestor == "" || c.ancestor == other.ancestor:
		joined.ancestor = other.ancestor
	default:
		return joined, invalid("Only a single HAS_ANCESTOR filter is allowed per query.")
	}
	return joined, nil
}

func (p *filterParser) property(f *pb.PropertyFilter) ([]conjunction, error) {
	name := f.GetProperty().GetName()
	if name == "" {
		return nil, invalid("The property.name is the empty string.")
	}
	if f.Value.GetValueType() == nil && f.Op != pb.PropertyFilter_OPERATOR_UNSPECIFIED {
		return nil, invalid("The value %q does not contain a value.", name)
	}
	switch f.Op {
	case pb.PropertyFilter_OPERATOR_UNSPECIFIED:
		return nil, invalid("a property filter must specify an operator")
	case pb.PropertyFilter_HAS_ANCESTOR:
		return p.hasAncestor(name, f.Value)
	case pb.PropertyFilter_IN:
		return p.in(name, f.Value)
	case pb.PropertyFilter_NOT_IN:
		p.negations++
		p.notIn = true
		return p.notInFilter(name, f.Value)
	case pb.PropertyFilter_NOT_EQUAL:
		p.negations++
	case pb.PropertyFilter_EQUAL, pb.PropertyFilter_LESS_THAN, pb.PropertyFilter_LESS_THAN_OR_EQUAL,
		pb.PropertyFilter_GREATER_THAN, pb.PropertyFilter_GREATER_THAN_OR_EQUAL:
	default:
		return nil, invalid("Unrecognized PropertyFilter.op: %v", f.Op)
	}
	value, err := p.value(name, f.Value)
	if err != nil {
		return nil, err
	}
	return []conjunction{{preds: []predicate{{property: name, op: f.Op, value: value}}}}, nil
}

func (p *filterParser) hasAncestor(name string, v *pb.Value) ([]conjunction, error) {
	if name != keyProperty {
		return nil, invalid("property must be %s", keyProperty)
	}
	k, ok := v.ValueType.(*pb.Value_KeyValue)
	if !ok {
		return nil, invalid("HAS_ANCESTOR requires a key value")
	}
	path, err := p.keyPath("ancestor", k.KeyValue)
	if err != nil {
		return nil, err
	}
	return []conjunction{{ancestor: path}}, nil
}

func (p *filterParser) in(name string, v *pb.Value) ([]conjunction, error) {
	values, err := p.list("IN", name, v)
	if err != nil {
		return nil, err
	}
	if err := checkDisjunctions(len(values)); err != nil {
		return nil, err
	}
	p.splits = true
	var list []conjunction
	for _, value := range values {
		list = append(list, conjunction{preds: []predicate{{property: name, op: pb.PropertyFilter_EQUAL, value: value}}})
	}
	return list, nil
}

func (p *filterParser) notInFilter(name string, v *pb.Value) ([]conjunction, error) {
	if n := len(v.GetArrayValue().GetValues()); n > maxNotIn {
		return nil, invalid("NOT_IN supports up to %d values.", maxNotIn)
	}
	values, err := p.list("NOT_IN", name, v)
	if err != nil {
		return nil, err
	}
	return []conjunction{{preds: []predicate{{property: name, op: pb.PropertyFilter_NOT_IN, values: values}}}}, nil
}

// list encodes the distinct values of an array operand.
func (p *filterParser) list(op, name string, v *pb.Value) ([]string, error) {
	a, ok := v.ValueType.(*pb.Value_ArrayValue)
	switch {
	case !ok:
		return nil, invalid("%s requires an ArrayValue.", op)
	case len(a.ArrayValue.GetValues()) == 0:
		return nil, invalid("%s requires an non-empty ArrayValue.", op)
	}
	var values []string
	for _, x := range a.ArrayValue.Values {
		value, err := p.value(name, x)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	return values, nil
}

// value encodes the operand of a comparison.
func (p *filterParser) value(name string, v *pb.Value) (string, error) {
	if name == keyProperty {
		k, ok := v.GetValueType().(*pb.Value_KeyValue)
		if !ok {
			return "", invalid("%s filter value must be a Key", keyProperty)
		}
		return p.keyPath(keyProperty+" filter", k.KeyValue)
	}
	switch v.GetValueType().(type) {
	case nil:
		return "", invalid("The value %q does not contain a value.", name)
	case *pb.Value_ArrayValue:
		return "", invalid("A list value is not allowed")
	case *pb.Value_EntityValue:
		return "", invalid("An entity value is not allowed")
	}
	if v.ExcludeFromIndexes {
		return "", invalid("a filter value must be indexed")
	}
	plain := &pb.Value{ValueType: v.ValueType} // a meaning does not matter here
	if err := p.db.checkValue(name, plain, false, 0); err != nil {
		return "", err
	}
	if p.kind == "" {
		return "", invalid("kind is required for filter: %s", name)
	}
	return string(appendValue(nil, v)), nil
}

// keyPath encodes the path of a key that is compared with those of entities.
// Metadata kinds are reserved, yet may be asked for.
func (p *filterParser) keyPath(what string, k *pb.Key) (string, error) {
	if err := p.db.checkKeyValue(k); err != nil {
		return "", err
	}
	id := k.PartitionId
	if id.ProjectId != p.db.project || id.DatabaseId != p.db.database {
		return "", invalid("mismatched databases within request: %v vs. %v", p.db, dbID{id.ProjectId, id.DatabaseId})
	}
	if id.NamespaceId != p.namespace {
		return "", invalid("The query namespace is '%s' but %s namespace is '%s'.", p.namespace, what, id.NamespaceId)
	}
	return string(appendPath(nil, k.Path)), nil
}
