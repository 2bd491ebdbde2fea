package datastoreproxy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	ds "cloud.google.com/go/datastore"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
)

// legacy is a small implementation that passes the trace of a request on to its
// store, as an instrumented one does.
type legacy struct {
	*ds.Client
	// breaks says whether an operation of a number makes a call without its trace.
	breaks func(n int64) bool
	// untraced says that no trace is passed on.
	untraced bool
	mu       sync.Mutex
	broken   int // operations that did
}

func newLegacy(tb testing.TB, addr string) *legacy {
	tb.Helper()
	otel.SetTextMapPropagator(propagation.TraceContext{}) // the official client reads the global one
	return &legacy{Client: newClient(tb, addr), breaks: func(int64) bool { return false }}
}

type asked struct {
	Query     string
	Variables struct{ Class, ID, By, N int64 }
}

// The operations, by what they do with the store. n makes each one another.
var documents = map[string]string{
	"task": `query ($class: Int!, $id: Int!, $n: Int!) { task(class: $class, id: $id, n: $n) }`,
	"list": `query ($class: Int!, $n: Int!) { list(class: $class, n: $n) }`,
	"bump": `mutation ($class: Int!, $id: Int!, $by: Int!, $n: Int!) { bump(class: $class, id: $id, by: $by, n: $n) }`,
	"set":  `mutation ($class: Int!, $id: Int!, $by: Int!, $n: Int!) { set(class: $class, id: $id, by: $by, n: $n) }`,
	"drop": `mutation ($class: Int!, $id: Int!, $n: Int!) { drop(class: $class, id: $id, n: $n) }`,
	"add":  `mutation ($class: Int!, $by: Int!, $n: Int!) { add(class: $class, by: $by, n: $n) }`,
}

func (l *legacy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := otel.GetTextMapPropagator().Extract(context.WithoutCancel(r.Context()), propagation.HeaderCarrier(r.Header))
	if l.untraced {
		ctx = context.Background()
	}
	var in asked
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if l.breaks(in.Variables.N) {
		l.mu.Lock()
		l.broken++
		l.mu.Unlock()
		_ = l.Get(context.Background(), ds.NameKey("User", "ann", nil), &row{}) // found or not
	}
	for field, document := range documents {
		if document != in.Query {
			continue
		}
		value, err := l.resolve(ctx, field, in)
		answer := map[string]any{"data": map[string]any{field: value}}
		if err != nil {
			answer["errors"] = []map[string]any{{"message": err.Error(), "path": []string{field}}}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // the client is there
	}
}

type points struct {
	Points int64
	Title  string
	Done   bool     `datastore:",omitempty"`
	Note   string   `datastore:",noindex,omitempty"`
	Tags   []string `datastore:",omitempty"`
	Owner  *ds.Key  `datastore:",omitempty"`
}

func (p points) String() string { return fmt.Sprint(p.Points, p.Title, p.Done, p.Tags, p.Owner) }

func (l *legacy) resolve(ctx context.Context, field string, in asked) (any, error) {
	v := in.Variables
	key := clientKey(v.Class, v.ID)
	var p points
	switch field {
	case "task":
		err := l.Get(ctx, key, &p)
		var err2 error
		if v.ID%2 == 0 { // it reads twice, and says so
			var again points
			err2 = l.Get(ctx, key, &again)
			return fmt.Sprint(p, again, err, err2), nil
		}
		return fmt.Sprint(p, err), nil
	case "list":
		var list []points
		keys, err := l.GetAll(ctx, ds.NewQuery("Task").Ancestor(key.Parent).FilterField("Points", "<", 50).Order("Points").Limit(3), &list)
		return fmt.Sprint(keys, list), err
	case "bump":
		_, err := l.RunInTransaction(ctx, func(tx *ds.Transaction) error {
			p = points{}
			if err := tx.Get(key, &p); err != nil && !errors.Is(err, ds.ErrNoSuchEntity) {
				return err
			}
			p.Points += v.By
			_, err := tx.Put(key, &p)
			return err
		}, ds.MaxAttempts(30))
		return p.Points, err
	case "set":
		_, err := l.Put(ctx, key, &points{Points: v.By, Title: "set"})
		return v.By, err
	case "drop":
		return true, l.Delete(ctx, key)
	}
	_, err := l.Put(ctx, ds.IncompleteKey("Task", key.Parent), &points{Points: v.By, Title: "new"})
	return v.By, err
}
