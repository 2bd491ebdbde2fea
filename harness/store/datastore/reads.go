package datastore

import (
	"fmt"
	"slices"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
)

// reads converts what a journal tells of lookups and queries: one Read per key
// and per query, none twice. Those that were refused read nothing.
func (p Partition) reads(journal []emulator.Event) ([]store.Read, error) {
	out := []store.Read{}
	seen := map[string]bool{}
	for _, e := range journal {
		reads, err := p.readsOf(e)
		if err != nil {
			return nil, err
		}
		for _, r := range reads {
			if id := readID(r); !seen[id] {
				seen[id] = true
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// readID is the same for reads that say the same.
func readID(r store.Read) string {
	if len(r.Found) == 0 {
		return r.Text
	}
	var b strings.Builder
	b.WriteString(r.Text)
	for _, k := range r.Found {
		b.WriteByte(' ')
		b.WriteString(k.String())
	}
	return b.String()
}

func (p Partition) readsOf(e emulator.Event) ([]store.Read, error) {
	switch {
	case e.Err != nil:
		return nil, nil
	case e.Query != nil:
		r, err := p.query(e)
		return []store.Read{r}, err
	case e.Method != "Lookup":
		return nil, nil
	}
	var out []store.Read
	found, err := p.keys(e.Found)
	if err != nil {
		return nil, err
	}
	missing, err := p.keys(e.Missing)
	if err != nil {
		return nil, err
	}
	for _, k := range found {
		out = append(out, store.Read{Text: k.String(), Found: []corpus.Key{k}})
	}
	for _, k := range missing {
		out = append(out, store.Read{Text: k.String(), Missing: []corpus.Key{k}})
	}
	return out, nil
}

func (p Partition) keys(keys []*pb.Key) ([]corpus.Key, error) {
	var out []corpus.Key
	for _, k := range keys {
		key, err := p.FromKey(k)
		if err != nil {
			return nil, err
		}
		out = append(out, key)
	}
	return out, nil
}

// query describes a query, or the one under an aggregation.
func (p Partition) query(e emulator.Event) (store.Read, error) {
	if err := p.owns(e.Query.GetProjectId(), e.Query.GetDatabaseId()); err != nil {
		return store.Read{}, fmt.Errorf("read query: %w", err)
	}
	found, err := p.keys(e.Found)
	if err != nil {
		return store.Read{}, err
	}
	q := e.Query.GetQuery()
	d := p.describe(e.Query)
	r := d.ranged
	r.Seen = int(q.GetOffset()) + len(found)
	r.Ended = q.GetLimit() == nil || !projects(q) && len(found) < int(q.GetLimit().GetValue())
	out := store.Read{Text: d.text(q), Found: found, Query: d.identity(), Kind: r.Kind, Range: &r}
	if e.Method == "RunAggregationQuery" {
		out.Text = "aggregation of " + out.Text
	}
	return out, nil
}

// description is a query taken apart.
type description struct {
	ranged     store.Range
	properties []string // projected
	distinct   []string
	order      []string
}

func (p Partition) describe(req *pb.RunQueryRequest) description {
	q := req.GetQuery()
	d := description{ranged: store.Range{
		Namespace: req.GetPartitionId().GetNamespaceId(),
		Distinct:  len(q.GetDistinctOn()) > 0,
		From:      cursorText(q.GetStartCursor()),
		To:        cursorText(q.GetEndCursor()),
	}}
	if kinds := q.GetKind(); len(kinds) > 0 {
		d.ranged.Kind = kinds[0].GetName()
	}
	for _, f := range conjuncts(q.GetFilter()) {
		p.filter(&d.ranged, f)
	}
	for _, o := range q.GetOrder() {
		name := o.GetProperty().GetName()
		d.ranged.Present = append(d.ranged.Present, name)
		if o.GetDirection() == pb.PropertyOrder_DESCENDING {
			name += " desc"
		}
		d.order = append(d.order, name)
	}
	for _, o := range q.GetProjection() {
		d.properties = append(d.properties, o.GetProperty().GetName())
	}
	for _, o := range q.GetDistinctOn() {
		d.distinct = append(d.distinct, o.GetName())
	}
	d.ranged.Present = present(append(d.ranged.Present, d.properties...))
	slices.Sort(d.ranged.Filters)
	slices.Sort(d.properties)
	return d
}

// filter adds one conjunct to a range.
func (p Partition) filter(r *store.Range, f *pb.Filter) {
	simple := f.GetPropertyFilter()
	name, value := simple.GetProperty().GetName(), simple.GetValue()
	switch {
	case simple == nil:
		r.Filters = append(r.Filters, filterText(f))
		return
	case simple.GetOp() == pb.PropertyFilter_HAS_ANCESTOR && len(r.Ancestor.Path) == 0:
		r.Ancestor, _ = p.FromKey(value.GetKeyValue()) // the emulator refuses foreign ones
		return
	case name == keyProperty && simple.GetOp() == pb.PropertyFilter_EQUAL:
		r.Keys, _ = p.keys([]*pb.Key{value.GetKeyValue()})
	case name == keyProperty && simple.GetOp() == pb.PropertyFilter_IN:
		for _, v := range value.GetArrayValue().GetValues() {
			key, _ := p.FromKey(v.GetKeyValue())
			r.Keys = append(r.Keys, key)
		}
	}
	r.Filters = append(r.Filters, filterText(f))
	r.Present = append(r.Present, name)
}

// keyProperty is the name of the key in filters, orders and projections.
const keyProperty = "__key__"

// present sorts the names, each once, but the key, which all entities have.
func present(names []string) []string {
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == keyProperty })
}

// projects says whether a query returns index rows in place of entities.
func projects(q *pb.Query) bool {
	return slices.ContainsFunc(q.GetProjection(), func(p *pb.Projection) bool {
		return p.GetProperty().GetName() != keyProperty
	})
}

// conjuncts are the filters that all must hold.
func conjuncts(f *pb.Filter) []*pb.Filter {
	composite := f.GetCompositeFilter()
	switch {
	case f == nil:
		return nil
	case composite == nil || len(composite.GetFilters()) > 1 && composite.GetOp() != pb.CompositeFilter_AND:
		return []*pb.Filter{f}
	}
	var out []*pb.Filter
	for _, inner := range composite.GetFilters() {
		out = append(out, conjuncts(inner)...)
	}
	return out
}
