package recorder

import (
	"strconv"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// classes reads requests, and remembers what documents say: clients send few of them,
// again and again.
type classes struct {
	*remembered[executable, class]
	endpoint string // the query of its URL, which replay sends, too
}

// executable is a document, and the name of the operation to be executed of it.
type executable struct{ document, operationName string }

// class is what an executable says, or why it is no case.
type class struct {
	operation      corpus.OperationType
	fields         []string // nobody writes to it
	reason, detail string
}

func newClasses(endpoint string) *classes {
	return &classes{newRemembered[executable, class](), endpoint}
}

// classify fills in what the document says, or why it is no case.
func (c *classes) classify(op *operation) {
	if op.Document == "" {
		op.refuse(noDocument, "no query and no persisted query")
		if _, named := persistedHash(op.Extensions); named {
			op.refuse(persistedQuery, string(op.Extensions))
		}
		return
	}
	e := executable{op.Document, op.OperationName}
	known, ok := c.get(e)
	if !ok {
		known = e.classify()
		c.put(e, known, len(e.document)+len(e.operationName)+len(known.detail))
	}
	op.Operation, op.Fields, op.reason, op.detail = known.operation, known.fields, known.reason, known.detail
}

func (e executable) classify() class {
	if !utf8.ValidString(e.document) {
		return class{reason: "document is not UTF-8", detail: strconv.Quote(shortened(e.document))}
	}
	operation, fields, err := corpus.RootFields(e.document, e.operationName)
	switch {
	case err != nil && e.subscribes():
		return class{reason: subscription, detail: label(e.operationName, nil, e.document)}
	case err != nil:
		return class{reason: "operation does not parse", detail: err.Error()}
	}
	return class{operation: operation, fields: fields}
}

func (e executable) subscribes() bool {
	doc, err := parser.ParseQuery(&ast.Source{Input: e.document})
	if err != nil {
		return false
	}
	op := doc.Operations.ForName(e.operationName)
	return op != nil && op.Operation == ast.Subscription
}
