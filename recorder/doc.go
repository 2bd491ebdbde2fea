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
// One operation is in flight at a time, so that what the stores see belongs to
// it; further ones wait. Where the stores can tell operations apart (Attributor),
// Options.Exclusive lets more run side by side. The client gets legacy's answer byte for byte, whatever
// becomes of the recording. What cannot be a case is passed on all the same, and
// counted in the Summary by reason.
package recorder
