package datastore

import (
	"fmt"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type operation int

const (
	opInsert operation = iota
	opUpdate
	opUpsert
	opDelete
)

func (o operation) String() string {
	return [...]string{"insert", "update", "upsert", "delete"}[o]
}

// mutation is a validated pb.Mutation.
type mutation struct {
	req        *pb.Mutation
	op         operation
	entity     *pb.Entity // nil for a delete
	key        string     // entityKey; "" while incomplete
	incomplete bool
	mask       *mask // nil: the whole entity
	transforms []transform
}

// apply applies one mutation to the draft as the given version.
func (c *call) apply(d *draft, m *mutation, version int64) (*pb.MutationResult, error) {
	key, entity := m.key, m.entity
	res := &pb.MutationResult{Version: version}
	if m.incomplete {
		res.Key = d.allocate(c.e.ids, entity.Key)
		c.event.Allocated = append(c.event.Allocated, res.Key)
		key = entityKey(res.Key)
		entity = &pb.Entity{Key: res.Key, Properties: entity.Properties}
	}
	old := d.get(key)
	conflict, err := m.conflicts(d, key, old)
	if err != nil {
		return nil, err
	}
	switch {
	case conflict:
		res.ConflictDetected = true
		describe(res, old)
		return res, nil
	case m.op == opInsert && old != nil:
		return nil, alreadyExists(entity.Key)
	case m.op == opUpdate && old == nil:
		return nil, notFound(entity.Key)
	case m.op == opDelete:
		if old != nil {
			d.remove(key, version)
		}
		return res, nil
	}
	return c.write(d, m, res, &stored{key: key, ent: entity}, old)
}

// write stores the outcome of an insert, update or upsert. What changes
// nothing keeps the version and the times.
func (c *call) write(d *draft, m *mutation, res *pb.MutationResult, next, old *stored) (*pb.MutationResult, error) {
	next.version, next.created, next.updated = res.Version, res.Version, res.Version
	if old != nil {
		next.created = old.created
	}
	if m.mask != nil && old != nil {
		next.ent = m.mask.merge(old.ent, next.ent)
	}
	if len(m.transforms) > 0 {
		res.TransformResults, next.ent = applyTransforms(m.transforms, next.ent, c.now)
	}
	if m.mask != nil || len(m.transforms) > 0 {
		if err := c.db.checkEntity(next.ent, mustBeComplete); err != nil {
			return nil, err
		}
	}
	if old != nil && sameEntity(old.ent, next.ent) {
		next = old
	} else {
		rows, err := rowsOf(next.ent)
		if err != nil {
			return nil, err
		}
		next.rows = rows
		d.put(next)
	}
	describe(res, next)
	return res, nil
}

func describe(res *pb.MutationResult, s *stored) {
	if s == nil {
		return
	}
	res.Version = s.version
	res.CreateTime, res.UpdateTime = timestamp(s.created), timestamp(s.updated)
}

// conflicts compares the stored entity with the version or time that the
// mutation is based on. For an absent entity that is any version since its
// deletion.
func (m *mutation) conflicts(d *draft, key string, old *stored) (bool, error) {
	var conflict bool
	var text string
	switch t := m.req.ConflictDetectionStrategy.(type) {
	case *pb.Mutation_BaseVersion:
		stored := d.deletedAt(key)
		conflict = t.BaseVersion < stored
		if old != nil {
			stored = old.version
			conflict = t.BaseVersion != stored
		}
		text = fmt.Sprintf("the stored version (%d) does not match the required base version (%d)", stored, t.BaseVersion)
	case *pb.Mutation_UpdateTime:
		conflict = old == nil || old.updated != micros(t.UpdateTime)
		text = "the stored update time does not match the required update time"
	default:
		return false, nil
	}
	if conflict && m.req.ConflictResolutionStrategy == pb.Mutation_FAIL {
		return false, status.Error(codes.FailedPrecondition, text)
	}
	return conflict, nil
}

// deletedAt is the version at which an absent entity was deleted, 0 when it
// never was.
func (d *draft) deletedAt(key string) int64 {
	g, _ := d.graves.Get(grave{key: key})
	return g.version
}

// elementText is a key in the words of the live service's errors.
func elementText(k *pb.Key) string {
	var b strings.Builder
	fmt.Fprintf(&b, "app: %q path <", k.PartitionId.GetProjectId())
	for _, p := range k.Path {
		fmt.Fprintf(&b, " Element { type: %q ", p.Kind)
		switch t := p.IdType.(type) {
		case *pb.Key_PathElement_Id:
			fmt.Fprintf(&b, "id: %d }", t.Id)
		case *pb.Key_PathElement_Name:
			fmt.Fprintf(&b, "name: %q }", t.Name)
		}
	}
	b.WriteString(" >")
	return b.String()
}
