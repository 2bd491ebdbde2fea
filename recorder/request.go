package recorder

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// incoming is a request for the GraphQL endpoint: one operation, or a batch.
type incoming struct {
	operations []operation // at least one
	batch      bool
	// unread reads the only operation, where that can wait; the others are empty.
	unread func() incoming
}

// operation is one element of a request.
type operation struct {
	corpus.Request
	// text is the JSON text of an element of a batch.
	text []byte
	// reason says why it cannot be a case, "" if it can; detail is an example
	// for people.
	reason, detail string
	// leftOut says why it is not to be recorded although it can be, "" if it is.
	leftOut string
	// supplied is set where the document was not sent, but is known by its hash.
	supplied bool
	// parts are the operations of a batch that is passed on whole.
	parts []operation
	bytes int // that it holds in memory
}

// recorded says whether it is to be a case.
func (op *operation) recorded() bool { return op.reason == "" && op.leftOut == "" && op.parts == nil }

// parse reads a GraphQL request over HTTP (GraphQL over HTTP, section 6.1): POST
// with a JSON object or, beyond the specification, an array of them or the bare
// document as application/graphql; GET with parameters. All of these are replayed as a
// POST of one object.
func (c *classes) parse(method, contentType, rawQuery string, body []byte) incoming {
	if method == http.MethodGet {
		op := c.parameters(rawQuery, nil)
		if len(body) > 0 {
			op.limit("GET with a body", "a server may read it")
		}
		if op.reason == "" && op.Operation == corpus.Mutation {
			op.refuse("mutation over GET", op.label())
		}
		return single(op)
	}
	if mediaType, _, _ := mime.ParseMediaType(contentType); mediaType == "application/graphql" {
		return single(c.parameters(rawQuery, body))
	}
	in := c.body(body)
	for i := range in.operations {
		op := &in.operations[i]
		op.limit(c.beyondBody(rawQuery, op.OperationName))
	}
	return in
}

// unreadable says which requests are no operation that replay could send, whatever
// their body is, so that nobody reads it.
func unreadable(req *http.Request) (incoming, bool) {
	if req.Method == http.MethodGet {
		return incoming{}, false
	}
	contentType := req.Header.Get("Content-Type")
	mediaType, params, err := mime.ParseMediaType(contentType)
	charset := strings.ToLower(params["charset"])
	switch {
	case err != nil:
		return single(refused("content type", fmt.Sprintf("%q", contentType))), true
	case charset != "" && charset != "utf-8" && charset != "utf8":
		return single(refused("charset", charset)), true
	case mediaType == "multipart/form-data":
		return single(refused("multipart upload", mediaType)), true
	case mediaType != "application/json" && mediaType != "application/graphql":
		return single(refused("content type", mediaType)), true
	}
	return incoming{}, false
}

func single(op operation) incoming {
	return incoming{operations: []operation{op}}
}

func refused(reason, detail string) operation { return operation{reason: reason, detail: detail} }

func (op *operation) refuse(reason, detail string) { op.reason, op.detail = reason, detail }

const (
	subscription = "subscription"
	notJSON      = "request is not JSON"
	noDocument   = "request without a document"
)

// body reads a JSON body. The elements of a batch keep their text.
func (c *classes) body(body []byte) incoming {
	text, err := corpus.ParseJSON(body)
	if err != nil {
		return single(refused(notJSON, err.Error()))
	}
	tree, err := text.Decode()
	if err != nil {
		return single(refused(notJSON, err.Error()))
	}
	list, isBatch := tree.([]any)
	switch {
	case !isBatch:
		return single(c.tree(tree))
	case len(list) == 0:
		return single(refused("empty batch", "[]"))
	}
	var texts []json.RawMessage
	if err := json.Unmarshal(body, &texts); err != nil {
		return single(refused(notJSON, err.Error()))
	}
	in := incoming{batch: true}
	for i, element := range list {
		op := c.tree(element)
		op.text, op.bytes = texts[i], len(texts[i])
		in.operations = append(in.operations, op)
	}
	return in
}

// tree reads one request object. null stands for absent everywhere but in
// variables and extensions, where legacy may tell them apart.
func (c *classes) tree(tree any) operation {
	object, ok := tree.(corpus.Object)
	if !ok {
		return refused("request is not an object", excerpt(tree))
	}
	var op operation
	if op.Document, ok = textMember(object, "query"); !ok {
		return refused("query is not a string", excerpt(tree))
	}
	if op.OperationName, ok = textMember(object, "operationName"); !ok {
		return refused("operationName is not a string", excerpt(tree))
	}
	op.Variables, op.Extensions = jsonMember(object, "variables"), jsonMember(object, "extensions")
	c.classify(&op)
	op.limit(beyondMembers(object))
	if id, _ := object.Get("documentId"); op.reason == noDocument && id != nil {
		op.refuse(persistedQuery, excerpt(id))
	}
	return op
}

// textMember is a member's text, "" for one that is absent or null.
func textMember(object corpus.Object, name string) (string, bool) {
	value, _ := object.Get(name)
	text, ok := value.(string)
	return text, ok || value == nil
}

// jsonMember is a member's JSON text, nil for one that is absent.
func jsonMember(object corpus.Object, name string) corpus.JSON {
	value, ok := object.Get(name)
	if !ok {
		return nil
	}
	text, err := corpus.EncodeJSON(value)
	if err != nil {
		panic(err) // the value was decoded from JSON
	}
	return text
}

// parameters reads the parameters of a URL; the document may stand in the body
// instead.
func (c *classes) parameters(rawQuery string, body []byte) operation {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return refused("URL does not parse", err.Error())
	}
	var op operation
	part := members
	op.Document, op.OperationName = q.Get("query"), q.Get("operationName")
	if body != nil {
		op.Document, part = string(body), members[1:]
	}
	if op.Variables, err = jsonParameter(q, "variables"); err != nil {
		return refused("variables in the URL are not JSON", err.Error())
	}
	if op.Extensions, err = jsonParameter(q, "extensions"); err != nil {
		return refused("extensions in the URL are not JSON", err.Error())
	}
	c.classify(&op)
	op.limit(c.beyondParameters(q, op.OperationName, part...))
	return op
}

func jsonParameter(q url.Values, name string) (corpus.JSON, error) {
	if !q.Has(name) {
		return nil, nil
	}
	return corpus.ParseJSON([]byte(q.Get(name)))
}

// label names an operation for people.
func (op *operation) label() string { return label(op.OperationName, op.Fields, op.Document) }

func label(name string, fields []string, document string) string {
	if name != "" {
		return name
	}
	if len(fields) > 0 {
		return strings.Join(fields, ", ")
	}
	return shortened(strings.Join(strings.Fields(document), " "))
}

// excerpt is the beginning of a JSON text.
func excerpt(tree any) string {
	text, err := corpus.EncodeJSON(tree)
	if err != nil {
		return err.Error()
	}
	return shortened(text.String())
}

func shortened(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
