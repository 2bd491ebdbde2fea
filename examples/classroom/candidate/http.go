package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/graph-gophers/graphql-go"
	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/sidebyside/replay/examples/classroom"
)

type request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

type answer struct {
	Errors []*gqlerrors.QueryError `json:"errors,omitempty"`
	Data   json.RawMessage         `json:"data,omitempty"`
}

// handler is GraphQL over HTTP.
type handler struct {
	schema *graphql.Schema
	s      *server
}

func newHandler(s *server) (http.Handler, error) {
	schema, err := graphql.ParseSchema(classroom.Schema, s, graphql.UseStringDescriptions())
	if err != nil {
		return nil, fmt.Errorf("parse schema: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "ok\n")
	})
	mux.Handle("/graphql", &handler{schema: schema, s: s})
	return mux, nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var status int
	var body any
	switch r.Method {
	case http.MethodGet:
		status, body = h.get(r)
	case http.MethodPost:
		status, body = h.post(r)
	default:
		w.Header().Set("Allow", "GET, POST")
		status, body = http.StatusMethodNotAllowed, refusal("use GET or POST")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller is gone when this fails
}

func refusal(message string) answer {
	return answer{Errors: []*gqlerrors.QueryError{{Message: message}}}
}

func (h *handler) get(r *http.Request) (int, any) {
	form := r.URL.Query()
	req := request{Query: form.Get("query"), OperationName: form.Get("operationName")}
	if text := form.Get("variables"); text != "" {
		if err := json.Unmarshal([]byte(text), &req.Variables); err != nil {
			return http.StatusBadRequest, refusal("variables are not a JSON object")
		}
	}
	if req.mutates() {
		return http.StatusMethodNotAllowed, refusal("mutations need POST")
	}
	return h.execute(r, req)
}

func (h *handler) post(r *http.Request) (int, any) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return http.StatusBadRequest, refusal("the body broke off")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		var req request
		if err := json.Unmarshal(body, &req); err != nil {
			return http.StatusBadRequest, refusal("the body is not a JSON request")
		}
		return h.execute(r, req)
	}
	var batch []request
	if err := json.Unmarshal(body, &batch); err != nil {
		return http.StatusBadRequest, refusal("the body is not a JSON request")
	}
	answers := make([]answer, len(batch))
	for i, req := range batch {
		_, answers[i] = h.execute(r, req)
	}
	return http.StatusOK, answers
}

// execute answers one request. Errors without a path come from the library, not
// from a resolver: the request itself is at fault.
func (h *handler) execute(r *http.Request, req request) (int, answer) {
	ctx := context.WithValue(r.Context(), sessionKey{}, &session{name: r.Header.Get("x-user"), clock: h.s.clockOf(r)})
	res := h.schema.Exec(ctx, req.Query, req.OperationName, req.Variables)
	pathless := func(e *gqlerrors.QueryError) bool { return e.Path == nil }
	if slices.ContainsFunc(res.Errors, pathless) {
		return http.StatusBadRequest, answer{Errors: res.Errors}
	}
	// Resolvers run side by side, so errors come in any order.
	slices.SortStableFunc(res.Errors, func(x, y *gqlerrors.QueryError) int {
		return cmp.Compare(fmt.Sprint(x.Path), fmt.Sprint(y.Path))
	})
	if h.s.broken("pathless-error") {
		for _, e := range res.Errors {
			e.Path = nil
		}
	}
	if h.s.broken("wrong-status") && len(res.Errors) > 0 {
		return http.StatusUnprocessableEntity, answer{Errors: res.Errors, Data: res.Data}
	}
	return http.StatusOK, answer{Errors: res.Errors, Data: res.Data}
}

func (req request) mutates() bool {
	doc, err := parser.ParseQuery(&ast.Source{Input: req.Query})
	if err != nil {
		return false
	}
	return slices.ContainsFunc(doc.Operations, func(op *ast.OperationDefinition) bool {
		return op.Operation == ast.Mutation && (req.OperationName == "" || op.Name == req.OperationName)
	})
}
