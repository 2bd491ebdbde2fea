package datastore

import (
	"math"
	"strconv"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// anyOf parses conditions joined by OR.
func (p *gqlParser) anyOf() (*pb.Filter, error) {
	return p.joined("OR", pb.CompositeFilter_OR, p.allOf)
}

// allOf parses conditions joined by AND.
func (p *gqlParser) allOf() (*pb.Filter, error) {
	return p.joined("AND", pb.CompositeFilter_AND, p.condition)
}

func (p *gqlParser) joined(word string, op pb.CompositeFilter_Operator, part func() (*pb.Filter, error)) (*pb.Filter, error) {
	var filters []*pb.Filter
	for {
		f, err := part()
		if err != nil {
			return nil, err
		}
		filters = append(filters, f)
		if p.keyword(word) {
			continue
		}
		if len(filters) == 1 {
			return f, nil
		}
		c := &pb.CompositeFilter{Op: op, Filters: filters}
		return &pb.Filter{FilterType: &pb.Filter_CompositeFilter{CompositeFilter: c}}, nil
	}
}

func (p *gqlParser) condition() (*pb.Filter, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxGQLDepth {
		return nil, invalid("The query is nested deeper than %d levels.", maxGQLDepth)
	}
	if p.symbol("(") {
		f, err := p.anyOf()
		if err != nil {
			return nil, err
		}
		return f, p.expect(")")
	}
	if p.startsValue() {
		return p.backward()
	}
	name, err := p.property()
	if err != nil {
		return nil, err
	}
	if p.keyword("IS") {
		if err := p.expectKeyword("NULL"); err != nil {
			return nil, err
		}
		return propertyFilter(name, pb.PropertyFilter_EQUAL, &pb.Value{ValueType: &pb.Value_NullValue{}}), nil
	}
	op, err := p.comparator()
	if err != nil {
		return nil, err
	}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	return propertyFilter(name, op, v), nil
}

func propertyFilter(name *pb.PropertyReference, op pb.PropertyFilter_Operator, v *pb.Value) *pb.Filter {
	f := &pb.PropertyFilter{Property: name, Op: op, Value: v}
	return &pb.Filter{FilterType: &pb.Filter_PropertyFilter{PropertyFilter: f}}
}

var gqlComparators = map[string]pb.PropertyFilter_Operator{
	"=": pb.PropertyFilter_EQUAL, "!=": pb.PropertyFilter_NOT_EQUAL,
	"<": pb.PropertyFilter_LESS_THAN, "<=": pb.PropertyFilter_LESS_THAN_OR_EQUAL,
	">": pb.PropertyFilter_GREATER_THAN, ">=": pb.PropertyFilter_GREATER_THAN_OR_EQUAL,
}

// comparator parses what may stand between a property and a value.
func (p *gqlParser) comparator() (pb.PropertyFilter_Operator, error) {
	if t := p.peek(); t.kind == tokSymbol {
		if op, ok := gqlComparators[t.text]; ok {
			p.at++
			return op, nil
		}
	}
	switch {
	case p.keyword("CONTAINS"):
		return pb.PropertyFilter_EQUAL, nil
	case p.keyword("HAS"):
		return pb.PropertyFilter_HAS_ANCESTOR, p.expectKeyword("ANCESTOR")
	case p.keyword("NOT"):
		return pb.PropertyFilter_NOT_IN, p.expectKeyword("IN")
	case p.keyword("IN"):
		return pb.PropertyFilter_IN, nil
	}
	return 0, gqlError(p.peek(), "a comparison")
}

// backward parses a condition with the value first.
func (p *gqlParser) backward() (*pb.Filter, error) {
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	op, err := p.backwardComparator()
	if err != nil {
		return nil, err
	}
	name, err := p.property()
	if err != nil {
		return nil, err
	}
	return propertyFilter(name, op, v), nil
}

func (p *gqlParser) backwardComparator() (pb.PropertyFilter_Operator, error) {
	if t := p.peek(); t.kind == tokSymbol {
		if op, ok := gqlComparators[t.text]; ok {
			p.at++
			return mirrored(op), nil
		}
	}
	switch {
	case p.keyword("IN"):
		return pb.PropertyFilter_EQUAL, nil
	case p.keyword("HAS"):
		return pb.PropertyFilter_HAS_ANCESTOR, p.expectKeyword("DESCENDANT")
	}
	return 0, gqlError(p.peek(), "a comparison")
}

func mirrored(op pb.PropertyFilter_Operator) pb.PropertyFilter_Operator {
	switch op {
	case pb.PropertyFilter_LESS_THAN:
		return pb.PropertyFilter_GREATER_THAN
	case pb.PropertyFilter_LESS_THAN_OR_EQUAL:
		return pb.PropertyFilter_GREATER_THAN_OR_EQUAL
	case pb.PropertyFilter_GREATER_THAN:
		return pb.PropertyFilter_LESS_THAN
	case pb.PropertyFilter_GREATER_THAN_OR_EQUAL:
		return pb.PropertyFilter_LESS_THAN_OR_EQUAL
	}
	return op
}

// position parses what LIMIT and OFFSET take: a count or a cursor.
func (p *gqlParser) position() (int32, []byte, error) {
	t := p.peek()
	if t.kind == tokBinding {
		p.at++
		arg, err := p.binding(t)
		if err != nil {
			return 0, nil, err
		}
		if c, ok := arg.ParameterType.(*pb.GqlQueryParameter_Cursor); ok {
			return 0, c.Cursor, nil
		}
		i, ok := arg.GetValue().GetValueType().(*pb.Value_IntegerValue)
		if !ok || i.IntegerValue != int64(int32(i.IntegerValue)) {
			return 0, nil, invalid("The binding %q must be a cursor or an integer.", t.text)
		}
		return int32(i.IntegerValue), nil, nil
	}
	if t.kind != tokInteger {
		return 0, nil, gqlError(t, "an integer or a binding")
	}
	p.at++
	if err := p.literal(t); err != nil {
		return 0, nil, err
	}
	n, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil {
		return 0, nil, gqlError(t, "an integer of 32 bits")
	}
	return int32(n), nil, nil
}

// aggregate parses what follows AGGREGATE.
func (p *gqlParser) aggregate() (*pb.AggregationQuery, error) {
	aggs, err := p.aggregations()
	if err != nil {
		return nil, err
	}
	if err := p.expectKeyword("OVER"); err != nil {
		return nil, err
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	t := p.peek()
	q, nested, err := p.selection()
	if err != nil {
		return nil, err
	}
	if nested != nil {
		return nil, gqlError(t, "a query without aggregations")
	}
	return &pb.AggregationQuery{
		QueryType:    &pb.AggregationQuery_NestedQuery{NestedQuery: q},
		Aggregations: aggs,
	}, p.expect(")")
}

// startsAggregation: a function name with a parenthesis is no property.
func (p *gqlParser) startsAggregation() bool {
	t, next := p.peek(), p.tokens[min(p.at+1, len(p.tokens)-1)]
	if t.kind != tokName || next.kind != tokSymbol || next.text != "(" {
		return false
	}
	switch strings.ToUpper(t.text) {
	case "COUNT", "COUNT_UP_TO", "SUM", "AVG":
		return true
	}
	return false
}

func (p *gqlParser) aggregations() ([]*pb.AggregationQuery_Aggregation, error) {
	var aggs []*pb.AggregationQuery_Aggregation
	for {
		a, err := p.aggregation()
		if err != nil {
			return nil, err
		}
		if p.keyword("AS") {
			if a.Alias, err = p.name(); err != nil {
				return nil, err
			}
		}
		aggs = append(aggs, a)
		if !p.symbol(",") {
			return aggs, nil
		}
	}
}

func (p *gqlParser) aggregation() (*pb.AggregationQuery_Aggregation, error) {
	if !p.startsAggregation() {
		return nil, gqlError(p.peek(), "an aggregation")
	}
	a := &pb.AggregationQuery_Aggregation{}
	word := strings.ToUpper(p.take().text)
	p.take() // the parenthesis that startsAggregation saw
	switch word {
	case "COUNT":
		a.Operator = &pb.AggregationQuery_Aggregation_Count_{Count: &pb.AggregationQuery_Aggregation_Count{}}
		if err := p.expect("*"); err != nil {
			return nil, err
		}
	case "COUNT_UP_TO":
		n, err := p.upTo()
		if err != nil {
			return nil, err
		}
		c := &pb.AggregationQuery_Aggregation_Count{UpTo: wrapperspb.Int64(n)}
		a.Operator = &pb.AggregationQuery_Aggregation_Count_{Count: c}
	case "SUM", "AVG":
		name, err := p.property()
		if err != nil {
			return nil, err
		}
		if word == "SUM" {
			a.Operator = &pb.AggregationQuery_Aggregation_Sum_{Sum: &pb.AggregationQuery_Aggregation_Sum{Property: name}}
		} else {
			a.Operator = &pb.AggregationQuery_Aggregation_Avg_{Avg: &pb.AggregationQuery_Aggregation_Avg{Property: name}}
		}
	}
	return a, p.expect(")")
}

func (p *gqlParser) upTo() (int64, error) {
	t := p.peek()
	v, err := p.value()
	if err != nil {
		return 0, err
	}
	i, ok := v.ValueType.(*pb.Value_IntegerValue)
	if !ok || i.IntegerValue == math.MaxInt64 {
		return 0, gqlError(t, "an integer")
	}
	return i.IntegerValue, nil
}
