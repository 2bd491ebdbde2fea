// Package datastoreproxy stands between an implementation and its Google Cloud
// Datastore: any emulator, or the service itself. The implementation reaches it
// by DATASTORE_EMULATOR_HOST; what it asks goes on to the target byte for byte,
// and comes back so. Meanwhile the proxy takes down what a recorder needs to turn
// an operation into a case: what was looked up, found and missed, the queries,
// and what each commit changed.
//
//	proxy, err := datastoreproxy.Start(ctx, datastoreproxy.Options{Project: "demo", Target: "127.0.0.1:8432"})
//	...
//	r, err := recorder.New(recorder.Options{
//		Stores: map[string]store.Recordable{"datastore": proxy}, Exclusive: recorder.ExclusiveNone, ...
//	})
//
// A call belongs to an operation if it carries the operation's trace (W3C
// traceparent) or one of its transactions, or if the recorder says that only one
// operation is in flight; never because of its time alone. A call that belongs to
// nobody for certain spoils the recordings of all that were in flight.
//
// What the proxy has to know beyond the answers, it asks the target itself: the
// content before a commit in the commit's transaction or just before it; whole
// entities behind projections, aggregations and offsets, and guards, at the time of
// the query that they belong to. In the end the calls of an operation are made
// again on an embedded emulator that holds its fixture, and an operation whose
// store would not answer the same is not recorded.
package datastoreproxy
