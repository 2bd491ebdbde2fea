// Package store is what the harness and the recorder know of a datastore: it can
// be seeded, and it can tell what changed and what was read since.
package store

import (
	"context"

	"github.com/sidebyside/replay/corpus"
)

// A Store is one datastore of one side of a lane.
type Store interface {
	// URL is the address that ${stores.NAME.url} stands for.
	URL() string
	// Env holds the conventional variables by which implementations find a store
	// of this kind.
	Env() map[string]string
	// Seed replaces the whole content by the state, forgets what was observed
	// before, and checks that it did.
	Seed(ctx context.Context, state corpus.State) error
	// Observe waits until no request is in flight and tells what happened since
	// the last Seed or Continue.
	Observe(ctx context.Context) (Observed, error)
	// Close stops what the store started.
	Close() error
}

// Observed is what a store saw since it was seeded.
type Observed struct {
	// Effects are net changes, sorted by key.
	Effects []corpus.Effect
	// Reads are in the order of the first occurrence; nil from a store that
	// cannot tell.
	Reads []Read
	// Allocated are the keys whose ids the store gave out.
	Allocated []corpus.Key
	// Reserved are the keys with ids that the store was told not to give out: who
	// asks for that makes ids in agreement with it.
	Reserved []corpus.Key
	// Counted are the sequences that gave out numbers, and are for no key by
	// themselves: their numbers are in Allocated, too.
	Counted []Sequence
	// Approximate are keys whose content before a write was read beside the
	// write, so that it may have changed in between.
	Approximate []corpus.Key
}

// Sequence is one from which rows, or parts of their keys, are numbered.
type Sequence struct {
	// Name has the schema in it. Table and Column are what it is for, "" where the
	// database does not know.
	Name, Table, Column string
	// Numbers are those that it gave out, whether they were used or not.
	Numbers []int64
}

// Read is one read of the store: the lookup of a key, or a query.
type Read struct {
	// Text says for a person what was read: "User/ann", or
	// "query Assignment where class = 7 order by due limit 10".
	Text string
	// Found lists the keys that it returned, Missing those looked up in vain.
	Found, Missing []corpus.Key
	// Query identifies the query up to its limit, offset and cursors, so that
	// two reads with the same Query range over the same index rows; "" for a
	// lookup.
	Query string
	// Kind is the kind queried, "" for a lookup or a kindless query.
	Kind string
	// Range says more of the query for Uncovered; nil where the store cannot.
	Range *Range
}

// A Recordable store can turn what was observed into the fixture of a case.
type Recordable interface {
	Store
	// Continue starts a new observation on the content as it is.
	Continue(ctx context.Context) error
	// Fixture is the part of the content at the last Seed or Continue that the
	// observed requests depended on.
	Fixture(ctx context.Context, opts FixtureOptions) (corpus.State, error)
}

// FixtureOptions says how far a fixture reaches beyond what was read.
type FixtureOptions struct {
	// Guards is how many entities per query are kept that the query did not
	// return, nearest beyond its filter, order or limit.
	Guards int
	// Follow is over how many hops the key-valued properties of what was read
	// are followed.
	Follow int
}

// An Indexed store can tell which composite indexes the queries since it was
// opened needed. A deployment without them refuses these queries.
type Indexed interface {
	Store
	// Indexes are texts for people, sorted: "Assignment (state, due desc)".
	Indexes() []string
}

// A Varying store can give out other ids than it would: what an implementation
// computes from an id differs then, too.
type Varying interface {
	Store
	// VaryIDs skips so many ids after each seed from now on; 0 is as before.
	VaryIDs(skip uint64)
}

// A Sharing store can prepare a fixture once for several stores: the two sides of
// a lane are seeded with the same one.
type Sharing interface {
	Store
	// ShareSeeds joins the store with another of its kind; with one of another
	// kind it does nothing.
	ShareSeeds(other Store)
}

// A Momentary store can hold on to what it saw, so that everything else can be done
// later, beside other requests.
type Momentary interface {
	Recordable
	// Moment waits until no request is in flight, as Observe does, and returns in
	// nearly constant time what happened since the last Seed or Continue.
	Moment(ctx context.Context) (Moment, error)
}

// Moment is what a store saw between a Seed or Continue and a moment. It does not
// change any more.
type Moment interface {
	// Observed is what Observe would have told at the moment.
	Observed() (Observed, error)
	// Fixture is what the Fixture of a Recordable would have been.
	Fixture(opts FixtureOptions) (corpus.State, error)
}
