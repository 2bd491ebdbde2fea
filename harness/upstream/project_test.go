package upstream_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

// TestAnswerByType: a value is that of the field that is asked for, of the type that the
// object is of; where that cannot be told, there is none.
func TestAnswerByType(t *testing.T) {
	const undecided = `missing: the recording does not say of which type the object is, and so not what its field "title" is; ask for __typename, too, and record again`
	tests := []struct{ reason, recorded, answer, asked, want string }{
		{
			"the recorded query, in which one member is either of two fields",
			`{ s { ... on Book { t: title } ... on Author { t: name } } }`, `{"s":[{"t":"A"},{"t":"B"}]}`,
			`{ s { ... on Book { t: title } ... on Author { t: name } } }`, `{"data":{"s":[{"t":"A"},{"t":"B"}]}}`,
		},
		{
			"a part of it, with the same choice under another name",
			`{ s { ... on Book { t: title year } ... on Author { t: name } } }`, `{"s":{"t":"A","year":1}}`,
			`{ s { ... on Book { x: title } ... on Author { x: name } } }`, `{"data":{"s":{"x":"A"}}}`,
		},
		{
			"the same, where the object cannot be told",
			`{ s { ... on Book { t: title } ... on Author { t: name } } }`, `{"s":{"t":"A"}}`,
			`{ s { ... on Book { x: title } ... on Author { x: name } } }`, `{"data":{"s":{"x":"A"}}}`,
		},
		{
			"one of two fields, where the object cannot be told",
			`{ s { ... on Book { t: title } ... on Author { t: name } } }`, `{"s":{"t":"A"}}`,
			`{ s { ... on Book { title } } }`, `missing: the recording does not say whether the type condition "Book" holds`,
		},
		{
			"names that tell the two apart, where the object cannot be told",
			`{ s { ... on Book { t: title } ... on Author { t: name } } }`, `{"s":{"t":"A"}}`,
			`{ s { ... on Book { title } ... on Author { name } } }`, `missing: the recording does not say whether the type condition "Book" holds`,
		},
		{
			"a recorded type tells it",
			`{ s { k: __typename ... on Book { t: title } ... on Author { t: name } } }`, `{"s":[{"k":"Author","t":"A"},{"k":"Book","t":"B"}]}`,
			`{ s { ... on Author { name } } }`, `{"data":{"s":[{"name":"A"},{}]}}`,
		},
		{
			"a member that only one of the types has tells it",
			`{ s { ... on Book { t: title year } ... on Author { t: name born } } }`, `{"s":[{"t":"A","year":1},{"t":"B","born":2}]}`,
			`{ s { ... on Book { title } ... on Author { name } } }`, `{"data":{"s":[{"title":"A"},{"name":"B"}]}}`,
		},
		{
			"a fragment within one that does not apply",
			`{ s { ... on Book { ... on Node { id } } ... on Node { name } } }`, `{"s":{"name":"N"}}`,
			`{ s { ... on Node { name } } }`, `{"data":{"s":{"name":"N"}}}`,
		},
		{
			"an interface within the object's own type",
			`{ s { __typename ... on Book { id title } } }`, `{"s":{"__typename":"Book","id":1,"title":"A"}}`,
			`{ s { ... on Book { ... on Node { id } } } }`, `{"data":{"s":{"id":1}}}`,
		},
		{
			"a field that is another one in a type that the object may be of",
			`{ s { ... on Book { t: title } ... on Node { t: title(in: EN) } } }`, `{"s":{"t":"A"}}`,
			`{ s { title } }`, undecided,
		},
		{
			"an error follows its field by the type of the object",
			`{ s { ... on Book { t: title year } ... on Author { t: name born } } }`, `{"s":[{"t":null,"year":1},{"t":"B","born":2}]},"errors":[{"message":"no","path":["s",0,"t"]}]`,
			`{ s { ... on Book { title } ... on Author { name } } }`, `{"data":{"s":[{"title":null},{"name":"B"}]},"errors":[{"message":"no","path":["s",0,"title"]}]}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			c := &corpus.Case{Expect: corpus.Observation{Calls: []corpus.Call{graphQL(t, tt.recorded, "", `{"data":`+tt.answer+`}`)}}}
			if diff := cmp.Diff([]string{tt.want}, answers(c, asked(t, tt.asked, ""))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// library has types that share fields and interfaces.
const library = `
type Query { s: U }
union U = A | B | C
interface I { x: Int s: U }
interface J { y: Int l: [U] }
type A implements I { x: Int z: Int s: U }
type B implements I & J { x: Int y: Int s: U l: [U] }
type C implements J { y: Int z: Int l: [U] }
`

var possible = map[string][]string{"U": {"A", "B", "C"}, "I": {"A", "B"}, "J": {"B", "C"}, "A": {"A"}, "B": {"B"}, "C": {"C"}}

// TestProjection: what is answered is what an executor answers that knows the types, and
// the recorded query is always answered.
func TestProjection(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: library})
	document := func(t *rapid.T, label string) (string, *ast.QueryDocument) {
		text := "{ s " + selectionOf(t, "U", 3) + " }"
		doc, err := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
		if err != nil {
			t.Skip("no valid document: ", label)
		}
		return text, doc
	}
	answered := 0
	rapid.Check(t, func(t *rapid.T) {
		recorded, recordedDoc := document(t, "recorded")
		again, doc := document(t, "asked")
		if rapid.Bool().Draw(t, "the same") {
			again, doc = recorded, recordedDoc
		}
		data := objectOf(t, 3)
		call := corpus.Call{
			Upstream: "users", Request: corpus.CallRequest{Method: "POST", Path: "/", Document: recorded},
			Response: corpus.CallResponse{Status: 200, Body: execute(recordedDoc, data)},
		}
		got := answers(&corpus.Case{Expect: corpus.Observation{Calls: []corpus.Call{call}}}, corpus.CallRequest{Method: "POST", Path: "/", Document: again})[0]
		if strings.HasPrefix(got, "missing: ") {
			if again == recorded {
				t.Fatalf("%s, answered with %s, is not answered again: %s", recorded, call.Response.Body, got)
			}
			return
		}
		if again != recorded {
			answered++
		}
		var have, want any
		if json.Unmarshal([]byte(got), &have) != nil || json.Unmarshal(execute(doc, data), &want) != nil {
			t.Fatal("no JSON: ", got)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("recorded %s, answered with %s; %s (-want +got):\n%s", recorded, call.Response.Body, again, diff)
		}
	})
	t.Logf("%d other queries were answered", answered)
}

func selectionOf(t *rapid.T, on string, depth int) string {
	fields := map[string][]string{"U": {"__typename"}, "I": {"x", "s"}, "J": {"y", "l"}, "A": {"x", "z", "s"}, "B": {"x", "y", "s", "l"}, "C": {"y", "z", "l"}}
	var b strings.Builder
	b.WriteString("{ ")
	for range rapid.IntRange(1, 3).Draw(t, "selections") {
		if depth > 1 && (on == "U" || rapid.IntRange(0, 3).Draw(t, "fragment") == 0) && rapid.IntRange(0, 4).Draw(t, "field after all") > 0 {
			name := rapid.SampledFrom([]string{"A", "B", "C", "I", "J"}).Draw(t, "type")
			fmt.Fprintf(&b, "... on %s %s ", name, selectionOf(t, name, depth-1))
			continue
		}
		name := rapid.SampledFrom(append(fields[on], "__typename")).Draw(t, "field")
		if alias := rapid.SampledFrom([]string{"", "", "p", "q"}).Draw(t, "alias"); alias != "" {
			b.WriteString(alias + ": ")
		}
		b.WriteString(name + " ")
		if name == "s" || name == "l" {
			b.WriteString(selectionOf(t, "U", depth-1) + " ")
		}
	}
	b.WriteString("}")
	return b.String()
}

// object is one of the library, with a value for each field.
type object struct {
	typeName string
	fields   map[string]any
}

func objectOf(t *rapid.T, depth int) *object {
	if depth == 0 || rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		return nil
	}
	n := func() int { return rapid.IntRange(0, 1000).Draw(t, "value") }
	list := []any{}
	for range rapid.IntRange(0, 2).Draw(t, "items") {
		list = append(list, objectOf(t, depth-1))
	}
	return &object{rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "type"), map[string]any{
		"x": n(), "y": n(), "z": n(), "s": objectOf(t, depth-1), "l": list,
	}}
}

// execute answers a document (GraphQL, section 6).
func execute(doc *ast.QueryDocument, root *object) corpus.JSON {
	query := &object{"Query", map[string]any{"s": root}}
	text, err := json.Marshal(map[string]any{"data": complete([]ast.SelectionSet{doc.Operations[0].SelectionSet}, query)})
	if err != nil {
		panic(err)
	}
	return text
}

func complete(sets []ast.SelectionSet, v any) any {
	switch v := v.(type) {
	case *object:
		if v == nil {
			return nil
		}
		out := map[string]any{}
		for key, fields := range collect(sets, v.typeName, map[string][]*ast.Field{}) {
			if fields[0].Name == "__typename" {
				out[key] = v.typeName
				continue
			}
			var inner []ast.SelectionSet
			for _, f := range fields {
				inner = append(inner, f.SelectionSet)
			}
			out[key] = complete(inner, v.fields[fields[0].Name])
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = complete(sets, item)
		}
		return out
	}
	return v
}

func collect(sets []ast.SelectionSet, typeName string, into map[string][]*ast.Field) map[string][]*ast.Field {
	for _, set := range sets {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				into[s.Alias] = append(into[s.Alias], s)
			case *ast.InlineFragment:
				for _, p := range possible[s.TypeCondition] {
					if p == typeName {
						collect([]ast.SelectionSet{s.SelectionSet}, typeName, into)
					}
				}
			}
		}
	}
	return into
}
