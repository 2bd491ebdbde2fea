package datastore

import (
	"math"
	"testing"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
)

func TestRisingIDs(t *testing.T) {
	k := &pb.Key{
		PartitionId: &pb.PartitionId{ProjectId: "demo"},
		Path:        []*pb.Key_PathElement{{Kind: "Task"}},
	}
	for _, after := range []int64{0, 7, 1<<52 - 1, 1 << 52, 5629499534213120, 1<<53 - 1, math.MaxInt64 / 4} {
		for _, skip := range []uint64{0, 1, 1 << 20} {
			d := NewState().WithIDsAfter("demo", "", after, skip).db(dbID{"demo", ""}).edit()
			last := after
			for range 1000 {
				id := d.allocate(allocator{policy: Rising}, k).Path[0].GetId()
				if id <= last {
					t.Fatalf("after %d, skipping %d: %d comes behind %d", after, skip, id, last)
				}
				last = id
			}
			if after < 1<<52 && (last < 1e15 || last >= 1<<53) {
				t.Errorf("after %d, skipping %d: %d has not 16 digits", after, skip, last)
			}
		}
	}
}

func TestRisingIDsOfOneDatabase(t *testing.T) {
	s := NewState().WithIDsAfter("demo", "", 1<<52, 7)
	if got := s.db(dbID{"demo", "second"}).ids.next; got != 0 {
		t.Errorf("another database starts at %d", got)
	}
}
