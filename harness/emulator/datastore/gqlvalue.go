package datastore

import (
	"strconv"
	"strings"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// startsValue tells whether a value comes next, not a property.
func (p *gqlParser) startsValue() bool {
	t := p.peek()
	switch t.kind {
	case tokBinding, tokString, tokInteger, tokDouble:
		return true
	case tokName:
		switch strings.ToUpper(t.text) {
		case "NULL", "TRUE", "FALSE":
			return true
		case "KEY", "BLOB", "DATETIME", "ARRAY":
			next := p.tokens[min(p.at+1, len(p.tokens)-1)]
			return next.kind == tokSymbol && next.text == "("
		}
	}
	return false
}

// literal refuses a literal where the request does not allow any.
func (p *gqlParser) literal(t token) error {
	if !p.gql.AllowLiterals {
		return invalid("Disallowed literal: %s.", t.text)
	}
	return nil
}

// binding finds the argument of @name or @1.
func (p *gqlParser) binding(t token) (*pb.GqlQueryParameter, error) {
	if n, err := strconv.Atoi(t.text); err == nil {
		if n < 1 || n > len(p.gql.PositionalBindings) {
			return nil, invalid("Absent positional binding: %s.", t.text)
		}
		p.usedArgs[n] = true
		return p.gql.PositionalBindings[n-1], nil
	}
	arg := p.gql.NamedBindings[t.text]
	if arg == nil {
		return nil, invalid("Absent named binding: %s.", t.text)
	}
	return arg, nil
}

// value parses a binding or a literal.
func (p *gqlParser) value() (*pb.Value, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxGQLDepth {
		return nil, invalid("The query is nested deeper than %d levels.", maxGQLDepth)
	}
	if !p.startsValue() {
		return nil, gqlError(p.peek(), "a value")
	}
	t := p.take()
	if t.kind == tokBinding {
		arg, err := p.binding(t)
		if err != nil {
			return nil, err
		}
		v := arg.GetValue()
		if v.GetValueType() == nil {
			return nil, invalid("The binding %q must be a value.", t.text)
		}
		return v, nil
	}
	if t.kind == tokName {
		return p.namedValue(t)
	}
	if err := p.literal(t); err != nil {
		return nil, err
	}
	return scalar(t)
}

func scalar(t token) (*pb.Value, error) {
	switch t.kind {
	case tokString:
		return &pb.Value{ValueType: &pb.Value_StringValue{StringValue: t.text}}, nil
	case tokInteger:
		i, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			return nil, gqlError(t, "an integer of 64 bits")
		}
		return integer(i), nil
	default:
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, gqlError(t, "a double")
		}
		return double(f), nil
	}
}

// namedValue parses NULL, TRUE, FALSE and the functions that make values.
func (p *gqlParser) namedValue(t token) (*pb.Value, error) {
	word := strings.ToUpper(t.text)
	switch word {
	case "NULL", "TRUE", "FALSE":
		if err := p.literal(t); err != nil {
			return nil, err
		}
		if word == "NULL" {
			return &pb.Value{ValueType: &pb.Value_NullValue{}}, nil
		}
		return &pb.Value{ValueType: &pb.Value_BooleanValue{BooleanValue: word == "TRUE"}}, nil
	}
	p.take() // the parenthesis that startsValue saw
	var v *pb.Value
	var err error
	switch word {
	case "KEY":
		v, err = p.key()
	case "ARRAY":
		v, err = p.array()
	case "BLOB":
		v, err = p.blob()
	default:
		v, err = p.datetime()
	}
	if err != nil {
		return nil, err
	}
	return v, p.expect(")")
}

// text parses a string, literal or bound.
func (p *gqlParser) text() (string, error) {
	t := p.peek()
	v, err := p.value()
	if err != nil {
		return "", err
	}
	s, ok := v.ValueType.(*pb.Value_StringValue)
	if !ok {
		return "", gqlError(t, "a string")
	}
	return s.StringValue, nil
}

// blob parses what BLOB takes: text in URL-safe base64.
func (p *gqlParser) blob() (*pb.Value, error) {
	s, err := p.text()
	if err != nil {
		return nil, err
	}
	b, err := decodeBase64(s)
	if err != nil {
		return nil, invalid("BLOB requires base64: %v", err)
	}
	return &pb.Value{ValueType: &pb.Value_BlobValue{BlobValue: b}}, nil
}

func (p *gqlParser) datetime() (*pb.Value, error) {
	s, err := p.text()
	if err != nil {
		return nil, err
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil, invalid("DATETIME requires a time of RFC 3339, such as '2013-09-29T09:30:20.00002-08:00': %q", s)
	}
	return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: timestamppb.New(at)}}, nil
}

func (p *gqlParser) array() (*pb.Value, error) {
	var values []*pb.Value
	if t := p.peek(); t.kind == tokSymbol && t.text == ")" {
		return arrayOf(nil), nil
	}
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if !p.symbol(",") {
			return arrayOf(values), nil
		}
	}
}

// key parses what KEY takes: PROJECT('p'), NAMESPACE('n'), then pairs of a kind
// and an id or a name.
func (p *gqlParser) key() (*pb.Value, error) {
	id := &pb.PartitionId{ProjectId: p.db.project, DatabaseId: p.db.database, NamespaceId: p.part.GetNamespaceId()}
	k := &pb.Key{PartitionId: id}
	for {
		if field := p.partitionField(id); field != nil {
			s, err := p.text()
			if err != nil {
				return nil, err
			}
			*field = s
			if err := p.expect(")"); err != nil {
				return nil, err
			}
		} else if err := p.element(k); err != nil {
			return nil, err
		}
		if !p.symbol(",") {
			return &pb.Value{ValueType: &pb.Value_KeyValue{KeyValue: k}}, nil
		}
	}
}

// partitionField takes "PROJECT(", "DATASET(" or "NAMESPACE(".
func (p *gqlParser) partitionField(id *pb.PartitionId) *string {
	next := p.tokens[min(p.at+1, len(p.tokens)-1)]
	if t := p.peek(); t.kind != tokName || next.kind != tokSymbol || next.text != "(" {
		return nil
	}
	var field *string
	switch strings.ToUpper(p.peek().text) {
	case "PROJECT", "DATASET":
		field = &id.ProjectId
	case "NAMESPACE":
		field = &id.NamespaceId
	default:
		return nil
	}
	p.at += 2
	return field
}

func (p *gqlParser) element(k *pb.Key) error {
	kind, err := p.name()
	if err != nil {
		return err
	}
	if err := p.expect(","); err != nil {
		return err
	}
	t := p.peek()
	v, err := p.value()
	if err != nil {
		return err
	}
	e := &pb.Key_PathElement{Kind: kind}
	switch id := v.ValueType.(type) {
	case *pb.Value_IntegerValue:
		e.IdType = &pb.Key_PathElement_Id{Id: id.IntegerValue}
	case *pb.Value_StringValue:
		e.IdType = &pb.Key_PathElement_Name{Name: id.StringValue}
	default:
		return gqlError(t, "an id or a name")
	}
	k.Path = append(k.Path, e)
	return nil
}
