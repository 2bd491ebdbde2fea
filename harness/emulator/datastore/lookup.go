package datastore

import (
	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// maxLookupKeys is the documented limit of keys per Lookup.
const maxLookupKeys = 1000

func (c *call) lookup(req *pb.LookupRequest) (*pb.LookupResponse, error) {
	for _, k := range req.Keys {
		if err := c.db.normalise(k, mustBeComplete); err != nil {
			return nil, err
		}
	}
	if c.e.opts.EnforceLimits && len(req.Keys) > maxLookupKeys {
		return nil, invalid("cannot get more than %d keys in a single call", maxLookupKeys)
	}
	m, err := newReadMask(req.PropertyMask)
	if err != nil {
		return nil, err
	}
	v, err := c.view(req.ReadOptions)
	if err != nil {
		return nil, err
	}
	resp := &pb.LookupResponse{Transaction: v.token, ReadTime: v.timeOfRead()}
	if v.tx != nil {
		v.tx.mu.Lock()
		defer v.tx.mu.Unlock()
	}
	c.find(v, req.Keys, m, resp)
	return resp, nil
}

// find looks keys up; a key given twice is answered once.
func (c *call) find(v *view, keys []*pb.Key, m *mask, resp *pb.LookupResponse) {
	seen := make(map[string]struct{}, len(keys))
	for _, k := range keys {
		key := entityKey(k)
		if _, again := seen[key]; again {
			continue
		}
		seen[key] = struct{}{}
		if v.tx != nil {
			v.tx.readKey(key)
		}
		s := v.get(key)
		if s == nil {
			c.event.Missing = append(c.event.Missing, k)
			resp.Missing = append(resp.Missing, &pb.EntityResult{
				Entity: &pb.Entity{Key: k}, Version: v.snapshotVersion(),
			})
			continue
		}
		c.event.Found = append(c.event.Found, s.ent.Key)
		resp.Found = append(resp.Found, fullResult(s, m))
	}
}

// fullResult is an entity as the answer of a read. It shares the stored
// message, which nobody modifies.
func fullResult(s *stored, m *mask) *pb.EntityResult {
	return &pb.EntityResult{
		Entity: m.pick(s.ent), Version: s.version,
		CreateTime: timestamp(s.created), UpdateTime: timestamp(s.updated),
	}
}

func (c *call) allocateIds(req *pb.AllocateIdsRequest) (*pb.AllocateIdsResponse, error) {
	for _, k := range req.Keys {
		if err := c.db.normalise(k, mustBeIncomplete); err != nil {
			return nil, err
		}
	}
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if err := c.current(); err != nil {
		return nil, err
	}
	c.event.View = c.e.state.Load()
	d := c.event.View.db(c.db).edit()
	resp := &pb.AllocateIdsResponse{}
	for _, k := range req.Keys {
		resp.Keys = append(resp.Keys, d.allocate(c.e.ids, k))
	}
	c.event.Allocated = resp.Keys
	c.event.After = c.event.View.with(c.db, d.done())
	c.e.state.Store(c.event.After)
	return resp, nil
}

func (c *call) reserveIds(req *pb.ReserveIdsRequest) (*pb.ReserveIdsResponse, error) {
	var ids []int64
	for _, k := range req.Keys {
		if err := c.db.normalise(k, mustBeComplete); err != nil {
			return nil, err
		}
		if id := k.Path[len(k.Path)-1].GetId(); id != 0 {
			ids = append(ids, id)
		}
	}
	c.e.mu.Lock()
	defer c.e.mu.Unlock()
	if err := c.current(); err != nil {
		return nil, err
	}
	c.event.View = c.e.state.Load()
	d := c.event.View.db(c.db).edit()
	d.reserve(ids)
	c.event.Reserved = req.Keys
	c.event.After = c.event.View.with(c.db, d.done())
	c.e.state.Store(c.event.After)
	return &pb.ReserveIdsResponse{}, nil
}
