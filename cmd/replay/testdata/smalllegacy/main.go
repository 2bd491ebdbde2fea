// Command smalllegacy answers two operations with as little work of its own as a server
// on the official Datastore client can, for measuring what stands before it: it leaves
// the processors to that. PORT and the client's usual variables say where.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"cloud.google.com/go/datastore"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
)

type task struct {
	Title  string
	Points int64
}

type asked struct {
	Query     string
	Variables struct {
		ID, Points int64
	}
}

func main() {
	otel.SetTextMapPropagator(propagation.TraceContext{}) // the client reads it
	client, err := datastore.NewClient(context.Background(), os.Getenv("DATASTORE_PROJECT_ID"))
	if err == nil {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
		mux.HandleFunc("POST /graphql", func(w http.ResponseWriter, r *http.Request) { answer(client, w, r) })
		server := http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: time.Minute}
		err = server.ListenAndServe()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// answer serves "query" by one lookup, and "mutation" by one write.
func answer(client *datastore.Client, w http.ResponseWriter, r *http.Request) {
	ctx := otel.GetTextMapPropagator().Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	var in asked
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	key := datastore.IDKey("Task", in.Variables.ID, nil)
	field, t := "task", task{Title: "Title", Points: in.Variables.Points}
	var err error
	if in.Query[0] == 'm' {
		field = "setPoints"
		_, err = client.Put(ctx, key, &t)
	} else if err = client.Get(ctx, key, &t); err == datastore.ErrNoSuchEntity {
		err = nil
	}
	out := map[string]any{"data": map[string]any{field: map[string]any{"id": in.Variables.ID, "title": t.Title, "points": t.Points}}}
	if err != nil {
		out["errors"] = []any{map[string]any{"message": err.Error(), "path": []any{field}}}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // the client is there, or needs no answer
}
