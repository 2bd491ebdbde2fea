package datastore

import (
	"maps"
	"strings"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// mask is a set of property paths as a tree. A node without children covers
// everything below it. A nil mask covers everything.
type mask struct {
	children map[string]*mask
}

// newReadMask parses the mask of a read.
func newReadMask(m *pb.PropertyMask) (*mask, error) {
	if m == nil {
		return nil, nil
	}
	root := &mask{children: map[string]*mask{}}
	for _, p := range m.Paths {
		names, err := splitPath(p)
		if err != nil {
			return nil, err
		}
		root.add(names)
	}
	return root, nil
}

func (m *mask) add(names []string) {
	at := m
	for i, name := range names {
		next := at.children[name]
		switch {
		case i == len(names)-1:
			at.children[name] = &mask{}
			return
		case next == nil:
			next = &mask{children: map[string]*mask{}}
			at.children[name] = next
		case next.children == nil:
			return // a shorter path covers this one
		}
		at = next
	}
}

// splitPath splits a property path at its dots; a backslash takes the meaning
// from a dot or a backslash.
func splitPath(path string) ([]string, error) {
	var names []string
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path):
			i++
			name.WriteByte(path[i])
		case path[i] == '.':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteByte(path[i])
		}
	}
	names = append(names, name.String())
	for _, n := range names {
		if n == keyProperty && len(names) == 1 {
			continue
		}
		if err := checkText("property.name", n); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// pick returns the part of an entity that the mask covers; the key always is.
func (m *mask) pick(e *pb.Entity) *pb.Entity {
	if m == nil {
		return e
	}
	return &pb.Entity{Key: e.Key, Properties: m.pickProperties(e.Properties)}
}

func (m *mask) pickProperties(props map[string]*pb.Value) map[string]*pb.Value {
	out := map[string]*pb.Value{}
	for name, sub := range m.children {
		v, ok := props[name]
		if !ok {
			continue
		}
		if sub.children == nil {
			out[name] = v
			continue
		}
		e, ok := v.ValueType.(*pb.Value_EntityValue)
		if !ok {
			continue
		}
		inner := sub.pickProperties(e.EntityValue.GetProperties())
		if len(inner) > 0 {
			out[name] = withEntity(v, &pb.Entity{Key: e.EntityValue.GetKey(), Properties: inner})
		}
	}
	return out
}

func withEntity(v *pb.Value, e *pb.Entity) *pb.Value {
	out := &pb.Value{ValueType: &pb.Value_EntityValue{EntityValue: e}}
	if v != nil {
		out.ExcludeFromIndexes, out.Meaning = v.ExcludeFromIndexes, v.Meaning
	}
	return out
}

// merge writes the covered properties of next over old; covered ones that next
// lacks are removed.
func (m *mask) merge(old, next *pb.Entity) *pb.Entity {
	return &pb.Entity{Key: next.Key, Properties: m.mergeProperties(old.Properties, next.Properties)}
}

func (m *mask) mergeProperties(old, next map[string]*pb.Value) map[string]*pb.Value {
	out := make(map[string]*pb.Value, len(old))
	maps.Copy(out, old)
	for name, sub := range m.children {
		v, ok := next[name]
		switch {
		case sub.children != nil:
			sub.mergeEmbedded(out, name, v)
		case ok:
			out[name] = v
		default:
			delete(out, name)
		}
	}
	return out
}

// mergeEmbedded merges below an embedded entity. What is no entity yet becomes
// one if there is anything to put into it.
func (m *mask) mergeEmbedded(out map[string]*pb.Value, name string, next *pb.Value) {
	old := out[name]
	inner := m.mergeProperties(old.GetEntityValue().GetProperties(), next.GetEntityValue().GetProperties())
	if old.GetEntityValue() == nil && len(inner) == 0 {
		return
	}
	shape := old
	if old.GetEntityValue() == nil {
		shape = next
	}
	out[name] = withEntity(shape, &pb.Entity{Key: shape.GetEntityValue().GetKey(), Properties: inner})
}

// checkMask parses the mask and the transforms of a mutation. A mutation on an
// absent entity writes the covered properties alone.
func (m *mutation) checkMask(db dbID) error {
	var err error
	if m.mask, err = newReadMask(m.req.PropertyMask); err != nil {
		return err
	}
	if m.mask != nil {
		m.entity = m.mask.pick(m.entity)
	}
	m.transforms, err = db.checkTransforms(m.req.PropertyTransforms)
	return err
}
