package datastoreproxy

import (
	"context"
	"fmt"
	"sync"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
	"github.com/sidebyside/replay/recorder"
)

// operation is the recording of one operation.
type operation struct {
	p    *Proxy
	mark recorder.Mark
	once sync.Once

	mu       sync.Mutex
	running  int // calls in flight
	answered bool
	idle     chan struct{} // closed once answered and no call is in flight
	flaw     *recorder.Unrecorded
	entries  []*entry
	content  content
	txs      map[string]*tx
	later    []func(context.Context) error // reads that can wait
	approx   map[string]*pb.Key
	settled  bool
	md       metadata.MD // of its first call
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
		p: p, mark: m, idle: make(chan struct{}), txs: map[string]*tx{}, approx: map[string]*pb.Key{},
		content: content{known: map[string]sight{}, written: map[string]bool{}, partition: p.partition},
	}
}

// enter counts a call in; false once the operation is answered.
func (o *operation) enter(md metadata.MD) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.answered {
		return false
	}
	if o.md == nil {
		o.md = md
	}
	o.running++
	return true
}

func (o *operation) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running--; o.running == 0 && o.answered {
		close(o.idle)
	}
}

// Answered ends what belongs to the operation, but for the calls in flight.
func (o *operation) Answered(context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.answered {
		return
	}
	if o.answered = true; o.running == 0 {
		close(o.idle)
	}
}

// End forgets the operation.
func (o *operation) End() { o.once.Do(func() { o.p.register.remove(o) }) }

// spoil says why the operation cannot be recorded. The first reason counts.
func (o *operation) spoil(reason, detail string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spoilt(reason, detail)
}

// spoilt is spoil for who holds the lock.
func (o *operation) spoilt(reason, detail string) {
	if o.flaw == nil {
		o.flaw = &recorder.Unrecorded{Reason: reason, Detail: detail}
	}
}

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

// metadata are those with which the proxy asks for the operation.
func (o *operation) metadata() metadata.MD {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.md
}
