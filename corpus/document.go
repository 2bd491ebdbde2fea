package corpus

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// maxTokens bounds a document, and so the depth to which it nests.
const maxTokens = 500_000

// RootFields is the type and the root fields of the operation that a request
// with this document and operationName ("" for none) selects: names without
// aliases in document order, each once, fragments resolved, those behind @skip
// or @include counted (GraphQL, sections 6.1 and 6.3). The error says with its
// line and column why a document selects no query or mutation.
func RootFields(document, operationName string) (OperationType, []string, error) {
	doc, err := parseDocument(document)
	if err != nil {
		return "", nil, err
	}
	op, err := selectOperation(doc, operationName)
	if err != nil {
		return "", nil, err
	}
	r := rootReader{doc: doc, spread: map[string]bool{}}
	if err := r.read(op.SelectionSet); err != nil {
		return "", nil, err
	}
	return OperationType(op.Operation), r.fields, nil
}

// documentError is a problem at a place in a document; line 0 means all of it.
type documentError struct {
	line, column int
	message      string
}

func (e documentError) Error() string {
	if e.line == 0 {
		return e.message
	}
	return fmt.Sprintf("line %d, column %d of the document: %s", e.line, e.column, e.message)
}

func problemAt(p *ast.Position, format string, args ...any) error {
	e := documentError{message: fmt.Sprintf(format, args...)}
	if p != nil {
		e.line, e.column = p.Line, p.Column
	}
	return e
}

func parseDocument(document string) (*ast.QueryDocument, error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: document}, maxTokens)
	if err == nil {
		return doc, nil
	}
	e := documentError{message: err.Error()}
	if located, ok := errors.AsType[*gqlerror.Error](err); ok {
		e.message = located.Message
		if len(located.Locations) > 0 {
			e.line, e.column = located.Locations[0].Line, located.Locations[0].Column
		}
	}
	e.message = "parse document: " + e.message
	return nil, e
}

func selectOperation(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, error) {
	var found *ast.OperationDefinition
	names := make([]string, 0, len(doc.Operations))
	for _, op := range doc.Operations {
		names = append(names, op.Name)
		if name != "" && op.Name != name {
			continue
		}
		if found != nil {
			return nil, ambiguous(op, name)
		}
		found = op
	}
	switch {
	case len(doc.Operations) == 0:
		return nil, problemAt(nil, "the document holds no operation")
	case found == nil:
		return nil, problemAt(nil, "the document holds no operation named %q%s", name, strictyaml.Suggest(name, names))
	case found.Operation == ast.Subscription:
		return nil, problemAt(found.Position, "a subscription is no case; only queries and mutations are")
	}
	return found, nil
}

func ambiguous(second *ast.OperationDefinition, name string) error {
	if name == "" {
		return problemAt(second.Position, "the document holds several operations; operationName must say which one")
	}
	return problemAt(second.Position, "the document holds several operations named %q", name)
}

// rootReader collects the fields of a root selection set.
type rootReader struct {
	doc    *ast.QueryDocument
	fields []string
	spread map[string]bool
}

func (r *rootReader) read(set ast.SelectionSet) error {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if !slices.Contains(r.fields, s.Name) {
				r.fields = append(r.fields, s.Name)
			}
		case *ast.InlineFragment:
			if err := r.read(s.SelectionSet); err != nil {
				return err
			}
		case *ast.FragmentSpread:
			if err := r.readSpread(s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *rootReader) readSpread(s *ast.FragmentSpread) error {
	if r.spread[s.Name] {
		return nil
	}
	r.spread[s.Name] = true
	fragment := r.doc.Fragments.ForName(s.Name)
	if fragment == nil {
		return problemAt(s.Position, "the document holds no fragment named %q", s.Name)
	}
	return r.read(fragment.SelectionSet)
}

// checkDocument reports where the request's operation and fields disagree with
// its document.
func checkDocument(r Request, at requestNodes, lines fileLines) {
	operation, fields, err := RootFields(r.Document, r.OperationName)
	if err != nil {
		lines.documentProblem(at.document, r.Document, err)
		return
	}
	if at.operation.Present() && r.Operation != "" && r.Operation != operation {
		at.operation.Problemf("operation is %q, but the document's is a %s; write operation: %s", r.Operation, operation, operation)
	}
	if at.fields.Present() && !slices.Equal(r.Fields, fields) {
		at.fields.Problemf("fields are [%s], but the document's root fields are [%s]; write those",
			strings.Join(r.Fields, ", "), strings.Join(fields, ", "))
	}
}

// fileLines finds places within documents in the file they are written in.
type fileLines struct{ data []byte }

// documentProblem records an error at its place in the file, where the document
// is a literal block; else at the beginning of the document.
func (f fileLines) documentProblem(n strictyaml.Node, document string, err error) {
	var e documentError
	if !errors.As(err, &e) || e.line == 0 {
		n.Problemf("%s", err)
		return
	}
	line, column, ok := f.place(n, document, e)
	if !ok {
		n.Problemf("%s", err)
		return
	}
	n.Doc().Problemf(line, column, "%s", e.message)
}

// place maps a place in a literal block to the file: its lines follow the "|",
// indented by what they have in the file but not in the document.
func (f fileLines) place(n strictyaml.Node, document string, e documentError) (line, column int, ok bool) {
	if !n.Literal() {
		return 0, 0, false
	}
	written, ok := nthLine(string(f.data), n.Line+e.line)
	if !ok {
		return 0, 0, false
	}
	content, _ := nthLine(document, e.line)
	indent := strings.TrimSuffix(strings.TrimSuffix(written, "\r"), content)
	if strings.Trim(indent, " ") != "" {
		return 0, 0, false
	}
	return n.Line + e.line, len(indent) + e.column, true
}

// nthLine is a line of a text, counted from 1.
func nthLine(text string, n int) (string, bool) {
	for ; n > 1; n-- {
		_, rest, ok := strings.Cut(text, "\n")
		if !ok {
			return "", false
		}
		text = rest
	}
	line, _, _ := strings.Cut(text, "\n")
	return line, true
}
