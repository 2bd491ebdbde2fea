package corpus

import (
	"time"
)

// FormatVersion is the version of the case format that this package reads and
// writes (docs/corpus.md).
const FormatVersion = 1

// A Case is one recorded behaviour: a request, the fixture it depends on, and
// what legacy did.
type Case struct {
	// Name is the file's path in the corpus without ".yaml", slashes forward.
	Name string
	// File is the file it was read from, for messages; "" if it was not read.
	File string

	Description string
	Tags        []string
	Recorded    Recorded
	Request     Request
	Fixture     Fixture
	Expect      Observation
}

// Recorded says when and from what a case was recorded.
type Recorded struct {
	At             time.Time // UTC, milliseconds
	Implementation string
	Revision       string
}

// OperationType is the type of a GraphQL operation that can be recorded.
type OperationType string

// The operation types of a case (a subscription is never one).
const (
	Query    OperationType = "query"
	Mutation OperationType = "mutation"
)

// Request is a GraphQL request as it was sent.
type Request struct {
	Operation OperationType
	// Fields are the root fields' names (aliases resolved), in document order
	// without repetition; those behind @skip or @include count.
	Fields []string
	// Document is byte for byte what was sent.
	Document string
	// OperationName is "" when the request had none.
	OperationName string
	// Variables and Extensions are nil when absent from the request, and the
	// text null when it said so.
	Variables, Extensions JSON
	// Headers are those that the configuration keeps, names in lower case.
	Headers map[string]string
}

// JSON is a JSON text without insignificant white space, as [ParseJSON] gives
// it. Literals of numbers and the order and repetition of object members are
// kept as they came. nil means absent.
type JSON []byte

// Fixture is the state that must exist before the request.
type Fixture struct {
	// Base is the path of a shared fixture file, relative to the case's file;
	// "" for none. Changes stand on top of it.
	Base    string
	Changes map[string][]Effect
	// Stores is the state by store name, without what Base holds.
	Stores map[string]State
	// Shared is what Base holds, filled by Load.
	Shared map[string]State
}

// State is the content of one store: what must exist, and what must not. Every
// kind of store has entities here; Form says what they are in its own words.
type State struct {
	Form     Form
	Entities []Entity
	Absent   []Key
	// Primary names the columns of the primary key of tables, in the key's order.
	// A row of a table that it does not name has the key of [AnyRow].
	Primary map[string][]string
	// Sequences is what sequences of a database give out next, by name.
	Sequences map[string]int64
}

// Form is how the content of a store is written.
type Form string

// The forms of content.
const (
	// Entities is the form of Datastore.
	Entities Form = ""
	// Tables is the form of SQL: an entity is a row, its kind the table with the
	// schema, its properties are columns ([RowKey]).
	Tables Form = "tables"
	// Keys is the form of Redis: an entity is a key with the properties type,
	// value and ttl ([RedisKey]).
	Keys Form = "keys"
)

// Entity is a Datastore entity, complete or embedded in another one; a row of a
// table; or a key of Redis.
type Entity struct {
	// Key is complete; an embedded entity may have none (the zero Key) or an
	// incomplete one.
	Key        Key
	Properties map[string]Value
	// Unindexed lists what is excluded from indexes: property names, sorted.
	// Nested ones are dotted ("address.city"), list elements count together
	// ("tags") unless they differ ("tags[2]"); a backslash keeps a dot, bracket
	// or backslash of a name itself. Always empty in an embedded entity: its
	// flags stand with the outermost one.
	Unindexed []string
}

// Key is a Datastore key. The project is the store's, never the corpus's.
type Key struct {
	Namespace string
	Path      []PathElement
}

// PathElement is a kind with an ID or a name; with neither it is incomplete. One
// without a kind is a further column of a row's key.
type PathElement struct {
	Kind string
	ID   int64
	Name string
}

// Value is a stored value, one of
//
//	nil  bool  int64  float64  string  []byte
//	time.Time (UTC, microseconds)  Key  GeoPoint  *Entity  []Value  Meant
//	Typed
type Value any

// Typed is a value of a type that only one sort of store has, as the text by
// which that store writes it: a numeric, a date, a range of PostgreSQL, a time
// to live of Redis.
type Typed struct{ Type, Text string }

// GeoPoint is a place in degrees.
type GeoPoint struct{ Lat, Lng float64 }

// Meant is a value with a "meaning", the type mark of older client libraries
// (22 for ndb's compressed blobs), which readers of the value depend on.
type Meant struct {
	Meaning int32
	Value   Value
}

// Op is what happened to an entity.
type Op string

// The three forms of an effect.
const (
	Insert Op = "insert"
	Update Op = "update"
	Delete Op = "delete"
)

// Effect is the net change of one entity between seed and answer.
type Effect struct {
	Op  Op
	Key Key
	// Properties is the whole entity of an insert, and the whole row of a delete
	// that no key names ([Key.AnyRow]).
	Properties map[string]Value
	// Set holds the changed properties of an update. A change of the index flag
	// alone has From equal to To.
	Set map[string]Change
	// Unindexed lists, in the form of Entity.Unindexed, what is excluded from
	// indexes after an insert, and among Set after an update.
	Unindexed []string
}

// Change is a property before and after. nil means that the property is absent
// there; a stored null is a pointer to a nil Value.
type Change struct{ From, To *Value }

// Observation is what an implementation did with a request.
type Observation struct {
	HTTP     HTTP
	Response JSON
	// Effects are by store name, sorted by key.
	Effects map[string][]Effect
	Calls   []Call
}

// HTTP is the part of an answer outside its body.
type HTTP struct {
	Status int
	// Headers are those that are recorded, names in lower case.
	Headers map[string]string
}

// Call is a request that the implementation sent to an upstream, with the
// answer it got.
type Call struct {
	Upstream string
	Request  CallRequest
	Response CallResponse
}

// CallRequest is a GraphQL request (Document is set) or any other.
type CallRequest struct {
	Method, Path string
	Document     string
	Variables    JSON
	// Body is JSON where the body was, else a JSON string of its text.
	Body JSON
}

// CallResponse is what the upstream answered.
type CallResponse struct {
	Status int
	Body   JSON
}
