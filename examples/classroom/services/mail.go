package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
)

// message is what the mailer is asked to send. The reference says which of
// those to a student it is, whatever the attempt.
type message struct {
	Student, To, Subject, Text, Reference string
	Attempt                               int
}

// newMailer is the mailer. It sends nothing: what becomes of a message depends on the
// domain that it is for. One is busy at the first attempt, one always, and one is
// gone.
func newMailer() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		var m message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			reply(w, http.StatusBadRequest, refusal{"the body is no message"})
			return
		}
		_, domain, _ := strings.Cut(m.To, "@")
		switch {
		case domain == "full.example", domain == "busy.example" && m.Attempt == 1:
			reply(w, http.StatusServiceUnavailable, refusal{"try again"})
		case domain == "gone.example":
			reply(w, http.StatusUnprocessableEntity, refusal{"unknown recipient"})
		default:
			sum := sha256.Sum256([]byte(m.Reference + " " + m.Student))
			reply(w, http.StatusAccepted, map[string]string{"id": "mail-" + hex.EncodeToString(sum[:4])})
		}
	})
	return mux
}

type refusal struct {
	Error string `json:"error"`
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller is gone when this fails
}
