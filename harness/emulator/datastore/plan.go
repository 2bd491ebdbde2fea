package datastore

import (
	"slices"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type order struct {
	property string
	desc     bool
}

// plan is a validated query, ready to run on any content.
type plan struct {
	db         dbID
	namespace  string
	kind       string // "" for all kinds
	disjuncts  []conjunction
	orders     []order // explicit, then implied ones; keyProperty is among them
	explicit   int     // how many of orders the query spelled out
	projection []string
	distinct   []string
	aggregated []string // properties of sums and averages
	kindOf     pb.EntityResult_ResultType
	offset     int
	limit      int // -1 for none
	start, end *cursor
	mark       uint64 // of the query, kept in its cursors
	mask       *mask
}

// newPlan checks a structured query of a request to db.
func newPlan(db dbID, part *pb.PartitionId, q *pb.Query, m *pb.PropertyMask) (*plan, error) {
	p := &plan{db: db, limit: -1, offset: int(q.GetOffset())}
	if part != nil {
		if err := db.normalisePartition(&part); err != nil {
			return nil, err
		}
		p.namespace = part.NamespaceId
	}
	if q.GetFindNearest() != nil {
		return nil, status.Error(codes.Unimplemented, "find_nearest is not served by this emulator")
	}
	if err := p.setKind(q); err != nil {
		return nil, err
	}
	if err := p.setLimits(q); err != nil {
		return nil, err
	}
	filters := filterParser{db: db, namespace: p.namespace, kind: p.kind}
	var err error
	if p.disjuncts, err = filters.parse(q.GetFilter()); err != nil {
		return nil, err
	}
	for _, set := range []func(*pb.Query) error{p.setProjection, p.setDistinct, p.setOrders} {
		if err := set(q); err != nil {
			return nil, err
		}
	}
	if p.mask, err = newReadMask(m); err != nil {
		return nil, err
	}
	if p.mask != nil && p.kindOf == pb.EntityResult_PROJECTION {
		return nil, invalid("A property mask cannot be used with a projection.")
	}
	p.mark = p.fingerprint()
	if err := p.setCursors(q); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *plan) setKind(q *pb.Query) error {
	switch kinds := q.GetKind(); len(kinds) {
	case 0:
	case 1:
		p.kind = kinds[0].GetName()
		if p.kind == "" {
			return invalid("The kind is the empty string.")
		}
	default:
		return invalid("multiple kinds not supported")
	}
	return nil
}

func (p *plan) setLimits(q *pb.Query) error {
	if p.offset < 0 {
		return invalid("Offset must be non-negative.")
	}
	if l := q.GetLimit(); l != nil {
		if l.Value < 0 {
			return invalid("Limit must be non-negative.")
		}
		p.limit = int(l.Value)
	}
	return nil
}

func (p *plan) setProjection(q *pb.Query) error {
	p.kindOf = pb.EntityResult_FULL
	for _, x := range q.GetProjection() {
		name := x.GetProperty().GetName()
		switch {
		case name == "":
			return invalid("The property.name is the empty string.")
		case slices.Contains(p.projection, name):
			return invalid("Cannot project a property multiple times.")
		case name != keyProperty && reserved(name):
			return invalid("projections are not supported for the property: %s", name)
		case name != keyProperty && p.kind == "":
			return invalid("kind is required for projection: %s", name)
		case name != keyProperty && p.compares(name, pb.PropertyFilter_EQUAL):
			return invalid("Cannot use projection on a property with an equality filter.")
		}
		p.projection = append(p.projection, name)
	}
	switch {
	case len(p.projection) == 1 && p.projection[0] == keyProperty:
		p.kindOf = pb.EntityResult_KEY_ONLY
	case len(p.projection) > 0:
		p.kindOf = pb.EntityResult_PROJECTION
	}
	p.projection = slices.DeleteFunc(p.projection, func(s string) bool { return s == keyProperty })
	return nil
}

// compares tells whether any disjunct has such a predicate.
func (p *plan) compares(property string, op pb.PropertyFilter_Operator) bool {
	for _, c := range p.disjuncts {
		for _, x := range c.preds {
			if x.property == property && x.op == op {
				return true
			}
		}
	}
	return false
}

func (p *plan) setDistinct(q *pb.Query) error {
	for _, d := range q.GetDistinctOn() {
		switch {
		case d.GetName() == "":
			return invalid("The property.name is the empty string.")
		case d.Name == keyProperty:
			return invalid("Group by is not supported for the property: %s", keyProperty)
		case p.kind == "":
			return invalid("kind is required for distinct on: %s", d.Name)
		case slices.Contains(p.distinct, d.Name):
			continue
		}
		p.distinct = append(p.distinct, d.Name)
	}
	return nil
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

// setOrders completes the order: explicit orders, properties with inequality
// filters by name, distinct ones, projected ones by name, at last the key. What is
// added runs in the direction of the last explicit order. An order behind the
// key has no effect but to demand the property.
func (p *plan) setOrders(q *pb.Query) error {
	for _, o := range q.GetOrder() {
		name := o.GetProperty().GetName()
		desc := o.GetDirection() == pb.PropertyOrder_DESCENDING
		if name == "" {
			return invalid("The property.name is the empty string.")
		}
		if p.kind == "" && (name != keyProperty || desc) {
			return invalid("kind is required for all orders except %s ascending", keyProperty)
		}
		if p.hasOrder(name) {
			return invalid("order by clause cannot contain duplicate fields %s", name)
		}
		p.orders = append(p.orders, order{name, desc})
	}
	p.explicit = len(p.orders)
	if err := p.checkDistinctOrder(); err != nil {
		return err
	}
	desc := p.explicit > 0 && p.orders[p.explicit-1].desc
	var key []string // ahead of a projection where the key has an inequality filter
	if p.unequalKey() {
		key = []string{keyProperty}
	}
	for _, names := range [][]string{p.unequal(), p.distinct, key, sorted(p.projection), {keyProperty}} {
		for _, name := range names {
			if !p.hasOrder(name) {
				p.orders = append(p.orders, order{name, desc})
			}
		}
	}
	return nil
}

func (p *plan) hasOrder(property string) bool {
	return slices.ContainsFunc(p.orders, func(o order) bool { return o.property == property })
}

// checkDistinctOrder: "If order is specified, the set of distinct on
// properties must appear before the non-distinct on properties in order."
func (p *plan) checkDistinctOrder() error {
	if len(p.distinct) == 0 {
		return nil
	}
	left := len(p.distinct)
	for _, o := range p.orders {
		if slices.Contains(p.distinct, o.property) {
			left--
		} else if left > 0 {
			return invalid("All group by properties must be ordered before any non group by properties.")
		}
	}
	return nil
}

func (p *plan) unequalKey() bool {
	for _, c := range p.disjuncts {
		for _, x := range c.preds {
			if x.op != pb.PropertyFilter_EQUAL && x.property == keyProperty {
				return true
			}
		}
	}
	return false
}

// unequal lists the properties with inequality filters, sorted.
func (p *plan) unequal() []string {
	var names []string
	for _, c := range p.disjuncts {
		for _, x := range c.preds {
			if x.op != pb.PropertyFilter_EQUAL && x.property != keyProperty && !slices.Contains(names, x.property) {
				names = append(names, x.property)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (p *plan) setCursors(q *pb.Query) error {
	var err error
	if p.start, err = p.parseCursor(q.GetStartCursor()); err != nil {
		return err
	}
	p.end, err = p.parseCursor(q.GetEndCursor())
	return err
}
