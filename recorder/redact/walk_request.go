package redact

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// requestWalker copies a request. It knows of variables where they are used, so
// that their values have the coordinates of arguments.
type requestWalker struct {
	*session
	schema   Schema // nil: nothing has a coordinate
	used     map[string]use
	literals []literal
}

// use is what a variable is used for: the coordinates and the names of arguments and
// input fields.
type use struct{ fields, names []string }

// literal is a value written into a document, or a description.
type literal struct {
	value *ast.Value
	place place
}

func (w *requestWalker) request(r *corpus.Request, p place) error {
	p.channel, p.skip, p.strict = "request", len(p.steps), true
	r.Document = w.document(p.at("document"), r.Document)
	var err error
	if r.Variables, err = w.variables(p.at("variables"), r); err != nil {
		return err
	}
	if r.Extensions, err = w.json(p.at("extensions"), r.Extensions); err != nil {
		return err
	}
	headers := p.at("headers")
	headers.channel = ""
	r.Headers = w.headers(headers, r.Headers)
	return nil
}

// variables is a copy of the variables, by the types that the operation gives
// them.
func (w *requestWalker) variables(p place, r *corpus.Request) (corpus.JSON, error) {
	if r.Variables == nil {
		return nil, nil
	}
	tree, err := r.Variables.Decode()
	object, ok := tree.(corpus.Object)
	if err != nil || !ok {
		return w.json(p, r.Variables)
	}
	types := w.variableTypes(r)
	out := make(corpus.Object, 0, len(object))
	for _, m := range object {
		at := p.at(m.Name)
		at.fields, at.aka = w.used[m.Name].fields, w.used[m.Name].names
		if !w.drops(&at) {
			out = append(out, corpus.Member{Name: m.Name, Value: w.input(at, types[m.Name], m.Value)})
		}
	}
	return encode(p, out)
}

func (w *requestWalker) variableTypes(r *corpus.Request) map[string]*ast.Type {
	types := map[string]*ast.Type{}
	doc, err := parser.ParseQuery(&ast.Source{Input: r.Document})
	if err != nil || w.schema == nil {
		return types
	}
	for _, op := range doc.Operations {
		if r.OperationName != "" && op.Name != r.OperationName {
			continue
		}
		for _, v := range op.VariableDefinitions {
			types[v.Variable] = v.Type
		}
	}
	return types
}

// input is a copy of an input value of a type; nil for an unknown one.
func (w *requestWalker) input(p place, of *ast.Type, tree any) any {
	def := w.definition(of)
	if list, ok := tree.([]any); ok {
		out := make([]any, len(list))
		for i, item := range list {
			out[i] = w.input(p.item(i), element(of), item)
		}
		return out
	}
	object, ok := tree.(corpus.Object)
	if !ok || def == nil {
		p.typed(def)
		return w.tree(p, tree)
	}
	if def.Name == "_Any" { // a representation of federation
		name, _ := object.Get("__typename")
		text, _ := name.(string)
		if def = w.schema.Type(text); def == nil {
			return w.tree(p, tree)
		}
	}
	if def.Kind == ast.Scalar {
		p.typed(def)
		return w.tree(p, tree)
	}
	out := make(corpus.Object, 0, len(object))
	for _, m := range object {
		at := p.at(m.Name)
		at.fields, at.typeName = []string{def.Name + "." + m.Name}, ""
		at.paired(object)
		if w.drops(&at) {
			continue
		}
		var inner *ast.Type
		if f := def.Fields.ForName(m.Name); f != nil {
			inner = f.Type
		}
		out = append(out, corpus.Member{Name: m.Name, Value: w.input(at, inner, m.Value)})
	}
	return out
}

// typed tells a place the type of its value.
func (p *place) typed(def *ast.Definition) {
	if def != nil {
		p.typeName, p.fixed = def.Name, def.Kind == ast.Enum
	}
}

func (w *requestWalker) definition(of *ast.Type) *ast.Definition {
	if of == nil || w.schema == nil {
		return nil
	}
	return w.schema.Type(of.Name())
}

// element is the type of a list's items; of what is no list itself, because one
// item stands for a list of it.
func element(of *ast.Type) *ast.Type {
	if of != nil && of.Elem != nil {
		return of.Elem
	}
	return of
}

// document is a copy of a document, byte for byte but for what is replaced in
// literals and comments.
func (w *requestWalker) document(p place, text string) string {
	if text == "" {
		return ""
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		at := p
		at.strict = false
		return w.text(&at, text) // of an upstream, for whom it may be none
	}
	w.used = map[string]use{}
	for _, op := range doc.Operations {
		w.directives(p, op.Directives)
		w.selections(p, w.root(op.Operation), op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		w.directives(p, f.Directives)
		w.selections(p, f.TypeCondition, f.SelectionSet)
	}
	for _, op := range doc.Operations {
		for _, v := range op.VariableDefinitions {
			if v.DefaultValue != nil {
				at := p
				at.name, at.aka = v.Variable, w.used[v.Variable].names
				w.literal(at, w.used[v.Variable].fields, v.Type, v.DefaultValue)
			}
		}
	}
	return w.rewrite(p, text)
}

func (w *requestWalker) root(op ast.Operation) string {
	if w.schema == nil {
		return ""
	}
	return w.schema.Root(string(op))
}

func (w *requestWalker) selections(p place, parent string, set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			w.field(p, parent, s)
		case *ast.InlineFragment:
			w.directives(p, s.Directives)
			inner := parent
			if s.TypeCondition != "" {
				inner = s.TypeCondition
			}
			w.selections(p, inner, s.SelectionSet)
		case *ast.FragmentSpread:
			w.directives(p, s.Directives)
		}
	}
}

func (w *requestWalker) field(p place, parent string, f *ast.Field) {
	w.directives(p, f.Directives)
	var def *ast.FieldDefinition
	var of []string
	if w.schema != nil {
		if d := w.schema.Type(parent); d != nil {
			def = d.Fields.ForName(f.Name)
			of = coordinates(w.schema, parent, f.Name)
		}
	}
	for _, a := range f.Arguments {
		var fields []string
		var t *ast.Type
		if def != nil {
			if d := def.Arguments.ForName(a.Name); d != nil {
				t = d.Type
			}
			for _, c := range of {
				fields = append(fields, c+"("+a.Name+":)")
			}
		}
		at := p
		at.named(a.Name)
		w.literal(at, fields, t, a.Value)
	}
	inner := ""
	if def != nil {
		inner = def.Type.Name()
	}
	w.selections(p, inner, f.SelectionSet)
}

func (w *requestWalker) directives(p place, list ast.DirectiveList) {
	for _, d := range list {
		for _, a := range d.Arguments {
			at := p
			at.name, at.strict = a.Name, false
			w.literal(at, nil, nil, a.Value)
		}
	}
}

// coordinates are a field's own one and those of the interfaces that declare it.
func coordinates(schema Schema, typeName, field string) []string {
	out := []string{typeName + "." + field}
	def := schema.Type(typeName)
	if def == nil {
		return out
	}
	for _, name := range def.Interfaces {
		if i := schema.Type(name); i != nil && i.Fields.ForName(field) != nil {
			out = append(out, name+"."+field)
		}
	}
	return out
}

// literal notes the values within one of a document.
func (w *requestWalker) literal(p place, fields []string, of *ast.Type, v *ast.Value) {
	def := w.definition(of)
	p.fields = fields
	switch v.Kind {
	case ast.Variable:
		u := w.used[v.Raw]
		for _, f := range fields {
			if !slices.Contains(u.fields, f) {
				u.fields = append(u.fields, f)
			}
		}
		if !slices.Contains(u.names, p.name) {
			u.names = append(u.names, p.name)
		}
		w.used[v.Raw] = u
	case ast.ListValue:
		for _, c := range v.Children {
			w.literal(p, fields, element(of), c.Value)
		}
	case ast.ObjectValue:
		for _, c := range v.Children {
			var inner []string
			var t *ast.Type
			if def != nil {
				inner = []string{def.Name + "." + c.Name}
				if f := def.Fields.ForName(c.Name); f != nil {
					t = f.Type
				}
			}
			at := p
			at.named(c.Name)
			w.literal(at, inner, t, c.Value)
		}
	case ast.StringValue, ast.BlockValue, ast.IntValue, ast.FloatValue:
		p.typed(def)
		w.literals = append(w.literals, literal{v, p})
	}
}

// rewrite is the document with literals and comments replaced.
func (w *requestWalker) rewrite(p place, text string) string {
	at := map[int]literal{} // by the place in characters
	for _, l := range w.literals {
		at[l.value.Position.Start] = l
	}
	w.literals = nil
	loose := p
	loose.strict, loose.channel = false, ""
	loose.nameless()
	var edits []edit
	for _, t := range graphQLTokens(text) {
		was := text[t.start:t.end]
		is := was
		l, known := at[t.runes]
		switch {
		case t.kind == '#':
			is = oneLine(w.text(&loose, was))
		case !known && t.kind == '"':
			is = requote(was, t.plain, w.text(&loose, t.plain))
		case known && t.kind == '"':
			is = requote(was, l.value.Raw, w.text(&l.place, l.value.Raw))
		case known:
			is = w.number(&l.place, was)
		}
		if is != was {
			edits = append(edits, edit{t.start, t.end, is})
		}
	}
	return apply(text, edits)
}
