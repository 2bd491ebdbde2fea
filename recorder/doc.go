// Package recorder writes cases: it stands before the legacy implementation,
// passes GraphQL over HTTP on to it, and keeps for each operation the request,
// the fixture that it depended on, the answer and what it changed.
//
//	r, err := recorder.New(recorder.Options{
//		Target: endpoint, Stores: stores, Out: "corpus", Guards: 3, Follow: 1,
//	})
//	...
//	err = http.Serve(listener, r)
//	...
//	fmt.Print(r.Summary())
//
// Handler does the same within a service that is written in Go, without a proxy, and
// Client records what the service asks others.
//
// One operation is in flight at a time, so that what the stores see belongs to
// it; further ones wait. Where the stores can tell operations apart (Attributor), more
// run side by side once legacy has shown that it passes their traces on
// (Options.Exclusive).
//
// The recorder is never in the way: the client gets legacy's answer byte for byte and
// as it comes, whatever becomes of the recording. What was seen goes through a bounded
// queue, in which it is redacted, named and written. What cannot be a case, or is left
// out (Selection), is passed on all the same, and counted in the Summary and the
// metrics by reason.
//
// The way of an operation: ServeHTTP reads it (request.go), begin waits for its turn
// (turn.go, trust.go, take.go), serve passes it on (serve.go, proxy.go, direct.go,
// answer.go), settle takes what the stores saw (settle.go, keep.go), and a scribe makes
// the case and writes it (scribe.go), here or, with Options.Scribe, in another process
// (desk.go, wire.go, elsewhere.go).
package recorder
