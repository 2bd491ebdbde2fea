package datastore

import (
	"errors"
	"fmt"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	"github.com/sidebyside/replay/corpus"
)

// Entity converts an entity to the protocol's form.
func (p Partition) Entity(e corpus.Entity) (*pb.Entity, error) {
	out, err := p.entity(e)
	if err != nil {
		return nil, fmt.Errorf("entity %s: %w", e.Key, err)
	}
	for _, path := range e.Unindexed {
		if err := exclude(out, path); err != nil {
			return nil, fmt.Errorf("entity %s: %w", e.Key, err)
		}
	}
	return out, nil
}

// entity converts without the index flags.
func (p Partition) entity(e corpus.Entity) (*pb.Entity, error) {
	key, err := p.Key(e.Key)
	if err != nil {
		return nil, err
	}
	out := &pb.Entity{Key: key}
	if len(e.Properties) == 0 {
		return out, nil
	}
	out.Properties = make(map[string]*pb.Value, len(e.Properties))
	values := make([]pb.Value, len(e.Properties)) // one allocation for all
	for name, v := range e.Properties {
		to := &values[len(out.Properties)]
		if err := p.fill(to, v); err != nil {
			return nil, fmt.Errorf("property %q: %w", name, err)
		}
		out.Properties[name] = to
	}
	return out, nil
}

// FromEntity converts an entity of the protocol.
func (p Partition) FromEntity(e *pb.Entity) (corpus.Entity, error) {
	out, err := p.fromEntity(e)
	if err != nil {
		return corpus.Entity{}, err
	}
	out.Unindexed, err = unindexed(e)
	if err != nil {
		return corpus.Entity{}, fmt.Errorf("entity %s: %w", out.Key, err)
	}
	return out, nil
}

func (p Partition) fromEntity(e *pb.Entity) (corpus.Entity, error) {
	key, err := p.FromKey(e.GetKey())
	if err != nil {
		return corpus.Entity{}, err
	}
	out := corpus.Entity{Key: key}
	if len(e.GetProperties()) == 0 {
		return out, nil
	}
	out.Properties = make(map[string]corpus.Value, len(e.GetProperties()))
	for name, v := range e.GetProperties() {
		to, err := p.fromValue(v)
		if err != nil {
			return corpus.Entity{}, fmt.Errorf("entity %s: property %q: %w", key, name, err)
		}
		out.Properties[name] = to
	}
	return out, nil
}

var errEmbeddedFlags = errors.New("an embedded entity lists unindexed properties: list them with the outermost entity, by dotted name")
