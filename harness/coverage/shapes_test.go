package coverage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/coverage"
)

// shapes are those that are exercised at a position.
func shapes(t *testing.T, cov *coverage.Coverage, field string, part coverage.Part, path string) string {
	t.Helper()
	f := cov.Field(field)
	if f == nil {
		t.Fatalf("no coverage of %s", field)
	}
	p := f.Position(part, path)
	if p == nil {
		t.Fatalf("%s has no position %s %q", field, part, path)
	}
	var names []string
	for _, s := range p.Shapes {
		if s.Cases > 0 {
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, " ")
}

const oneOfEach = `
enum Colour { RED GREEN }
scalar Instant
input In { a: Int, b: Int = 3, in: In }
input Pick @oneOf { id: ID, name: String }
type Query {
  f(s: String, i: Int, x: Float, b: Boolean, id: ID, e: Colour, t: Instant, l: [Int], ll: [[Int!]!]!, in: In, d: Int! = 1, p: Pick): Int
}`

// TestShapes gives each sort of value, as a literal and in variables.
func TestShapes(t *testing.T) {
	tests := []struct{ reason, literal, path, want string }{
		{"a text", `s: "a"`, "s", "value"},
		{"a block text", `s: """a"""`, "s", "value"},
		{"no text", `s: ""`, "s", "empty"},
		{"one sign short of long", `s: "` + strings.Repeat("a", 255) + `"`, "s", "value"},
		{"characters count, not bytes", `s: "` + strings.Repeat("ä", 255) + `"`, "s", "value non-ascii"},
		{"long", `s: "` + strings.Repeat("a", 256) + `"`, "s", "value long"},
		{"left out", ``, "s", "absent"},
		{"null", `s: null`, "s", "null"},
		{"a positive number", `i: 7`, "i", "value"},
		{"zero", `i: 0`, "i", "zero"},
		{"minus zero", `x: -0.0`, "x", "zero"},
		{"below zero", `i: -7`, "i", "negative"},
		{"the greatest Int", `i: 2147483647`, "i", "value max"},
		{"the least Int", `i: -2147483648`, "i", "negative min"},
		{"a whole Float", `x: 2.0`, "x", "value"},
		{"an Int for a Float", `x: 2`, "x", "value"},
		{"a fraction", `x: -0.5`, "x", "negative fraction"},
		{"a Float without precision left", `x: 1e16`, "x", "value large"},
		{"a Float beyond doubles", `x: 1e999`, "x", "value large"},
		{"true", `b: true`, "b", "true"},
		{"false", `b: false`, "b", "false"},
		{"an ID as a number", `id: 5`, "id", "value"},
		{"an empty ID", `id: ""`, "id", "empty"},
		{"an enum value", `e: GREEN`, "e", "GREEN"},
		{"a scalar of the schema's own", `t: "2026-01-01"`, "t", "value"},
		{"an empty list", `l: []`, "l", "empty"},
		{"one for a list", `l: 1`, "l", "one"},
		{"one in a list", `l: [1]`, "l", "one"},
		{"many in a list", `l: [1, null, 0]`, "l", "many"},
		{"items", `l: [1, null, 0]`, "l[]", "null value zero"},
		{"lists of lists", `ll: [[1, 2]]`, "ll[]", "many"},
		{"items of lists of lists", `ll: [[1, -2]]`, "ll[][]", "value negative"},
		{"an object", `in: {}`, "in", "value"},
		{"left out of an object", `in: {}`, "in.a", "absent"},
		{"null in an object", `in: {a: null}`, "in.a", "null"},
		{"a default of the schema is no value", `in: {}`, "in.b", "absent"},
		{"an object within its like", `in: {in: {a: 1}}`, "in.in", "value"},
		{"what lies in an object that is left out", ``, "in.a", ""},
		{"a default argument", ``, "d", "absent"},
		{"one of", `p: {id: "1"}`, "p.id", "value"},
		{"the other of", `p: {id: "1"}`, "p.name", "absent"},
	}
	schema := parseSchema(t, oneOfEach)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			document := "{ f }"
			if tt.literal != "" {
				document = "{ f(" + tt.literal + ") }"
			}
			cov := coverage.Of(schema, []*corpus.Case{request(t, "f/1", document, "", `{"data":{"f":1}}`)})
			if got := shapes(t, cov, "Query.f", coverage.Input, tt.path); got != tt.want {
				t.Errorf("%s: %s is %q, want %q", document, tt.path, got, tt.want)
			}
		})
	}
}

// TestVariables wants variables to count as what they stand for.
func TestVariables(t *testing.T) {
	tests := []struct{ reason, document, variables, path, want string }{
		{"given", `query ($i: Int) { f(i: $i) }`, `{"i":0}`, "i", "zero"},
		{"null", `query ($i: Int) { f(i: $i) }`, `{"i":null}`, "i", "null"},
		{"left out", `query ($i: Int) { f(i: $i) }`, `{}`, "i", "absent"},
		{"no variables", `query ($i: Int) { f(i: $i) }`, "", "i", "absent"},
		{"null for variables", `query ($i: Int) { f(i: $i) }`, "null", "i", "absent"},
		{"its default", `query ($i: Int = -1) { f(i: $i) }`, `{}`, "i", "negative"},
		{"null over its default", `query ($i: Int = -1) { f(i: $i) }`, `{"i":null}`, "i", "null"},
		{"within an object", `query ($i: Int) { f(in: {a: $i}) }`, `{}`, "in.a", "absent"},
		{"within a list", `query ($i: Int) { f(l: [$i]) }`, `{}`, "l[]", "null"},
		{"a whole object", `query ($in: In) { f(in: $in) }`, `{"in":{"a":-5}}`, "in.a", "negative"},
		{"not declared", `query { f(i: $i) }`, `{"i":1}`, "i", "absent"},
		{"an enum as text", `query ($e: Colour) { f(e: $e) }`, `{"e":"RED"}`, "e", "RED"},
	}
	schema := parseSchema(t, oneOfEach)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			cov := coverage.Of(schema, []*corpus.Case{request(t, "f/1", tt.document, tt.variables, `{"data":{"f":1}}`)})
			if got := shapes(t, cov, "Query.f", coverage.Input, tt.path); got != tt.want {
				t.Errorf("%s is %q, want %q", tt.path, got, tt.want)
			}
		})
	}
}

// TestRefusedShowsNothing wants a refused request to exercise the refusal alone.
func TestRefusedShowsNothing(t *testing.T) {
	cov := coverage.Of(parseSchema(t, oneOfEach), []*corpus.Case{
		request(t, "f/1", `{ f(i: null, s: 5) }`, "", `{"errors":[{"message":"no"}]}`),
	})
	f := cov.Field("Query.f")
	if f.Cases != 1 || f.Exercised != 1 || shapes(t, cov, "Query.f", coverage.Outcome, "") != "request error" {
		t.Errorf("%d cases, %d shapes; want one case and its outcome", f.Cases, f.Exercised)
	}
}

// TestRecursionEnds wants types that hold each other to be entered once, and
// deep ones to end.
func TestRecursionEnds(t *testing.T) {
	cov := coverage.Of(parseSchema(t, `
input A { b: B, c: C, d: D, e: E } input B { a: A, c: C, d: D, e: E } input C { a: A, b: B, d: D, e: E }
input D { a: A, b: B, c: C, e: E } input E { a: A, b: B, c: C, d: D, x: Int }
type Query { f(a: A): Int }`), nil)
	f := cov.Field("Query.f")
	for path, want := range map[string]bool{
		"a.b.a": true, "a.b.a.b": false, "a.b.c.d.e": true, "a.b.c.d.e.x": false, "a.e.x": true,
	} {
		if got := f.Position(coverage.Input, path) != nil; got != want {
			t.Errorf("position %s: %v, want %v", path, got, want)
		}
	}
}

const subgraph = `
type Product @key(fields: "upc") @key(fields: "sku { code }") {
  upc: ID!
  sku: Sku
  price: Int @external
  shipping(zone: Int): Int @requires(fields: "price")
  offers: [Offer!]
}
type Sku { code: String! }
interface Offer { id: ID! }
type Sale implements Offer { id: ID! }
type Deal implements Offer { id: ID! }
type Query { top: Product }`

// TestEntities wants what a gateway asks for under the represented type.
func TestEntities(t *testing.T) {
	cov := coverage.Of(parseSchema(t, subgraph), []*corpus.Case{
		request(t, "_entities/1", `query ($r: [_Any!]!, $z: Int) { _entities(representations: $r) { ... on Product { shipping(zone: $z) offers { __typename } } } }`,
			`{"r":[{"__typename":"Product","upc":"1","price":0},{"__typename":"Product","sku":{"code":""}}],"z":-2}`,
			`{"data":{"_entities":[{"shipping":5,"offers":[{"__typename":"Sale"}]},null]}}`),
	})
	tests := []struct {
		field, path string
		part        coverage.Part
		want        string
	}{
		{"Product", "representations", coverage.Input, "many"},
		{"Product", "upc", coverage.Input, "absent value"},
		{"Product", "sku", coverage.Input, "absent value"},
		{"Product", "sku.code", coverage.Input, "empty"},
		{"Product", "price", coverage.Input, "absent zero"},
		{"Product", "", coverage.Answer, "found not found"},
		{"Product", "Product.offers", coverage.Answer, "Sale"},
		{"Product", "", coverage.Outcome, "success"},
		{"Product.shipping", "zone", coverage.Input, "negative"},
	}
	for _, tt := range tests {
		if got := shapes(t, cov, tt.field, tt.part, tt.path); got != tt.want {
			t.Errorf("%s, %s %q is %q, want %q", tt.field, tt.part, tt.path, got, tt.want)
		}
	}
	if cov.Field("Query._entities") != nil || cov.Field("Query._service") != nil {
		t.Error("the root fields of federation are counted by themselves")
	}
}

// TestBranchBySelection wants the type of an object found without __typename
// where its members leave one type, and not guessed where they do not.
func TestBranchBySelection(t *testing.T) {
	schema := parseSchema(t, `
interface P { id: ID! } type C implements P { id: ID! bio: String } type S implements P { id: ID! year: Int }
type Query { p: P  all: [P!] }`)
	tests := []struct{ reason, document, response, field, want string }{
		{"members of one", `{ p { id ... on C { bio } ... on S { year } } }`, `{"data":{"p":{"id":"1","year":7}}}`, "Query.p", "S"},
		{"members of both", `{ p { id } }`, `{"data":{"p":{"id":"1"}}}`, "Query.p", ""},
		{"a fragment that does not apply", `{ p { id ...c } } fragment c on C { bio }`, `{"data":{"p":{"id":"1"}}}`, "Query.p", "S"},
		{"an alias of __typename", `{ p { kind: __typename } }`, `{"data":{"p":{"kind":"C"}}}`, "Query.p", "C"},
		{"in a list", `{ all { __typename } }`, `{"data":{"all":[{"__typename":"C"},{"__typename":"S"}]}}`, "Query.all", "C S"},
		{"null", `{ p { __typename } }`, `{"data":{"p":null}}`, "Query.p", ""},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			cov := coverage.Of(schema, []*corpus.Case{request(t, "p/1", tt.document, "", tt.response)})
			if got := shapes(t, cov, tt.field, coverage.Answer, ""); got != tt.want {
				t.Errorf("answered %q, want %q", got, tt.want)
			}
		})
	}
}

// TestOutcomes tells the errors of one root field from those of another.
func TestOutcomes(t *testing.T) {
	schema := parseSchema(t, `type Query { a: Int b: Int }`)
	tests := []struct{ reason, response, a, b string }{
		{"none", `{"data":{"x":1,"b":2}}`, "success", "success"},
		{"of one", `{"data":{"x":null,"b":2},"errors":[{"message":"no","path":["x"]}]}`, "execution error", "success"},
		{"of the other", `{"data":{"x":1,"b":null},"errors":[{"message":"no","path":["b"]}]}`, "success", "execution error"},
		{"without a path", `{"data":null,"errors":[{"message":"no"}]}`, "execution error", "execution error"},
		{"refused", `{"errors":[{"message":"no"}]}`, "request error", "request error"},
		{"no JSON", `"oops"`, "request error", "request error"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			cov := coverage.Of(schema, []*corpus.Case{request(t, "a/1", `{ x: a b }`, "", tt.response)})
			a, b := shapes(t, cov, "Query.a", coverage.Outcome, ""), shapes(t, cov, "Query.b", coverage.Outcome, "")
			if a != tt.a || b != tt.b {
				t.Errorf("a: %s, b: %s; want %s, %s", a, b, tt.a, tt.b)
			}
		})
	}
}

// TestNext wants one entry where others hang on it, the most valuable first, and
// a case to begin with.
func TestNext(t *testing.T) {
	cov := coverage.Of(parseSchema(t, `
input In { a: Int b: [String!] }
type Query { f(in: In): Int  never(i: Int): Int }`), []*corpus.Case{
		request(t, "f/1", `{ f }`, "", `{"data":{"f":1}}`),
		request(t, "f/2", `{ nope }`, "", `{"errors":[{"message":"no"}]}`),
	})
	var got []string
	for _, m := range cov.Next {
		got = append(got, m.Say)
		if m.Say == "Query.f with in given" && (m.Opens != 7+5+4 || m.Like != "f/1") {
			t.Errorf("it opens %d shapes, like %q; want 16, like f/1", m.Opens, m.Like)
		}
	}
	want := []string{
		"record Query.never for the first time",
		"Query.f with in null",
		"Query.f that fails with an error of its own",
		"Query.f with in given",
		"Query.f that is refused before it is executed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("next (-want +got):\n%s", diff)
	}
	if !slices.Contains(cov.Unknown, coverage.Unknown{Case: "f/2", Field: "Query.nope"}) {
		t.Errorf("unknown fields are %v, want Query.nope of f/2", cov.Unknown)
	}
}

// TestHostileFragments wants fragments that spread themselves, or each other many
// times, to end.
func TestHostileFragments(t *testing.T) {
	var many strings.Builder
	for i := range 40 {
		fmt.Fprintf(&many, " fragment f%d on P { ...f%d ...f%d }", i, i+1, i+1)
	}
	schema := parseSchema(t, `interface P { p: P } type C implements P { p: P } type D implements P { p: P } type Query { p: P }`)
	for _, document := range []string{
		`{ p { ...f } } fragment f on P { ...f p { ...f } }`,
		`{ p { ...f0 } }` + many.String() + ` fragment f40 on P { p { __typename } }`,
	} {
		cov := coverage.Of(schema, []*corpus.Case{request(t, "p/1", document, "", `{"data":{"p":{"p":{"p":null}}}}`)})
		if cov.Cases != 1 {
			t.Errorf("%d cases, want 1", cov.Cases)
		}
	}
}

// TestTablesAndKeys wants rows and keys counted by their table and prefix.
func TestTablesAndKeys(t *testing.T) {
	row, _ := corpus.RowKey("public.users", int64(1))
	cs := request(t, "f/1", `{ f }`, "", `{"data":{"f":1}}`)
	cs.Fixture.Stores = map[string]corpus.State{
		"db": {Form: corpus.Tables, Entities: []corpus.Entity{{Key: row}}, Primary: map[string][]string{"public.users": {"id"}, "public.tasks": {"id"}}},
		"kv": {Form: corpus.Keys, Entities: []corpus.Entity{{Key: corpus.RedisKey("session:7", 0)}}, Absent: []corpus.Key{corpus.RedisKey("lock", 0)}},
	}
	cov := coverage.Of(parseSchema(t, `type Query { f: Int }`), []*corpus.Case{cs})
	for path, want := range map[string]string{
		"db: public.users": "present", "db: public.tasks": "absent", "kv: session:*": "present", "kv: lock": "absent",
	} {
		if got := shapes(t, cov, "Query.f", coverage.Store, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
