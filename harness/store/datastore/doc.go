// Package datastore is the store for Google Cloud Datastore: an embedded
// emulator that is seeded with fixtures of the corpus, and observed.
//
//	s, err := datastore.Open(datastore.Options{Project: "demo"})
//	...
//	err = s.Seed(ctx, state)          // the whole content is now the state
//	...                               // an implementation that got s.Env() answers a request
//	seen, err := s.Observe(ctx)       // what it changed and read
//	fixture, err := s.Fixture(ctx, store.FixtureOptions{Guards: 3, Follow: 1})
//
// A State can be written in two ways, as corpus.State and as the messages of
// google.datastore.v1; Partition converts between them without loss.
package datastore
