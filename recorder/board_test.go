package recorder_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	ds "cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/sidebyside/replay/harness/store/datastore"
)

// board is a small GraphQL server over the official Datastore client: tasks
// below boards.
type board struct {
	client *ds.Client
	schema graphql.Schema
}

type task struct {
	Title  string
	Points int64
	Done   bool
	Note   string `datastore:",noindex"`
	Owner  *ds.Key
	ID     int64 `datastore:"-"`
	Board  int64 `datastore:"-"`
}

func openStore(tb testing.TB) *datastore.Store {
	tb.Helper()
	s, err := datastore.Open(datastore.Options{Project: "demo"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func newBoard(tb testing.TB, s *datastore.Store) *board {
	tb.Helper()
	client, err := ds.NewClient(tb.Context(), "demo", option.WithEndpoint(s.URL()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = client.Close() })
	b := &board{client: client}
	if b.schema, err = graphql.NewSchema(b.config()); err != nil {
		tb.Fatal(err)
	}
	return b
}

func (b *board) config() graphql.SchemaConfig {
	taskType := graphql.NewObject(graphql.ObjectConfig{Name: "Task", Fields: graphql.Fields{
		"id":     {Type: graphql.ID, Resolve: of(func(t *task) any { return strconv.FormatInt(t.ID, 10) })},
		"title":  {Type: graphql.String, Resolve: of(func(t *task) any { return t.Title })},
		"points": {Type: graphql.Int, Resolve: of(func(t *task) any { return int(t.Points) })},
		"owner": {Type: graphql.String, Resolve: func(p graphql.ResolveParams) (any, error) {
			var owner struct{ Name string }
			key := p.Source.(*task).Owner
			if key == nil {
				return nil, nil
			}
			err := b.client.Get(p.Context, key, &owner)
			if errors.Is(err, ds.ErrNoSuchEntity) {
				return nil, nil
			}
			return owner.Name, err
		}},
	}})
	integer, optional := graphql.NewNonNull(graphql.Int), graphql.Int
	field := func(out graphql.Output, args map[string]graphql.Input, resolve graphql.FieldResolveFn) *graphql.Field {
		f := &graphql.Field{Type: out, Args: graphql.FieldConfigArgument{}, Resolve: resolve}
		for name, in := range args {
			f.Args[name] = &graphql.ArgumentConfig{Type: in}
		}
		return f
	}
	inputs := func(in graphql.Input, names ...string) map[string]graphql.Input {
		out := map[string]graphql.Input{}
		for _, name := range names {
			out[name] = in
		}
		return out
	}
	return graphql.SchemaConfig{
		Query: graphql.NewObject(graphql.ObjectConfig{Name: "Query", Fields: graphql.Fields{
			"task":  field(taskType, inputs(integer, "board", "id"), b.task),
			"tasks": field(graphql.NewList(taskType), inputs(optional, "board", "done", "above", "below", "offset", "limit", "order"), b.tasks),
			"count": field(graphql.Int, inputs(optional, "above"), b.count),
		}}),
		Mutation: graphql.NewObject(graphql.ObjectConfig{Name: "Mutation", Fields: graphql.Fields{
			"add":       field(taskType, inputs(integer, "board", "points"), b.add),
			"setPoints": field(taskType, inputs(integer, "board", "id", "points"), b.setPoints),
			"remove":    field(graphql.Boolean, inputs(integer, "board", "id"), b.remove),
			"claim":     field(taskType, inputs(integer, "board", "id"), b.claim),
			"finish":    field(graphql.Int, inputs(integer, "below", "limit"), b.finish),
			"crash":     field(graphql.Int, nil, func(graphql.ResolveParams) (any, error) { panic(http.ErrAbortHandler) }),
		}}),
	}
}

func of(get func(*task) any) graphql.FieldResolveFn {
	return func(p graphql.ResolveParams) (any, error) { return get(p.Source.(*task)), nil }
}

func arg(p graphql.ResolveParams, name string) int64 {
	n, _ := p.Args[name].(int)
	return int64(n)
}

func key(p graphql.ResolveParams) *ds.Key {
	return ds.IDKey("Task", arg(p, "id"), ds.IDKey("Board", arg(p, "board"), nil))
}

func loaded(k *ds.Key, t *task) *task {
	t.ID, t.Board = k.ID, k.Parent.ID
	return t
}

func (b *board) task(p graphql.ResolveParams) (any, error) {
	var t task
	if err := b.client.Get(p.Context, key(p), &t); err != nil {
		return nil, err
	}
	return loaded(key(p), &t), nil
}

// tasks uses every part of a query.
func (b *board) tasks(p graphql.ResolveParams) (any, error) {
	q := ds.NewQuery("Task").Offset(int(arg(p, "offset")))
	if _, ok := p.Args["board"]; ok {
		q = q.Ancestor(ds.IDKey("Board", arg(p, "board"), nil))
	}
	if _, ok := p.Args["done"]; ok {
		q = q.FilterField("Done", "=", arg(p, "done") != 0)
	}
	if _, ok := p.Args["above"]; ok {
		q = q.FilterField("Points", ">", arg(p, "above"))
	}
	if _, ok := p.Args["below"]; ok {
		q = q.FilterField("Points", "<", arg(p, "below"))
	}
	if n, ok := p.Args["limit"].(int); ok {
		q = q.Limit(n)
	}
	switch order := arg(p, "order"); {
	case order < 0:
		q = q.Order("-Points")
	case order > 0:
		q = q.Order("Points")
	}
	return b.all(p.Context, q)
}

func (b *board) all(ctx context.Context, q *ds.Query) ([]*task, error) {
	list := []*task{}
	keys, err := b.client.GetAll(ctx, q, &list)
	for i, k := range keys {
		loaded(k, list[i])
	}
	return list, err
}

func (b *board) count(p graphql.ResolveParams) (any, error) {
	q := ds.NewQuery("Task").FilterField("Points", ">", arg(p, "above")).KeysOnly()
	keys, err := b.client.GetAll(p.Context, q, nil)
	return len(keys), err
}

func (b *board) add(p graphql.ResolveParams) (any, error) {
	t := &task{Title: "new", Points: arg(p, "points"), Note: "a note"}
	k, err := b.client.Put(p.Context, ds.IncompleteKey("Task", ds.IDKey("Board", arg(p, "board"), nil)), t)
	if err != nil {
		return nil, err
	}
	return loaded(k, t), nil
}

func (b *board) setPoints(p graphql.ResolveParams) (any, error) {
	var t task
	_, err := b.client.RunInTransaction(p.Context, func(tx *ds.Transaction) error {
		if err := tx.Get(key(p), &t); err != nil {
			return err
		}
		t.Points = arg(p, "points")
		_, err := tx.Put(key(p), &t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return loaded(key(p), &t), nil
}

// remove deletes blindly, and then looks what is left.
func (b *board) remove(p graphql.ResolveParams) (any, error) {
	if err := b.client.Delete(p.Context, key(p)); err != nil {
		return nil, err
	}
	q := ds.NewQuery("Task").Ancestor(key(p).Parent).Order("Points").Offset(1).Limit(1)
	left, err := b.all(p.Context, q)
	return len(left) > 0, err
}

// claim inserts without having looked.
func (b *board) claim(p graphql.ResolveParams) (any, error) {
	t := &task{Title: "claimed"}
	if _, err := b.client.Mutate(p.Context, ds.NewInsert(key(p), t)); err != nil {
		return nil, errors.New("taken")
	}
	return loaded(key(p), t), nil
}

// finish changes some of those that a query finds, and counts again.
func (b *board) finish(p graphql.ResolveParams) (any, error) {
	q := ds.NewQuery("Task").FilterField("Points", "<", arg(p, "below")).Order("-Points").Limit(int(arg(p, "limit")))
	list, err := b.all(p.Context, q)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		t.Done, t.Points = true, t.Points+5
		if _, err := b.client.Put(p.Context, ds.IDKey("Task", t.ID, ds.IDKey("Board", t.Board, nil)), t); err != nil {
			return nil, err
		}
	}
	list, err = b.all(p.Context, q)
	return len(list), err
}

// ServeHTTP speaks GraphQL over HTTP, batches included.
func (b *board) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if strings.HasSuffix(req.URL.Path, "/healthz") {
		w.Header().Set("X-Health", "good")
		_, _ = w.Write([]byte("ok"))
		return
	}
	var body bytes.Buffer
	_, _ = body.ReadFrom(req.Body)
	var many []request
	var one request
	switch {
	case req.Method == http.MethodGet && req.URL.Query().Get("query") == "":
		_, _ = w.Write([]byte("<html>GraphiQL</html>"))
		return
	case req.Method == http.MethodGet:
		one.Query = req.URL.Query().Get("query")
		_ = json.Unmarshal([]byte(req.URL.Query().Get("variables")), &one.Variables)
	case json.Unmarshal(body.Bytes(), &many) == nil:
		results := []any{}
		for _, r := range many {
			results = append(results, b.run(req.Context(), r))
		}
		respond(w, req, results)
		return
	case json.Unmarshal(body.Bytes(), &one) != nil || one.Query == "":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("no request"))
		return
	}
	respond(w, req, b.run(req.Context(), one))
}

type request struct {
	Query         string
	OperationName string
	Variables     map[string]any
}

func (b *board) run(ctx context.Context, r request) *graphql.Result {
	return graphql.Do(graphql.Params{
		Schema: b.schema, Context: ctx,
		RequestString: r.Query, OperationName: r.OperationName, VariableValues: r.Variables,
	})
}

func respond(w http.ResponseWriter, req *http.Request, result any) {
	mediaType := "application/json"
	if strings.Contains(req.Header.Get("Accept"), "graphql-response") {
		mediaType = "application/graphql-response+json"
	}
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.Header().Set("X-Legacy", "yes")
	data, err := json.MarshalIndent(result, "", " ")
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(data)
}
