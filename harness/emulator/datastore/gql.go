package datastore

import (
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// maxGQLDepth bounds the nesting of parentheses.
const maxGQLDepth = 100

// gqlParser turns one GQL query into a structured one.
type gqlParser struct {
	db       dbID
	part     *pb.PartitionId
	gql      *pb.GqlQuery
	tokens   []token
	at       int
	depth    int
	usedArgs map[int]bool
}

// parseGQL parses a query. Exactly one of the results is set.
func parseGQL(db dbID, part *pb.PartitionId, gql *pb.GqlQuery) (*pb.Query, *pb.AggregationQuery, error) {
	tokens, err := lex(gql.GetQueryString())
	if err != nil {
		return nil, nil, err
	}
	if err := checkBindingNames(gql); err != nil {
		return nil, nil, err
	}
	p := &gqlParser{db: db, part: part, gql: gql, tokens: tokens, usedArgs: map[int]bool{}}
	var q *pb.Query
	var agg *pb.AggregationQuery
	if p.keyword("AGGREGATE") {
		agg, err = p.aggregate()
	} else {
		q, agg, err = p.selection()
	}
	if err != nil {
		return nil, nil, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, nil, gqlError(t, "<EOF>")
	}
	for i := range gql.PositionalBindings {
		if !p.usedArgs[i+1] {
			return nil, nil, invalid("Unused positional binding: %d.", i+1)
		}
	}
	if agg != nil {
		return nil, agg, nil
	}
	return q, nil, nil
}

func checkBindingNames(gql *pb.GqlQuery) error {
	for name := range gql.GetNamedBindings() {
		if name == "" || !isNameStart(name[0]) || reserved(name) {
			return invalid("Invalid name of a binding: %q.", name)
		}
	}
	return nil
}

func (p *gqlParser) peek() token { return p.tokens[p.at] }

func (p *gqlParser) take() token {
	t := p.tokens[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

// keyword takes the next token if it is one of the keywords.
func (p *gqlParser) keyword(word string) bool {
	if t := p.peek(); t.kind == tokName && strings.EqualFold(t.text, word) {
		p.at++
		return true
	}
	return false
}

func (p *gqlParser) symbol(s string) bool {
	if t := p.peek(); t.kind == tokSymbol && t.text == s {
		p.at++
		return true
	}
	return false
}

func (p *gqlParser) expectKeyword(word string) error {
	if !p.keyword(word) {
		return gqlError(p.peek(), `"`+strings.ToLower(word)+`" ...`)
	}
	return nil
}

func (p *gqlParser) expect(s string) error {
	if !p.symbol(s) {
		return gqlError(p.peek(), `"`+s+`" ...`)
	}
	return nil
}

// selection parses SELECT; with an aggregation in place of properties it is
// one of an aggregation query.
func (p *gqlParser) selection() (*pb.Query, *pb.AggregationQuery, error) {
	if err := p.expectKeyword("SELECT"); err != nil {
		return nil, nil, err
	}
	q := &pb.Query{}
	var aggs []*pb.AggregationQuery_Aggregation
	var err error
	if p.startsAggregation() {
		aggs, err = p.aggregations()
	} else {
		err = p.properties(q)
	}
	if err != nil {
		return nil, nil, err
	}
	for _, clause := range []func(*pb.Query) error{p.from, p.where, p.orderBy, p.limit, p.offset} {
		if err := clause(q); err != nil {
			return nil, nil, err
		}
	}
	if aggs == nil {
		return q, nil, nil
	}
	return nil, &pb.AggregationQuery{
		QueryType:    &pb.AggregationQuery_NestedQuery{NestedQuery: q},
		Aggregations: aggs,
	}, nil
}

// properties parses *, a projection, DISTINCT or DISTINCT ON.
func (p *gqlParser) properties(q *pb.Query) error {
	distinct := false
	if p.keyword("DISTINCT") {
		distinct = true
		if p.keyword("ON") {
			distinct = false
			names, err := p.parenthesised()
			if err != nil {
				return err
			}
			q.DistinctOn = names
		}
	}
	if p.symbol("*") {
		if distinct {
			return gqlError(p.peek(), "a property name")
		}
		return nil
	}
	names, err := p.names()
	if err != nil {
		return err
	}
	for _, n := range names {
		q.Projection = append(q.Projection, &pb.Projection{Property: n})
		if distinct {
			q.DistinctOn = append(q.DistinctOn, n)
		}
	}
	return nil
}

func (p *gqlParser) parenthesised() ([]*pb.PropertyReference, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	names, err := p.names()
	if err != nil {
		return nil, err
	}
	return names, p.expect(")")
}

func (p *gqlParser) names() ([]*pb.PropertyReference, error) {
	var names []*pb.PropertyReference
	for {
		n, err := p.property()
		if err != nil {
			return nil, err
		}
		names = append(names, n)
		if !p.symbol(",") {
			return names, nil
		}
	}
}

// gqlReserved are the keywords that need backticks as names.
var gqlReserved = map[string]bool{
	"SELECT": true, "FROM": true, "WHERE": true, "ORDER": true, "BY": true, "LIMIT": true, "OFFSET": true, "AND": true,
	"OR": true, "NOT": true, "IN": true, "IS": true, "NULL": true, "TRUE": true, "FALSE": true, "DISTINCT": true, "ASC": true,
	"DESC": true, "CONTAINS": true, "HAS": true, "ANCESTOR": true, "DESCENDANT": true, "ON": true, "GROUP": true, "FIRST": true,
}

func (p *gqlParser) name() (string, error) {
	t := p.peek()
	if t.kind == tokQuoted && t.text != "" || t.kind == tokName && !gqlReserved[strings.ToUpper(t.text)] {
		p.at++
		return t.text, nil
	}
	return "", gqlError(t, "a name")
}

// property parses a name or a path of names joined by dots.
func (p *gqlParser) property() (*pb.PropertyReference, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	for p.symbol(".") {
		part, err := p.name()
		if err != nil {
			return nil, err
		}
		name += "." + part
	}
	return &pb.PropertyReference{Name: name}, nil
}

func (p *gqlParser) from(q *pb.Query) error {
	if !p.keyword("FROM") {
		return nil
	}
	kind, err := p.name()
	if err != nil {
		return err
	}
	q.Kind = []*pb.KindExpression{{Name: kind}}
	return nil
}

func (p *gqlParser) where(q *pb.Query) error {
	if !p.keyword("WHERE") {
		return nil
	}
	f, err := p.anyOf()
	q.Filter = f
	return err
}

func (p *gqlParser) orderBy(q *pb.Query) error {
	if !p.keyword("ORDER") {
		return nil
	}
	if err := p.expectKeyword("BY"); err != nil {
		return err
	}
	for {
		name, err := p.property()
		if err != nil {
			return err
		}
		o := &pb.PropertyOrder{Property: name, Direction: pb.PropertyOrder_ASCENDING}
		if p.keyword("DESC") {
			o.Direction = pb.PropertyOrder_DESCENDING
		} else {
			p.keyword("ASC")
		}
		q.Order = append(q.Order, o)
		if !p.symbol(",") {
			return nil
		}
	}
}

// limit parses LIMIT with a count, a cursor, or FIRST of both.
func (p *gqlParser) limit(q *pb.Query) error {
	if !p.keyword("LIMIT") {
		return nil
	}
	first := p.keyword("FIRST")
	if first {
		if err := p.expect("("); err != nil {
			return err
		}
	}
	for {
		n, cursor, err := p.position()
		if err != nil {
			return err
		}
		if cursor != nil {
			q.EndCursor = cursor
		} else {
			q.Limit = wrapperspb.Int32(n)
		}
		if !first || !p.symbol(",") {
			break
		}
	}
	if first {
		return p.expect(")")
	}
	return nil
}

// offset parses OFFSET with a count, a cursor, or cursor + count.
func (p *gqlParser) offset(q *pb.Query) error {
	if !p.keyword("OFFSET") {
		return nil
	}
	for {
		n, cursor, err := p.position()
		if err != nil {
			return err
		}
		if cursor != nil {
			q.StartCursor = cursor
		} else {
			q.Offset = n
		}
		if t := p.peek(); t.kind == tokInteger && t.text[0] == '+' {
			continue // "@c +5" reads as a signed number
		}
		if !p.symbol("+") {
			return nil
		}
	}
}
