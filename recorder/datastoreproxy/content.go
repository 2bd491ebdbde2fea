package datastoreproxy

import (
	"fmt"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/harness/store/datastore"
)

// content is what an operation, or the proxy for it, has seen of a Datastore as it
// was before.
type content struct {
	partition datastore.Partition
	known     map[string]sight // by the text of the key
	written   map[string]bool  // by the operation: what is seen later is not as it was
}

// sight is what was at a key; the entity is nil where nothing was.
type sight struct {
	entity *pb.Entity
	tx     string // transaction in which it was first seen
}

// id is the text of a key, "" of one that is incomplete or of another project.
func (c *content) id(k *pb.Key) string {
	key, err := c.partition.FromKey(k)
	if err != nil || !key.Complete() {
		return ""
	}
	return key.String()
}

// see notes what is at a key, unless that is known or the operation wrote it.
func (c *content) see(k *pb.Key, e *pb.Entity, tx string) {
	id := c.id(k)
	if _, known := c.known[id]; known || c.written[id] || id == "" {
		return
	}
	c.known[id] = sight{e, tx}
}

// unknown are those keys of which it is not known what was there before, each
// once.
func (c *content) unknown(keys []*pb.Key) []*pb.Key {
	var out []*pb.Key
	seen := map[string]bool{}
	for _, k := range keys {
		id := c.id(k)
		if _, known := c.known[id]; known || c.written[id] || seen[id] || id == "" {
			continue
		}
		seen[id] = true
		out = append(out, k)
	}
	return out
}

// forget drops what was seen in a transaction that came to nothing.
func (c *content) forget(tx string) {
	for id, s := range c.known {
		if s.tx == tx {
			delete(c.known, id)
		}
	}
}

// state is the content as an emulator holds it.
func (c *content) state() (*emulator.State, error) {
	var entities []*pb.Entity
	for _, s := range c.known {
		if s.entity != nil {
			entities = append(entities, s.entity)
		}
	}
	state, err := emulator.NewState().PutOwned(entities...) // nobody changes what was read
	if err != nil {
		return nil, fmt.Errorf("hold what was read: %w", err)
	}
	return state, nil
}
