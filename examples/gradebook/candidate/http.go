package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/graph-gophers/graphql-go"
	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"github.com/sidebyside/replay/examples/gradebook"
)

// server is the root resolver.
type server struct {
	db    *pgxpool.Pool
	cache *redis.Client
	brk   string
	told  bool // the time of a request stands in a header
}

type body struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

type answer struct {
	Errors []*gqlerrors.QueryError `json:"errors,omitempty"`
	Data   json.RawMessage         `json:"data,omitempty"`
}

type handler struct {
	schema *graphql.Schema
	s      *server
}

func newHandler(s *server) (http.Handler, error) {
	// One resolver at a time: they share a transaction.
	schema, err := graphql.ParseSchema(gradebook.Schema, s, graphql.UseFieldResolvers(), graphql.MaxParallelism(1))
	if err != nil {
		return nil, fmt.Errorf("parse schema: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `"ok"`) })
	mux.Handle("POST /graphql", &handler{schema: schema, s: s})
	return mux, nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, out := h.execute(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the caller is gone when this fails
}

func refusal(message string) answer {
	return answer{Errors: []*gqlerrors.QueryError{{Message: message}}}
}

// execute answers one request, which is one transaction. Errors without a path
// come from the library, not from a resolver: the request itself is at fault.
func (h *handler) execute(r *http.Request) (int, answer) {
	var b body
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil || b.Query == "" {
		return http.StatusBadRequest, refusal("the body is not a JSON request")
	}
	tx, err := h.s.db.Begin(r.Context())
	if err != nil {
		return http.StatusInternalServerError, refusal(err.Error())
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(r.Context())) }() // nothing to do once it is committed
	q := &request{server: h.s, tx: tx, now: h.s.clock(r)}
	res := h.schema.Exec(context.WithValue(r.Context(), requestKey{}, q), b.Query, b.OperationName, b.Variables)
	if slices.ContainsFunc(res.Errors, func(e *gqlerrors.QueryError) bool { return e.Path == nil }) {
		return http.StatusBadRequest, answer{Errors: res.Errors}
	}
	if len(res.Errors) == 0 {
		if err := tx.Commit(r.Context()); err != nil {
			return http.StatusInternalServerError, refusal(err.Error())
		}
	}
	if h.s.broken("wrong-status") && len(res.Errors) > 0 {
		return http.StatusUnprocessableEntity, answer{Errors: res.Errors, Data: res.Data}
	}
	return http.StatusOK, answer{Errors: res.Errors, Data: res.Data}
}

func (s *server) clock(r *http.Request) time.Time {
	if s.told {
		if t, err := time.Parse(time.RFC3339, r.Header.Get("X-Replay-Now")); err == nil {
			return t.UTC()
		}
	}
	return time.Now().UTC()
}

// request is what resolvers know of a request.
type request struct {
	*server
	tx      pgx.Tx
	now     time.Time
	entries int // in the audit stream
}

type requestKey struct{}

func of(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }
