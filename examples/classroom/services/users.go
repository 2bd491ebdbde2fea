package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/graphql-go/graphql"
)

// account is how a person wants to be reached.
type account struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Locale string `json:"locale"`
	Muted  bool   `json:"muted"`
}

// users is the users service. Some addresses are others than those that the
// classroom keeps, and not everybody has an account.
type users struct {
	schema graphql.Schema

	mu       sync.Mutex
	accounts map[string]*account
}

func newUsers() (http.Handler, error) {
	u := &users{accounts: map[string]*account{}}
	for _, a := range []account{
		{"ada", "Ada Lovelace", "ada@school.example", "en", false},
		{"emmy", "Emmy Noether", "emmy@school.example", "en", false},
		{"ann", "Ann Ahlgren", "ann@school.example", "sv", false},
		{"bea", "Bea Brandt", "bea@school.example", "en", true},
		{"cleo", "Cleo Cruz", "cleo.cruz@home.example", "en", false},
		{"dan", "Dan Dewitt", "dan@school.example", "en", false},
		{"finn", "Finn Fischer", "finn@busy.example", "en", false},
		{"gus", "Gus Grant", "gus@gone.example", "en", false},
		{"hana", "Hana Horák", "hana@full.example", "en", false},
		{"kim", "Kim Klein", "kim@school.example", "en", false},
	} {
		u.accounts[a.ID] = &a
	}
	var err error
	u.schema, err = u.newSchema()
	if err != nil {
		return nil, fmt.Errorf("build schema: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /graphql", u.serve)
	return mux, nil
}

func (u *users) newSchema() (graphql.Schema, error) {
	text, id := graphql.NewNonNull(graphql.String), graphql.NewNonNull(graphql.ID)
	accountType := graphql.NewObject(graphql.ObjectConfig{Name: "Account", Fields: graphql.Fields{
		"id": {Type: id}, "name": {Type: text}, "email": {Type: text}, "locale": {Type: text},
		"muted": {Type: graphql.NewNonNull(graphql.Boolean)},
	}})
	return graphql.NewSchema(graphql.SchemaConfig{
		Query: graphql.NewObject(graphql.ObjectConfig{Name: "Query", Fields: graphql.Fields{
			"account": {Type: accountType, Resolve: u.account, Args: graphql.FieldConfigArgument{"id": {Type: id}}},
		}}),
		Mutation: graphql.NewObject(graphql.ObjectConfig{Name: "Mutation", Fields: graphql.Fields{
			"setEmail": {
				Type: accountType, Resolve: u.setEmail,
				Args: graphql.FieldConfigArgument{"id": {Type: id}, "email": {Type: text}},
			},
		}}),
	})
}

// serve answers GraphQL over HTTP.
func (u *users) serve(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		http.Error(w, "the body is no request", http.StatusBadRequest)
		return
	}
	reply(w, http.StatusOK, graphql.Do(graphql.Params{
		Schema: u.schema, RequestString: req.Query, VariableValues: req.Variables, Context: r.Context(),
	}))
}

func (u *users) account(p graphql.ResolveParams) (any, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if a := u.accounts[p.Args["id"].(string)]; a != nil {
		return *a, nil
	}
	return nil, nil
}

// setEmail refuses an address that somebody else has.
func (u *users) setEmail(p graphql.ResolveParams) (any, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	a, email := u.accounts[p.Args["id"].(string)], p.Args["email"].(string)
	if a == nil {
		return nil, errors.New("there is no such account")
	}
	for _, other := range u.accounts {
		if other != a && other.Email == email {
			return nil, errors.New("the address is taken")
		}
	}
	a.Email = email
	return *a, nil
}
