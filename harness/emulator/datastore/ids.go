package datastore

import (
	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

// idState says which ids of a database are still free: those of the sequence
// after next, except the reserved ones.
type idState struct {
	next     uint64
	reserved map[int64]bool // never modified once shared
}

// IDPolicy says which ids the emulator gives out.
type IDPolicy int

const (
	// Scattered ids have 16 digits and look like those of the live service.
	Scattered IDPolicy = iota
	// Sequential ids count from 1, whatever the kind.
	Sequential
	// Rising ids look like scattered ones, but each is greater than those given
	// out before: what is new stands behind what is old, in every run.
	Rising
)

type allocator struct {
	policy IDPolicy
	seed   uint64
}

// allocate completes the last element of k with an id that no entity of that
// key has, that is not reserved and was never given out before.
func (d *draft) allocate(a allocator, k *pb.Key) *pb.Key {
	path := make([]*pb.Key_PathElement, len(k.Path))
	copy(path, k.Path)
	last := len(path) - 1
	for {
		id := a.id(d.ids.next)
		d.ids.next++
		if d.ids.reserved[id] {
			continue
		}
		path[last] = &pb.Key_PathElement{Kind: k.Path[last].Kind, IdType: &pb.Key_PathElement_Id{Id: id}}
		full := &pb.Key{PartitionId: k.PartitionId, Path: path}
		if d.get(entityKey(full)) == nil {
			return full
		}
	}
}

func (d *draft) reserve(ids []int64) {
	reserved := make(map[int64]bool, len(d.ids.reserved)+len(ids))
	for id := range d.ids.reserved {
		reserved[id] = true
	}
	for _, id := range ids {
		reserved[id] = true
	}
	d.ids.reserved = reserved
}

// id is the n-th id of the sequence. Scattered ids fill [2^52, 2^53): sixteen
// digits that a JavaScript number still holds exactly.
func (a allocator) id(n uint64) int64 {
	switch a.policy {
	case Sequential:
		return int64(n) + 1
	case Rising:
		return rising(n, a.seed)
	}
	return int64(scatter(n, a.seed) | 1<<52)
}

// scatter permutes the numbers of 52 bits: a Feistel network of four rounds,
// so that no two n give the same id.
func scatter(n, seed uint64) uint64 {
	const half = 1<<26 - 1
	left, right := n>>26&half, n&half
	for round := range uint64(4) {
		left, right = right, left^(mix(right+seed+round*0x9e3779b97f4a7c15)&half)
	}
	return left<<26 | right
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
