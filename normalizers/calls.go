package normalizers

import (
	"encoding/json"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// calls are those that change something, in order per upstream. Of a GraphQL
// mutation each root field counts as a call, with its arguments: what else the
// document asks for, and how it is written, changes nothing.
func (b *builder) calls(calls []corpus.Call) *Tree {
	out := b.tree(Object)
	out.Name = "calls"
	lists := map[string]*Tree{}
	for i := range calls {
		c := &calls[i]
		entries := b.changing(&c.Request)
		if len(entries) == 0 {
			continue
		}
		if lists[c.Upstream] == nil {
			lists[c.Upstream] = b.tree(List)
		}
		for _, entry := range entries {
			b.call(lists[c.Upstream], c.Upstream, entry)
		}
	}
	for _, name := range sortedNames(lists) {
		b.enter("calls")
		b.add(out, name, b.rewrite(lists[name], onLists(b.rules.ofUpstream(name)), false))
		b.leave()
	}
	return out
}

// call adds one call with the rules of its upstream on every value in it.
func (b *builder) call(list *Tree, upstream string, entry corpus.Object) {
	t := b.rules.start("calls", func(p *pattern) bool { return p.head == upstream || p.head == "*" })
	next, hits := t.item(len(list.Children))
	b.enter("calls")
	b.enter(upstream)
	inner := &builder{moment: b.moment, rules: b.rules, path: b.path, everywhere: onItems(b.rules.ofUpstream(upstream))}
	inner.add(list, "", inner.response(b.decoded(entry), nil, next, hits, 0, true))
	if b.err == nil {
		b.err = inner.err
	}
	b.leave()
	b.leave()
}

func onLists(rules []*Rule) []*Rule {
	var out []*Rule
	for _, r := range rules {
		if r.target != scalars {
			out = append(out, r)
		}
	}
	return inPhases(out)
}

// changing is what a request changes: nothing, one thing, or one per root field.
func (b *builder) changing(r *corpus.CallRequest) []corpus.Object {
	if r.Document != "" {
		doc, err := parser.ParseQuery(&ast.Source{Name: "call", Input: r.Document})
		if err != nil {
			return []corpus.Object{{{Name: "document", Value: r.Document}}}
		}
		var out []corpus.Object
		variables, _ := r.Variables.Decode()
		values, _ := variables.(corpus.Object)
		for _, op := range doc.Operations {
			if op.Operation == ast.Mutation {
				out = append(out, rootCalls(doc, op, op.SelectionSet, values, map[string]bool{})...)
			}
		}
		return out
	}
	switch r.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE": // the safe methods of RFC 9110, section 9.2.1
		return nil
	}
	out := corpus.Object{{Name: "method", Value: r.Method}, {Name: "path", Value: r.Path}}
	if body, err := r.Body.Decode(); err == nil {
		out = append(out, corpus.Member{Name: "body", Value: body})
	}
	return []corpus.Object{out}
}

func rootCalls(doc *ast.QueryDocument, op *ast.OperationDefinition, set ast.SelectionSet, values corpus.Object, visited map[string]bool) []corpus.Object {
	var out []corpus.Object
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			args := corpus.Object{}
			for _, a := range sel.Arguments {
				if v, ok := argument(a.Value, op, values); ok {
					args = append(args, corpus.Member{Name: a.Name, Value: v})
				}
			}
			out = append(out, corpus.Object{{Name: sel.Name, Value: args}})
		case *ast.InlineFragment:
			out = append(out, rootCalls(doc, op, sel.SelectionSet, values, visited)...)
		case *ast.FragmentSpread:
			if def := doc.Fragments.ForName(sel.Name); def != nil && !visited[sel.Name] {
				visited[sel.Name] = true
				out = append(out, rootCalls(doc, op, def.SelectionSet, values, visited)...)
			}
		}
	}
	return out
}

// argument is the value that is sent, variables put in; absent for a variable
// without value and default.
func argument(v *ast.Value, op *ast.OperationDefinition, values corpus.Object) (any, bool) {
	switch v.Kind {
	case ast.Variable:
		if value, ok := values.Get(v.Raw); ok {
			return value, true
		}
		if def := op.VariableDefinitions.ForName(v.Raw); def != nil && def.DefaultValue != nil {
			return argument(def.DefaultValue, op, nil)
		}
		return nil, false
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw), true
	case ast.BooleanValue:
		return v.Raw == "true", true
	case ast.NullValue:
		return nil, true
	case ast.ListValue:
		list := []any{}
		for _, c := range v.Children {
			item, _ := argument(c.Value, op, values)
			list = append(list, item)
		}
		return list, true
	case ast.ObjectValue:
		object := corpus.Object{}
		for _, c := range v.Children {
			if item, ok := argument(c.Value, op, values); ok {
				object = append(object, corpus.Member{Name: c.Name, Value: item})
			}
		}
		return object, true
	}
	return v.Raw, true
}
