package coverage

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus"
)

// left is the value of what was left out of a request.
type left struct{}

// variables are those of an operation, defaults included; one that is not in the
// request and has no default is missing.
type variables map[string]any

func readVariables(op *ast.OperationDefinition, given corpus.JSON) variables {
	v := variables{}
	var sent corpus.Object
	if tree, err := given.Decode(); err == nil {
		sent, _ = tree.(corpus.Object)
	}
	for _, def := range op.VariableDefinitions {
		if value, ok := sent.Get(def.Variable); ok {
			v[def.Variable] = value
		} else if def.DefaultValue != nil {
			v[def.Variable] = v.value(def.DefaultValue)
		}
	}
	return v
}

// value is a literal as JSON would have it, with variables replaced. A variable
// without a value leaves its place out, and is null in a list (GraphQL, sections
// 3.10, 3.11 and 6.4.1).
func (v variables) value(literal *ast.Value) any {
	switch literal.Kind {
	case ast.Variable:
		if value, ok := v[literal.Raw]; ok {
			return value
		}
		return left{}
	case ast.NullValue:
		return nil
	case ast.IntValue, ast.FloatValue:
		return json.Number(literal.Raw)
	case ast.BooleanValue:
		return literal.Raw == "true"
	case ast.ListValue:
		list := make([]any, len(literal.Children))
		for i, c := range literal.Children {
			if list[i] = v.value(c.Value); list[i] == any(left{}) {
				list[i] = nil
			}
		}
		return list
	case ast.ObjectValue:
		o := corpus.Object{}
		for _, c := range literal.Children {
			if value := v.value(c.Value); value != any(left{}) {
				o = append(o, corpus.Member{Name: c.Name, Value: value})
			}
		}
		return o
	default: // strings and enum values
		return literal.Raw
	}
}
