package datastoreproxy

import (
	"context"
	"fmt"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/types/known/timestamppb"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/recorder"
)

// operation is the recording of one operation.
type operation struct {
	flight
	p *Proxy

	// Guarded by the flight's lock.
	entries []*entry
	content content
	txs     map[string]*tx
	later   []func(context.Context) error // reads that can wait
	approx  map[string]*pb.Key
	settled bool
}

// entry is one call of the operation, or one that the proxy made for it.
type entry struct {
	emulator.Event
	probe bool         // the proxy's own: no read of the operation
	tx    string       // transaction in which it read; "" outside
	found []*pb.Entity // as they were answered, whole or not
	whole bool         // found are whole entities
	at    *timestamppb.Timestamp
	// Of a query: whether there were no more results, and where it stopped.
	ended bool
	end   []byte
	// Of a commit: the request with the ids that were given out, and the answer.
	commit  *pb.CommitRequest
	results *pb.CommitResponse
	since   time.Time // of a blind one, see call; else zero
}

// tx is a transaction of the operation.
type tx struct {
	retries   string // the transaction that it tries again
	read      map[string]bool
	written   []string
	aborted   bool
	committed bool
}

func newOperation(p *Proxy, m recorder.Mark) *operation {
	return &operation{
		p: p, flight: newFlight(m), txs: map[string]*tx{}, approx: map[string]*pb.Key{},
		content: content{known: map[string]sight{}, written: map[string]bool{}, partition: p.partition},
	}
}

// End forgets the operation.
func (o *operation) End() { o.once.Do(func() { o.p.register.remove(o) }) }

// guarded keeps what goes wrong in the recording from costing an answer.
func (o *operation) guarded(f func()) {
	defer func() {
		if p := recover(); p != nil {
			o.spoil("recording panicked", fmt.Sprint(p))
		}
	}()
	f()
}

// add keeps an entry.
func (o *operation) add(e *entry) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.entries = append(o.entries, e)
	if len(o.content.known) > o.p.options.MaxEntities {
		o.spoilt("operation reads too much", fmt.Sprintf("more than %d entities", o.p.options.MaxEntities))
	}
}

// transaction is what is known of one, which the caller may change while it holds
// the lock.
func (o *operation) transaction(token string) *tx {
	t := o.txs[token]
	if t == nil {
		t = &tx{read: map[string]bool{}}
		o.txs[token] = t
	}
	return t
}
