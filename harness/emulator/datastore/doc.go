// Package datastore is an embedded Google Cloud Datastore: a server of
// google.datastore.v1 that lives in the process of a test, forks in constant
// time, and tells exactly what was read and written.
//
// Start gives an Emulator with an address; any official client finds it through
// DATASTORE_EMULATOR_HOST. Its content is a State, an immutable value: Reset
// replaces it, State reads it, Diff compares two of them, Journal lists the
// requests in between.
//
//	e, err := datastore.Start(datastore.Options{})
//	...
//	t.Setenv("DATASTORE_EMULATOR_HOST", e.Addr())
//	seed, err := datastore.NewState().Put(entities...)
//	...
//	e.Reset(seed)
//	// run the code under test
//	changes := datastore.Diff(e.Before(), e.State())
//
// Behaviour follows the comments of the protos for Firestore in Datastore mode;
// docs/datastore-emulator.md lists where the official emulators differ.
package datastore
