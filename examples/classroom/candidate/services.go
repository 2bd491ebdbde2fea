package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const mailAttempts = 3

// services are those that the server calls.
type services struct {
	users  string // URL of the users service's GraphQL
	mail   string // URL below which the mailer is
	client *http.Client
}

func newServices(users, mail string) *services {
	return &services{users: users, mail: strings.TrimSuffix(mail, "/"), client: &http.Client{Timeout: 5 * time.Second}}
}

// account is what the server needs to know of how a person wants to be reached.
type account struct {
	Email, Locale string
	Muted         bool
}

// accounts asks for several at once, with nil for those that there are not.
func (s *services) accounts(ctx context.Context, ids ...string) ([]*account, error) {
	var query strings.Builder
	variables := map[string]string{}
	query.WriteString("query Accounts(")
	for i, id := range ids {
		fmt.Fprintf(&query, "$i%d: ID! ", i)
		variables[fmt.Sprintf("i%d", i)] = id
	}
	query.WriteString(") {")
	for i := range ids {
		fmt.Fprintf(&query, " a%d: account(id: $i%d) { email locale muted }", i, i)
	}
	query.WriteString(" }")
	var data map[string]*account
	if err := s.graphql(ctx, query.String(), variables, &data); err != nil {
		return nil, err
	}
	found := make([]*account, len(ids))
	for i := range ids {
		found[i] = data[fmt.Sprintf("a%d", i)]
	}
	return found, nil
}

func (s *services) setEmail(ctx context.Context, id, email string) error {
	const document = `mutation ($id: ID!, $email: String!) { setEmail(email: $email, id: $id) { id } }`
	return s.graphql(ctx, document, map[string]string{"id": id, "email": email}, nil)
}

// graphql asks the users service. What it refuses is a conflict in its words.
func (s *services) graphql(ctx context.Context, query string, variables map[string]string, data any) error {
	answer := struct {
		Data   any
		Errors []struct{ Message string }
	}{Data: data}
	status, err := s.post(ctx, s.users, map[string]any{"query": query, "variables": variables}, &answer)
	switch {
	case err != nil || status != http.StatusOK:
		return unavailable("users")
	case len(answer.Errors) > 0:
		return conflict("%s", answer.Errors[0].Message)
	}
	return nil
}

// message is one mail to a student; the reference says which one, whatever the
// attempt.
type message struct {
	Student   string `json:"student"`
	To        string `json:"to"`
	Subject   string `json:"subject"`
	Text      string `json:"text"`
	Reference string `json:"reference"`
	Attempt   int    `json:"attempt"`
}

// errMail is what becomes of mail that cannot be sent.
type errMail struct{ problem }

// send tries again while the mailer is busy.
func (s *server) send(ctx context.Context, m message) (*notice, error) {
	attempts := mailAttempts
	if s.broken("no-retry") {
		attempts = 1
	}
	for m.Attempt = 1; m.Attempt <= attempts; m.Attempt++ {
		var answer struct{ ID, Error string }
		status, err := s.services.post(ctx, s.services.mail+"/messages", m, &answer)
		switch {
		case err != nil:
			return nil, unavailable("mail")
		case status == http.StatusAccepted:
			return &notice{id: answer.ID, to: m.To, attempts: m.Attempt}, nil
		case status != http.StatusServiceUnavailable:
			return nil, errMail{problem{"MAIL", fmt.Sprintf("mail to %q was refused: %s", m.Student, answer.Error)}}
		}
	}
	return nil, errMail{problem{"MAIL", fmt.Sprintf("mail to %q could not be sent", m.Student)}}
}

// post decodes what comes back into answer.
func (s *services) post(ctx context.Context, url string, body, answer any) (status int, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	return resp.StatusCode, json.NewDecoder(resp.Body).Decode(answer)
}

func unavailable(service string) error {
	return problem{"UNAVAILABLE", fmt.Sprintf("the service %q does not answer", service)}
}
