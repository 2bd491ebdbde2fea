package redact

import (
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// TestSecretsByOtherNames: a value is a credential if any of its names says so, that of
// the argument, of the input field, or of the field behind an alias.
func TestSecretsByOtherNames(t *testing.T) {
	const sdl = `
type Query { session: Session! }
type Mutation { login(password: String!, input: Credentials, many: [Credentials!]): Session! }
type Session { sessionToken: String! title: String! next: Session }
input Credentials { password: String! note: String }
`
	schema, err := normalizers.LoadSchema("schema.graphql", []byte(sdl))
	if err != nil {
		t.Fatal(err)
	}
	const secret = "hunter2hunter2"
	type row struct {
		reason, document, variables, response string
		kept                                  bool
	}
	rows := []row{
		{"an argument by a variable", `mutation ($p: String!) { login(password: $p) { title } }`, `{"p": "hunter2hunter2"}`, `{"data":{}}`, false},
		{"an input field by a variable", `mutation ($p: String!) { login(input: {password: $p}) { title } }`, `{"p": "hunter2hunter2"}`, `{"data":{}}`, false},
		{"a member of an input object by a variable", `mutation ($i: Credentials) { login(input: $i) { title } }`, `{"i": {"password": "hunter2hunter2"}}`, `{"data":{}}`, false},
		{"of a list of them", `mutation ($i: [Credentials!]) { login(many: $i) { title } }`, `{"i": [{"password": "hunter2hunter2"}]}`, `{"data":{}}`, false},
		{"a variable's default", `mutation ($p: String = "hunter2hunter2") { login(password: $p) { title } }`, `{}`, `{"data":{}}`, false},
		{"a literal", `mutation { login(password: "hunter2hunter2") { title } }`, `{}`, `{"data":{}}`, false},
		{"in a fragment", `mutation ($p: String!) { ...F } fragment F on Mutation { login(password: $p) { title } }`, `{"p": "hunter2hunter2"}`, `{"data":{}}`, false},
		{"used for something else, too", `mutation ($p: String!) { login(input: {note: $p}) { title } b: login(password: $p) { title } }`, `{"p": "hunter2hunter2"}`, `{"data":{}}`, false},
		{"a field under an alias", `query { session { t: sessionToken } }`, `{}`, `{"data": {"session": {"t": "hunter2hunter2"}}}`, false},
		{"by a fragment", `query { s: session { ...F } } fragment F on Session { t: sessionToken }`, `{}`, `{"data": {"s": {"t": "hunter2hunter2"}}}`, false},
		{"by an inline fragment, further in", `query { session { next { ... on Session { t: sessionToken } } } }`, `{}`, `{"data": {"session": {"next": {"t": "hunter2hunter2"}}}}`, false},
		{"of several operations the one that was asked for", `query A { session { t: title } } query B { session { t: sessionToken } }`, `{}`, `{"data": {"session": {"t": "hunter2hunter2"}}}`, false},
		{"no credential", `mutation ($p: String!) { login(input: {note: $p}) { t: title } }`, `{"p": "hunter2hunter2"}`, `{"data": {"login": {"t": "hunter2hunter2"}}}`, true},
	}
	for _, row := range rows {
		for name, o := range map[string]Options{"with a schema": {Schema: schema}, "without": {}} {
			t.Run(row.reason+" "+name, func(t *testing.T) {
				r := newRedactor(t, o)
				c := emptyCase()
				c.Request.Document, c.Request.Variables, c.Expect.Response = row.document, corpus.JSON(row.variables), corpus.JSON(row.response)
				c.Request.Fields = []string{"login"}
				if strings.HasPrefix(row.document, "query") {
					c.Request.Operation, c.Request.Fields = corpus.Query, []string{"session"}
				}
				if strings.Contains(row.document, "query B") {
					c.Request.OperationName = "B"
				}
				checkSecret(t, r, c, secret, row.kept)
			})
		}
		if strings.Contains(row.document, "query B") {
			continue // a call's document is the operation alone
		}
		t.Run(row.reason+" of an upstream", func(t *testing.T) {
			c := emptyCase()
			u := call(c, 0)
			u.Request.Document, u.Request.Variables, u.Request.Body = row.document, corpus.JSON(row.variables), nil
			u.Response.Body = corpus.JSON(row.response)
			checkSecret(t, newRedactor(t, Options{}), c, secret, row.kept)
		})
	}
}

func checkSecret(t *testing.T, r *Redactor, c *corpus.Case, secret string, kept bool) {
	t.Helper()
	out, _, err := r.Case(c)
	if err != nil {
		t.Fatal(err)
	}
	text, err := corpus.FormatUnread(out)
	if err != nil {
		t.Fatal(err)
	}
	if is := strings.Contains(string(text), secret); is != kept {
		t.Errorf("kept: %v, in\n%s", is, text)
	}
}
