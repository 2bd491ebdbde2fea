package datastore

import (
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// Watch is called for each request when it came, with the name of the RPC. What it
// returns, if it is not nil, is called with the request's event before the answer is
// sent. Both may be called from many goroutines. The event and its messages are the
// emulator's: do not modify them.
type Watch func(method string, md metadata.MD, req proto.Message) func(*Event)

// Watch has requests watched from now on, in place of the journal, which stays
// empty: for who tells apart those of many that go on side by side.
func (e *Emulator) Watch(w Watch) {
	e.journal.off.Store(true)
	e.journal.clear()
	e.watch.Store(&w)
}

func (e *Emulator) watched(method string, md metadata.MD, req proto.Message) func(*Event) {
	if w := e.watch.Load(); w != nil {
		return (*w)(method, md, req)
	}
	return nil
}
