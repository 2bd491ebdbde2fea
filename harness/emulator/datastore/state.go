package datastore

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/tidwall/btree"
	"google.golang.org/protobuf/proto"
)

// State is the immutable content of all projects, databases and namespaces. A
// fork of it is the value itself: emulators and goroutines may share one.
type State struct {
	dbs map[dbID]*content
}

// NewState returns a state without entities.
func NewState() *State { return &State{} }

func (s *State) db(id dbID) *content {
	if c := s.dbs[id]; c != nil {
		return c
	}
	return newContent()
}

func (s *State) with(id dbID, c *content) *State {
	dbs := make(map[dbID]*content, len(s.dbs)+1)
	maps.Copy(dbs, s.dbs)
	dbs[id] = c
	return &State{dbs}
}

// Fork is the same content at the start of a way of its own: what is committed to it
// costs nothing of the way that led here.
func (s *State) Fork() *State { return s.rooted() }

// rooted is the same content where every database starts a new log.
func (s *State) rooted() *State {
	fresh := true
	for _, c := range s.dbs {
		fresh = fresh && c.base == nil
	}
	if fresh {
		return s
	}
	dbs := make(map[dbID]*content, len(s.dbs))
	for id, c := range s.dbs {
		dbs[id] = c.rooted()
	}
	return &State{dbs}
}

// Put returns a state that also holds the entities, later ones replacing
// earlier ones of the same key. They are checked as an upsert is; their keys
// must be complete and name their project. The entities are copied.
func (s *State) Put(entities ...*pb.Entity) (*State, error) {
	return s.put(entities, proto.CloneOf[*pb.Entity])
}

// PutOwned is Put without the copies: the caller must not touch the entities
// again, whatever the outcome.
func (s *State) PutOwned(entities ...*pb.Entity) (*State, error) {
	return s.put(entities, func(e *pb.Entity) *pb.Entity { return e })
}

func (s *State) put(entities []*pb.Entity, own func(*pb.Entity) *pb.Entity) (*State, error) {
	drafts := map[dbID]*draft{}
	for _, e := range entities {
		p := e.GetKey().GetPartitionId()
		id, err := requestDB(p.GetProjectId(), p.GetDatabaseId())
		if err != nil {
			return nil, fmt.Errorf("put entity: key without a usable project: %w", err)
		}
		d := drafts[id]
		if d == nil {
			d = s.db(id).rooted().edit()
			drafts[id] = d
		}
		if err := d.seed(id, own(e)); err != nil {
			return nil, fmt.Errorf("put entity [%s]: %w", pathText(e.GetKey().GetPath()), err)
		}
	}
	dbs := maps.Clone(s.dbs)
	if dbs == nil {
		dbs = map[dbID]*content{}
	}
	for id, d := range drafts {
		c := d.done()
		c.base, c.log, c.logged = nil, nil, 0
		dbs[id] = c
	}
	return &State{dbs}, nil
}

// seed writes an entity whose times are its version: a seeded state is the
// same whenever it is built.
func (d *draft) seed(id dbID, e *pb.Entity) error {
	if err := id.checkEntity(e, mustBeComplete); err != nil {
		return err
	}
	rows, err := rowsOf(e)
	if err != nil {
		return err
	}
	v := d.nextVersion(0)
	d.put(&stored{key: entityKey(e.Key), ent: e, version: v, created: v, updated: v, rows: rows})
	return nil
}

// Get returns the entity of a complete key, nil when it is absent. It is part
// of the state: do not modify it.
func (s *State) Get(k *pb.Key) *pb.Entity {
	p := k.GetPartitionId()
	c := s.dbs[dbID{p.GetProjectId(), p.GetDatabaseId()}]
	if c == nil {
		return nil
	}
	if st := c.get(entityKey(k)); st != nil {
		return st.ent
	}
	return nil
}

// Len is the number of entities in all databases.
func (s *State) Len() int {
	n := 0
	for _, c := range s.dbs {
		n += c.entities.Len()
	}
	return n
}

// Entities yields the entities of a project, or of all projects for "", in the
// order of project, database, namespace and key. Do not modify them.
func (s *State) Entities(project string) iter.Seq[*pb.Entity] {
	return func(yield func(*pb.Entity) bool) {
		for _, id := range s.sortedDBs() {
			if project != "" && id.project != project {
				continue
			}
			more := true
			s.dbs[id].entities.Scan(func(st *stored) bool {
				more = yield(st.ent)
				return more
			})
			if !more {
				return
			}
		}
	}
}

func (s *State) sortedDBs() []dbID {
	return slices.SortedFunc(maps.Keys(s.dbs), func(a, b dbID) int {
		if c := strings.Compare(a.project, b.project); c != 0 {
			return c
		}
		return strings.Compare(a.database, b.database)
	})
}

// Change is what happened to one entity between two states; nil stands for
// absent. Do not modify the entities.
type Change struct{ Before, After *pb.Entity }

// Diff lists the entities that differ between two states, in key order. It
// takes time in proportion to the writes between them where after was reached
// by an emulator from before, else to the size of both.
func Diff(before, after *State) []Change {
	all := &State{maps.Clone(before.dbs)}
	if all.dbs == nil {
		all.dbs = map[dbID]*content{}
	}
	maps.Copy(all.dbs, after.dbs)
	var changes []Change
	for _, id := range all.sortedDBs() {
		changes = diffContent(changes, before.db(id), after.db(id))
	}
	return changes
}

func diffContent(changes []Change, before, after *content) []Change {
	if before.trees == after.trees {
		return changes
	}
	keys, known := changedKeys(before, after)
	if !known {
		return diffTrees(changes, before.entities, after.entities)
	}
	for _, k := range keys {
		changes = appendChange(changes, before.get(k), after.get(k))
	}
	return changes
}

// changedKeys lists, sorted, the keys written on the way from before to after,
// if after's log reaches back to before.
func changedKeys(before, after *content) ([]string, bool) {
	var log []string
	switch {
	case after.base == nil:
		return nil, false
	case after.base.trees == before.trees:
		log = after.log.between(0, after.logged)
	case before.base == after.base && before.log == after.log && before.logged <= after.logged:
		log = after.log.between(before.logged, after.logged)
	default:
		return nil, false
	}
	keys := slices.Sorted(slices.Values(log))
	return slices.Compact(keys), true
}

func diffTrees(changes []Change, before, after *btree.BTreeG[*stored]) []Change {
	a, b := before.Iter(), after.Iter()
	defer a.Release()
	defer b.Release()
	inA, inB := a.First(), b.First()
	for inA || inB {
		switch {
		case !inB || inA && a.Item().key < b.Item().key:
			changes = appendChange(changes, a.Item(), nil)
			inA = a.Next()
		case !inA || b.Item().key < a.Item().key:
			changes = appendChange(changes, nil, b.Item())
			inB = b.Next()
		default:
			changes = appendChange(changes, a.Item(), b.Item())
			inA, inB = a.Next(), b.Next()
		}
	}
	return changes
}

func appendChange(changes []Change, a, b *stored) []Change {
	switch {
	case a == b:
		return changes
	case a == nil:
		return append(changes, Change{After: b.ent})
	case b == nil:
		return append(changes, Change{Before: a.ent})
	case sameEntity(a.ent, b.ent):
		return changes
	}
	return append(changes, Change{a.ent, b.ent})
}
