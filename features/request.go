package features

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// whens are the steps that send the request.
func whens() []step {
	return []step{
		def("When", `the (query|mutation) is sent`, docString,
			"A GraphQL document. What the schema does not know is refused before anything is started, unless the scenario has the tag `@invalid`.", whenSent),
		def("When", `the (query|mutation) in "FILE" is sent`, nothing, "A document in a file beside the feature file.", whenFileSent),
		def("When", `the recorded (query|mutation) is sent`, nothing,
			"The request of the recorded case, with the variables that the scenario changes.", whenRecordedSent),
	}
}

func whenSent(d *draft, l line) (check, error) {
	return d.send(l, l.args[0], l.doc.Content, l.inDoc(0, 0))
}

func whenFileSent(d *draft, l line) (check, error) {
	text, err := os.ReadFile(d.beside(l.args[1]))
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	in := l
	in.place = place{file: d.beside(l.args[1])}
	return d.send(in, l.args[0], string(text), func(n int) (int, int) { return n, 0 })
}

func whenRecordedSent(d *draft, l line) (check, error) {
	if d.recorded == nil {
		return nil, fmt.Errorf("which one? Name it first: Given the recorded case \"NAME\"")
	}
	r := d.recorded.Request
	if d.cs.Request.Variables == nil {
		d.cs.Request.Variables = r.Variables
	}
	if d.cs.Request.OperationName == "" {
		d.cs.Request.OperationName = r.OperationName
	}
	d.cs.Request.Extensions = r.Extensions
	c, err := d.request(l.args[0], r.Document)
	return c, err
}

// send reads a document that the scenario holds, and checks it.
func (d *draft) send(l line, operation, document string, at func(int) (int, int)) (check, error) {
	invalid := hasTag(d.scenario.Scenario, invalidTag)
	if err := checkSyntax(l.file, document); err != nil && !invalid {
		return nil, l.moved(err, at)
	}
	c, err := d.request(operation, document)
	if err != nil {
		return nil, err
	}
	if d.config.Schema != nil && !invalid {
		if err := checkRequest(d.config.Schema, l.file, &d.cs.Request); err != nil {
			return nil, l.moved(err, at)
		}
	}
	return c, nil
}

// request completes the case.
func (d *draft) request(operation, document string) (check, error) {
	r := &d.cs.Request
	r.Document = document
	var err error
	r.Operation, r.Fields, err = corpus.RootFields(document, r.OperationName)
	switch {
	case err != nil && hasTag(d.scenario.Scenario, invalidTag):
		r.Operation = corpus.OperationType(operation) // which it would be
	case err != nil:
		return nil, err
	}
	if string(r.Operation) != operation {
		return nil, fmt.Errorf("the document holds a %s, not a %s", r.Operation, operation)
	}
	for _, e := range d.edits {
		if r.Variables, err = e.apply(r.Variables); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, w *world) error { return w.send(ctx) }, nil
}

// edit changes one place of the variables.
type edit struct {
	text  string
	path  []any       // names and indices
	value corpus.JSON // nil: omitted
}

func readEdit(path, value string) (edit, error) {
	e := edit{text: path}
	var err error
	if e.path, err = parsePath(path); err != nil {
		return e, err
	}
	if value == "omitted" {
		return e, nil
	}
	e.value, err = parseJSON(value)
	if err != nil {
		err = fmt.Errorf("%w; write text in quotes, and omitted to leave it out", err)
	}
	return e, err
}

// apply makes the change. What lies on the way is made where it is missing.
func (e edit) apply(variables corpus.JSON) (corpus.JSON, error) {
	var tree, value any = corpus.Object{}, nil
	var err error
	if variables != nil {
		if tree, err = variables.Decode(); err != nil {
			return nil, err
		}
	}
	if e.value != nil {
		if value, err = e.value.Decode(); err != nil {
			return nil, err
		}
	}
	if tree, err = e.set(tree, e.path, value); err != nil {
		return nil, fmt.Errorf("variable %q: %w", e.text, err)
	}
	return corpus.EncodeJSON(tree)
}

func (e edit) set(tree any, path []any, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch at := path[0].(type) {
	case string:
		return e.setMember(tree, at, path[1:], value)
	case int:
		list, ok := tree.([]any)
		if !ok || at >= len(list) {
			return nil, fmt.Errorf("there is no element %d", at)
		}
		list = append([]any(nil), list...)
		if len(path) == 1 && e.value == nil {
			return append(list[:at], list[at+1:]...), nil
		}
		var err error
		list[at], err = e.set(list[at], path[1:], value)
		return list, err
	}
	return tree, nil
}

func (e edit) setMember(tree any, name string, rest []any, value any) (any, error) {
	object, ok := tree.(corpus.Object)
	if !ok && tree != nil {
		return nil, fmt.Errorf("%q is no part of a value that is no object", name)
	}
	var out corpus.Object
	found := false
	for _, m := range object {
		if m.Name != name {
			out = append(out, m)
			continue
		}
		found = true
		if len(rest) == 0 && e.value == nil {
			continue
		}
		v, err := e.set(m.Value, rest, value)
		if err != nil {
			return nil, err
		}
		out = append(out, corpus.Member{Name: name, Value: v})
	}
	if found || e.value == nil {
		return nonNilObject(out), nil
	}
	v, err := e.set(nil, rest, value)
	if err != nil {
		return nil, err
	}
	return append(out, corpus.Member{Name: name, Value: v}), nil
}

func nonNilObject(o corpus.Object) corpus.Object {
	if o == nil {
		return corpus.Object{}
	}
	return o
}

// parsePath reads a path of names and indices: data.nodes[0].title.
func parsePath(text string) ([]any, error) {
	var path []any
	for part := range strings.SplitSeq(text, ".") {
		name, rest, _ := strings.Cut(part, "[")
		if name == "" {
			return nil, fmt.Errorf("%q is no path such as data.nodes[0].title", text)
		}
		path = append(path, name)
		for rest != "" {
			digits, after, ok := strings.Cut(rest, "]")
			n, err := strconv.Atoi(digits)
			if !ok || err != nil || n < 0 || after != "" && !strings.HasPrefix(after, "[") {
				return nil, fmt.Errorf("%q is no path such as data.nodes[0].title", text)
			}
			path = append(path, n)
			rest = strings.TrimPrefix(after, "[")
		}
	}
	return path, nil
}
