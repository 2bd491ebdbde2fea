package recorder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// A request that has only a hash is recorded once the text is known that has it.
func TestPersistedQueries(t *testing.T) {
	const text = "query Q { a }"
	sum := sha256.Sum256([]byte(text))
	hash := hex.EncodeToString(sum[:])
	extensions := fmt.Sprintf(`"extensions":{"persistedQuery":{"version":1,"sha256Hash":%q}}`, hash)
	unknown := `{"data":null,"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}`
	var answer string
	r, err := Handler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		answering(answer).ServeHTTP(w, req)
	}), Options{Out: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		reason, body, answer string
		recorded, refused    int // so far
	}{
		{"the hash alone says nothing", `{` + extensions + `}`, unknown, 0, 1},
		{"a text that has another hash is not believed", `{"query":"{ other }",` + extensions + `}`, `{"data":{"other":1}}`, 1, 1},
		{"so the hash still says nothing", `{` + extensions + `}`, unknown, 1, 2},
		{"the text comes with its hash", `{"query":"` + text + `",` + extensions + `}`, `{"data":{"a":1}}`, 2, 2},
		{"the hash alone is known", `{"variables":{"v":1.0},` + extensions + `}`, `{"data":{"a":1}}`, 3, 2},
		{"legacy has forgotten it, which is no behaviour of the query", `{"variables":{"v":2.0},` + extensions + `}`, unknown, 3, 3},
		{"a document by another kind of name", `{"documentId":"abc"}`, `{"data":{"a":1}}`, 3, 4},
	}
	for _, step := range steps {
		answer = step.answer
		ask(t, r, step.body)
		if got := r.Summary(); got.Recorded != step.recorded || got.Skipped[persistedQuery].Count != step.refused || len(got.Skipped) > 1 {
			t.Fatalf("%s: %s", step.reason, got)
		}
	}
	c, err := corpus.Load(os.DirFS(r.options.Out))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range c.Cases {
		if c.Request.Variables.String() == `{"v":1.0}` && c.Request.Document == text && c.Request.Operation == corpus.Query {
			return
		}
	}
	t.Error("no case has the text that the hash stands for")
}
