package classroom_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/examples/classroom"
)

const introspection = `{ __schema { types { kind name
  fields(includeDeprecated: true) { name type { ...T } args { name type { ...T } defaultValue } }
  inputFields { name type { ...T } defaultValue }
  enumValues { name } interfaces { name } possibleTypes { name } } } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`

type schemaType struct {
	Kind, Name                            string
	Fields, InputFields                   []schemaField
	EnumValues, Interfaces, PossibleTypes []struct{ Name string }
}

type schemaField struct {
	Name         string
	Type         typeRef
	Args         []schemaField
	DefaultValue *string
}

type typeRef struct {
	Kind, Name string
	OfType     *typeRef
}

func (r typeRef) String() string {
	switch r.Kind {
	case "NON_NULL":
		return r.OfType.String() + "!"
	case "LIST":
		return "[" + r.OfType.String() + "]"
	default:
		return r.Name
	}
}

// TestServersServeTheSchema compares the SDL with what the servers say of
// themselves.
func TestServersServeTheSchema(t *testing.T) {
	want := fromSDL(gqlparser.MustLoadSchema(&ast.Source{Input: classroom.Schema}))
	for _, program := range []string{"legacy", "candidate"} {
		if diff := cmp.Diff(want, introspected(t, start(t, program))); diff != "" {
			t.Errorf("SDL (-) and %s (+):\n%s", program, diff)
		}
	}
}

// fromSDL and introspected give one line for each thing of a schema.
func fromSDL(schema *ast.Schema) []string {
	var lines []string
	for name, d := range schema.Types {
		if d.BuiltIn {
			continue
		}
		add := func(format string, args ...any) { lines = append(lines, name+" "+fmt.Sprintf(format, args...)) }
		add("%s", d.Kind)
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			var args []string
			for _, a := range f.Arguments {
				args = append(args, a.Name+" "+a.Type.String())
			}
			slices.Sort(args)
			add("%s %s %v", f.Name, f.Type, args)
		}
		for _, v := range d.EnumValues {
			add("value %s", v.Name)
		}
		for _, i := range d.Interfaces {
			add("implements %s", i)
		}
		for _, m := range schema.PossibleTypes[name] {
			if d.Kind == ast.Union || d.Kind == ast.Interface {
				add("member %s", m.Name)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func introspected(t *testing.T, s *server) []string {
	t.Helper()
	var lines []string
	for _, d := range ask(t, s) {
		if strings.HasPrefix(d.Name, "__") || slices.Contains([]string{"ID", "Int", "Float", "String", "Boolean"}, d.Name) {
			continue
		}
		add := func(format string, args ...any) { lines = append(lines, d.Name+" "+fmt.Sprintf(format, args...)) }
		add("%s", d.Kind)
		for _, f := range slices.Concat(d.Fields, d.InputFields) {
			var args []string
			for _, a := range f.Args {
				args = append(args, a.Name+" "+a.Type.String())
			}
			slices.Sort(args)
			add("%s %s %v", f.Name, f.Type, args)
		}
		for _, v := range d.EnumValues {
			add("value %s", v.Name)
		}
		for _, i := range d.Interfaces {
			add("implements %s", i.Name)
		}
		for _, m := range d.PossibleTypes {
			add("member %s", m.Name)
		}
	}
	slices.Sort(lines)
	return lines
}

func ask(t *testing.T, s *server) []schemaType {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": introspection})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(s.base+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data struct {
			Schema struct{ Types []schemaType } `json:"__schema"`
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return answer.Data.Schema.Types
}
