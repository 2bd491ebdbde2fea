package upstream

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/corpus"
)

// MaxBody is the largest body of a call or its answer, in bytes.
const MaxBody = 32 << 20

// Request is a request to an upstream in the form of the corpus. path begins
// where the upstream's own address ends. The error says why the corpus cannot
// hold the request.
func Request(method, path, rawQuery string, header http.Header, body []byte) (corpus.CallRequest, error) {
	r := corpus.CallRequest{Method: method, Path: path}
	if r.Path == "" {
		r.Path = "/"
	}
	if rawQuery != "" {
		r.Path += "?" + rawQuery
	}
	if method == http.MethodPost && !inQuery(rawQuery) {
		if document, variables, ok := graphQL(header, body); ok {
			r.Document, r.Variables = document, variables
			return r, nil
		}
	}
	var err error
	r.Body, err = text(header, body)
	return r, err
}

// inQuery reports whether parameters of GraphQL stand in the URL, where servers read
// them before, after or instead of those in the body.
func inQuery(rawQuery string) bool {
	q, err := url.ParseQuery(rawQuery)
	return err != nil || q.Has("query") || q.Has("variables") || q.Has("operationName") || q.Has("extensions")
}

// graphQL reads a GraphQL request (GraphQL over HTTP, section "POST"). One whose
// query is no document is something else.
func graphQL(header http.Header, body []byte) (document string, variables corpus.JSON, ok bool) {
	mediaType, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err == nil && mediaType != "application/json" && !strings.HasSuffix(mediaType, "+json") {
		return "", nil, false
	}
	parsed, err := corpus.ParseJSON(body)
	if err != nil {
		return "", nil, false
	}
	tree, _ := parsed.Decode() // it was parsed
	o, isObject := tree.(corpus.Object)
	if !isObject {
		return "", nil, false
	}
	query, _ := o.Get("query")
	name, _ := o.Get("operationName")
	queryText, _ := query.(string)
	nameText, _ := name.(string)
	document, err = selected(queryText, nameText)
	if err != nil {
		return "", nil, false
	}
	if v, has := o.Get("variables"); has && v != nil {
		if variables, err = corpus.EncodeJSON(v); err != nil {
			return "", nil, false
		}
	}
	return document, variables, true
}

// selected is the document with the operation that is asked for alone, so that
// no name must be kept beside it.
func selected(query, name string) (string, error) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, maxTokens)
	if err != nil {
		return "", err
	}
	switch {
	case len(doc.Operations) == 1 && doc.Operations[0].Operation != ast.Subscription:
		return query, nil
	case name == "" || doc.Operations.ForName(name) == nil:
		return "", errors.New("select operation: no such name")
	}
	op := doc.Operations.ForName(name)
	if op.Operation == ast.Subscription {
		return "", errors.New("select operation: a subscription")
	}
	doc.Operations = ast.OperationList{op}
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(doc)
	return b.String(), nil
}

// maxTokens bounds a document, as in corpus.
const maxTokens = 500_000

// text is a body in the form of the corpus: JSON as such, anything else, a lone
// JSON string included, as a string of its text.
func text(header http.Header, body []byte) (corpus.JSON, error) {
	body, err := unpacked(header, body)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	if parsed, err := corpus.ParseJSON(body); err == nil && parsed[0] != '"' {
		return parsed, nil
	}
	if !utf8.Valid(body) {
		return nil, errors.New("a body is not text")
	}
	return corpus.EncodeJSON(string(body))
}

func unpacked(header http.Header, body []byte) ([]byte, error) {
	switch encoding := header.Get("Content-Encoding"); {
	case encoding == "" || encoding == "identity" || len(body) == 0:
		return body, nil
	case encoding != "gzip":
		return nil, fmt.Errorf("a body is compressed as %q", encoding)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("unpack a body: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(z, MaxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("unpack a body: %w", err)
	case len(out) > MaxBody:
		return nil, fmt.Errorf("a body is larger than %d MiB", MaxBody>>20)
	}
	return out, nil
}

// Response is an upstream's answer in the form of the corpus, which keeps no
// headers. The error says why the corpus cannot hold it.
func Response(status int, header http.Header, body []byte) (corpus.CallResponse, error) {
	if header.Get("Location") != "" {
		return corpus.CallResponse{}, errors.New("an answer depends on its header Location")
	}
	b, err := text(header, body)
	return corpus.CallResponse{Status: status, Body: b}, err
}

// Write sends a recorded answer.
func Write(w http.ResponseWriter, r corpus.CallResponse) {
	body := []byte(r.Body)
	var s string
	if len(body) > 0 && body[0] == '"' && json.Unmarshal(body, &s) == nil {
		body = []byte(s)
	}
	switch {
	case len(body) == 0:
	case json.Valid(body):
		w.Header().Set("Content-Type", "application/json")
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(body) // a caller that is gone misses nothing
}

// Changes reports whether a request changes something: a GraphQL mutation, or a
// method that is not safe (RFC 9110, section 9.2.1).
func Changes(r *corpus.CallRequest) bool {
	if r.Document != "" {
		op, err := parse(r)
		return err != nil || op.mutation
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	return true
}

// Describe is a request in one line, for messages.
func Describe(upstream string, r *corpus.CallRequest) string {
	if r.Document == "" {
		s := r.Method + " " + r.Path
		if r.Body != nil {
			s += " with body " + excerpt(r.Body.String())
		}
		return "upstream " + upstream + ": " + s
	}
	s := excerpt(strings.Join(strings.Fields(r.Document), " "))
	if r.Variables != nil {
		s += " with variables " + excerpt(r.Variables.String())
	}
	return "upstream " + upstream + ": " + s
}

func excerpt(s string) string {
	const most = 300
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
