package datastore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store"
)

// Fixture is the part of the content at the last Seed or Continue that what was
// observed since depends on (Recording.Fixture).
func (s *Store) Fixture(ctx context.Context, opts store.FixtureOptions) (corpus.State, error) {
	if err := s.emulator.Idle(ctx); err != nil {
		return corpus.State{}, fmt.Errorf("take fixture: wait for requests in flight: %w", err)
	}
	return s.recording().Fixture(opts)
}

// gathering is a fixture in the making.
type gathering struct {
	partition Partition
	before    *emulator.State
	fetch     func([]*pb.Key) (*emulator.State, error) // nil: before is all there is
	entities  map[string]*pb.Entity                    // by the text of their key
	absent    map[string]corpus.Key
	created   map[string]bool // keys that the store gave out since
	ids       map[int64]bool  // the ids of these
	read      []*pb.Entity    // entities whose references are to be followed
	parents   []*pb.Key
	written   int // mutations so far
}

func (g *gathering) gather(journal []emulator.Event, opts store.FixtureOptions) error {
	for _, e := range journal {
		for _, k := range e.Allocated {
			g.created[g.text(k)] = true
			g.ids[k.Path[len(k.Path)-1].GetId()] = true
		}
	}
	for _, e := range journal {
		if err := g.event(e); err != nil {
			return err
		}
	}
	if err := g.follow(opts.Follow); err != nil {
		return err
	}
	for _, e := range journal {
		if e.Err == nil && e.Query != nil {
			g.guard(e, opts.Guards)
		}
	}
	return nil
}

// event takes what one request depended on. A refused commit counts too: it may
// have been refused because of what was there.
func (g *gathering) event(e emulator.Event) error {
	for _, m := range e.Mutations {
		g.touch(mutated(m))
		g.written++
	}
	if e.Err != nil {
		return nil
	}
	for _, k := range e.Found {
		g.touch(k)
	}
	for _, k := range e.Missing {
		g.touch(k)
	}
	if e.Query.GetQuery().GetOffset() > 0 {
		return g.skipped(e.Query)
	}
	return nil
}

func mutated(m *pb.Mutation) *pb.Key {
	switch op := m.GetOperation().(type) {
	case *pb.Mutation_Insert:
		return op.Insert.GetKey()
	case *pb.Mutation_Update:
		return op.Update.GetKey()
	case *pb.Mutation_Upsert:
		return op.Upsert.GetKey()
	default:
		return m.GetDelete()
	}
}

// touch adds what is at a key, or that nothing is.
func (g *gathering) touch(k *pb.Key) {
	if parent := k.GetPath(); len(parent) > 1 {
		g.parents = append(g.parents, &pb.Key{PartitionId: k.PartitionId, Path: parent[:len(parent)-1]})
	}
	if e := g.add(k); e != nil {
		g.read = append(g.read, e)
	}
}

// add adds what is at a key, or that nothing is, and returns the entity if it is
// new. Incomplete keys, and what the requests created, have no before.
func (g *gathering) add(k *pb.Key) *pb.Entity {
	key, err := g.partition.FromKey(k)
	if err != nil || !key.Complete() {
		return nil
	}
	if strings.HasPrefix(key.Kind(), "__") {
		return g.metadata(k)
	}
	id := key.String()
	if g.created[id] || g.entities[id] != nil {
		return nil
	}
	e := g.before.Get(g.qualified(k))
	switch {
	case e != nil:
		g.entities[id] = e
	case !g.ofNewID(key):
		g.absent[id] = key
	}
	return e
}

// ofNewID reports whether the key holds an id that the store gave out since, of
// whatever kind: nothing can be there, and a replay gives out another id.
func (g *gathering) ofNewID(key corpus.Key) bool {
	return slices.ContainsFunc(key.Path, func(e corpus.PathElement) bool { return e.ID != 0 && g.ids[e.ID] })
}

// qualified fills in the project of a key that leaves it to the request.
func (g *gathering) qualified(k *pb.Key) *pb.Key {
	id := k.GetPartitionId()
	if id.GetProjectId() != "" {
		return k
	}
	return &pb.Key{Path: k.Path, PartitionId: &pb.PartitionId{
		ProjectId: g.partition.Project, DatabaseId: g.partition.Database, NamespaceId: id.GetNamespaceId(),
	}}
}

func (g *gathering) text(k *pb.Key) string {
	key, err := g.partition.FromKey(k)
	if err != nil {
		return ""
	}
	return key.String()
}

// skipped adds the rows before a query's offset. Where something was written
// before, rows of the old content may stand in for those that are gone: as many
// more are taken.
func (g *gathering) skipped(req *pb.RunQueryRequest) error {
	q := narrowed(req)
	q.GetQuery().Offset = 0
	limit(q, int(req.GetQuery().GetOffset())+g.written)
	if g.written > 0 && len(q.GetQuery().GetDistinctOn()) > 0 {
		q.GetQuery().DistinctOn, q.GetQuery().Limit = nil, nil // another entity may have stood for a row
	}
	batch, err := g.before.Run(q)
	if err != nil {
		return fmt.Errorf("run %s without its offset: %w", g.partition.describe(req).text(req.GetQuery()), err)
	}
	for _, r := range batch.GetEntityResults() {
		g.add(r.GetEntity().GetKey())
	}
	return nil
}

// follow adds what the entities read refer to: by keys in their properties, and
// by standing below it. Each hop starts from what the hop before added.
func (g *gathering) follow(hops int) error {
	from, keys := g.read, g.parents
	for range hops {
		for _, e := range from {
			references(e, func(k *pb.Key) { keys = append(keys, k) })
		}
		if err := g.know(keys); err != nil {
			return err
		}
		from = nil
		for _, k := range keys {
			if e := g.add(k); e != nil {
				from = append(from, e)
			}
		}
		keys = nil
	}
	return nil
}

// know has the content hold what is at the keys, where it is only a part.
func (g *gathering) know(keys []*pb.Key) error {
	if g.fetch == nil || len(keys) == 0 {
		return nil
	}
	before, err := g.fetch(keys)
	if err != nil {
		return fmt.Errorf("read what the entities refer to: %w", err)
	}
	g.before = before
	return nil
}

// references calls f for the keys in the entity's properties, at any depth.
func references(e *pb.Entity, f func(*pb.Key)) {
	for _, v := range e.GetProperties() {
		referencesIn(v, f)
	}
}

func referencesIn(v *pb.Value, f func(*pb.Key)) {
	switch t := v.GetValueType().(type) {
	case *pb.Value_KeyValue:
		f(t.KeyValue)
	case *pb.Value_EntityValue:
		references(t.EntityValue, f)
	case *pb.Value_ArrayValue:
		for _, element := range t.ArrayValue.GetValues() {
			referencesIn(element, f)
		}
	}
}

// metadata adds an entity that makes a result of a query for __namespace__,
// __kind__ or __property__ appear, where there is one.
func (g *gathering) metadata(k *pb.Key) *pb.Entity {
	path := k.GetPath()
	req := &pb.RunQueryRequest{
		ProjectId: g.partition.Project, DatabaseId: g.partition.Database,
		PartitionId: g.qualified(k).GetPartitionId(),
	}
	q := &pb.Query{}
	switch kind := path[0].GetKind(); {
	case kind == "__namespace__":
		req.PartitionId = &pb.PartitionId{
			ProjectId: g.partition.Project, DatabaseId: g.partition.Database, NamespaceId: path[0].GetName(),
		}
	case kind == "__kind__" && path[0].GetName() != "":
		q.Kind = []*pb.KindExpression{{Name: path[0].GetName()}}
	default:
		return nil
	}
	if len(path) > 1 {
		q.Order = []*pb.PropertyOrder{order(path[1].GetName(), pb.PropertyOrder_ASCENDING)}
	}
	req.QueryType = &pb.RunQueryRequest_Query{Query: q}
	limit(req, 1)
	batch, err := g.before.Run(req)
	if err != nil || len(batch.GetEntityResults()) == 0 {
		return nil
	}
	return g.add(batch.GetEntityResults()[0].GetEntity().GetKey())
}

// state sorts what was gathered.
func (g *gathering) state() (corpus.State, error) {
	var out corpus.State
	for _, e := range g.entities {
		to, err := g.partition.FromEntity(e)
		if err != nil {
			return corpus.State{}, err
		}
		out.Entities = append(out.Entities, to)
	}
	for _, k := range g.absent {
		out.Absent = append(out.Absent, k)
	}
	slices.SortFunc(out.Entities, func(a, b corpus.Entity) int { return a.Key.Compare(b.Key) })
	slices.SortFunc(out.Absent, corpus.Key.Compare)
	return out, nil
}
