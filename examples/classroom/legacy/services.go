package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

const mailAttempts = 3

var outbound = &http.Client{Timeout: 5 * time.Second}

// postJSON answers what came back, decoded.
func postJSON(ctx context.Context, url string, body map[string]any) (int, map[string]any, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := outbound.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	m := map[string]any{}
	err = json.NewDecoder(resp.Body).Decode(&m)
	return resp.StatusCode, m, err
}

// users asks the users service.
func users(ctx context.Context, query string, variables map[string]any) (map[string]any, error) {
	status, m, err := postJSON(ctx, os.Getenv("USERS_URL"), map[string]any{"query": query, "variables": variables})
	if err != nil || status != http.StatusOK {
		return nil, unavailable("users")
	}
	if errs, ok := m["errors"].([]any); ok && len(errs) > 0 {
		first, _ := errs[0].(map[string]any)
		return nil, conflict("%v", first["message"])
	}
	data, _ := m["data"].(map[string]any)
	return data, nil
}

// account asks for everything, as ever; nil when there is none.
func account(ctx context.Context, id string) (map[string]any, error) {
	data, err := users(ctx, `query Account($id: ID!) { account(id: $id) { id name email locale muted } }`, map[string]any{"id": id})
	if err != nil {
		return nil, err
	}
	found, _ := data["account"].(map[string]any)
	return found, nil
}

// sendMail tries again while the mailer is busy, and returns what callers see of a
// notice.
func sendMail(ctx context.Context, student, to, subject, text, reference string) (map[string]any, error) {
	for attempt := 1; attempt <= mailAttempts; attempt++ {
		status, m, err := postJSON(ctx, strings.TrimSuffix(os.Getenv("MAIL_URL"), "/")+"/messages", map[string]any{
			"student": student, "to": to, "subject": subject, "text": text, "reference": reference, "attempt": attempt,
		})
		switch {
		case err != nil:
			return nil, unavailable("mail")
		case status == http.StatusAccepted:
			return map[string]any{"id": m["id"], "to": to, "attempts": attempt}, nil
		case status != http.StatusServiceUnavailable:
			return nil, fault{"MAIL", fmt.Sprintf("mail to %q was refused: %v", student, m["error"])}
		}
	}
	return nil, fault{"MAIL", fmt.Sprintf("mail to %q could not be sent", student)}
}

func unavailable(service string) error {
	return fault{"UNAVAILABLE", fmt.Sprintf("the service %q does not answer", service)}
}
