package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"

	"github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/gqlerrors"
	"github.com/graphql-go/graphql/language/ast"
	"github.com/graphql-go/graphql/language/parser"
	"go.opentelemetry.io/otel/propagation"
)

type ctxKey string

const (
	userHeader ctxKey = "x-user"
	rawVars    ctxKey = "variables" // as they came, see given
)

// The trace of a request goes on to the services that answer it.
var traces = propagation.TraceContext{}

type request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

type reply map[string]any

func newHandler(a *app) (http.Handler, error) {
	schema, err := newSchema(a)
	if err != nil {
		return nil, fmt.Errorf("build schema: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("/graphql", func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(r.Context(), userHeader, r.Header.Get("x-user"))
		ctx = withClock(ctx, r)
		ctx = traces.Extract(ctx, propagation.HeaderCarrier(r.Header))
		switch r.Method {
		case http.MethodGet:
			status, body := get(ctx, schema, r)
			send(w, status, body)
		case http.MethodPost:
			status, body := post(ctx, schema, r)
			send(w, status, body)
		default:
			w.Header().Set("Allow", "GET, POST")
			send(w, http.StatusMethodNotAllowed, refuse("use GET or POST"))
		}
	})
	return mux, nil
}

func send(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller is gone when this fails
}

func refuse(message string) reply {
	return reply{"errors": []reply{{"message": message}}}
}

func get(ctx context.Context, schema graphql.Schema, r *http.Request) (int, any) {
	form := r.URL.Query()
	req := request{Query: form.Get("query"), OperationName: form.Get("operationName")}
	if text := form.Get("variables"); text != "" {
		if err := json.Unmarshal([]byte(text), &req.Variables); err != nil {
			return http.StatusBadRequest, refuse("variables are not a JSON object")
		}
	}
	if isMutation(req) {
		return http.StatusMethodNotAllowed, refuse("mutations need POST")
	}
	return execute(ctx, schema, req)
}

func post(ctx context.Context, schema graphql.Schema, r *http.Request) (int, any) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return http.StatusBadRequest, refuse("the body broke off")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) {
		var req request
		if err := json.Unmarshal(body, &req); err != nil {
			return http.StatusBadRequest, refuse("the body is not a JSON request")
		}
		return execute(ctx, schema, req)
	}
	var batch []request
	if err := json.Unmarshal(body, &batch); err != nil {
		return http.StatusBadRequest, refuse("the body is not a JSON request")
	}
	answers := []any{}
	for _, req := range batch {
		_, answer := execute(ctx, schema, req)
		answers = append(answers, answer)
	}
	return http.StatusOK, answers
}

func execute(ctx context.Context, schema graphql.Schema, req request) (int, any) {
	res := graphql.Do(graphql.Params{
		Schema: schema, RequestString: req.Query, OperationName: req.OperationName, VariableValues: req.Variables,
		Context: context.WithValue(ctx, rawVars, req.Variables),
	})
	if res.Data == nil && len(res.Errors) > 0 && len(res.Errors[0].Path) == 0 {
		return http.StatusBadRequest, reply{"errors": res.Errors}
	}
	if len(res.Errors) == 0 {
		return http.StatusOK, reply{"data": res.Data}
	}
	sortByPath(res.Errors)
	return http.StatusOK, reply{"data": res.Data, "errors": res.Errors}
}

// The library resolves fields in the random order of a map.
func sortByPath(errs []gqlerrors.FormattedError) {
	sort.SliceStable(errs, func(i, j int) bool { return fmt.Sprint(errs[i].Path) < fmt.Sprint(errs[j].Path) })
}

func isMutation(req request) bool {
	doc, err := parser.Parse(parser.ParseParams{Source: req.Query})
	if err != nil {
		return false
	}
	for _, d := range doc.Definitions {
		op, ok := d.(*ast.OperationDefinition)
		if !ok || op.Operation != ast.OperationTypeMutation {
			continue
		}
		if req.OperationName == "" || op.Name != nil && op.Name.Value == req.OperationName {
			return true
		}
	}
	return false
}
