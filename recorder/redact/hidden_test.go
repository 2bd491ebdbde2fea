package redact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// TestHiddenValues: what stands in a stored value in an unusual way does not stay,
// and what stands beside it does.
func TestHiddenValues(t *testing.T) {
	r := newRedactor(t, Options{})
	for _, row := range []struct {
		reason, name string
		value        corpus.Value
		gone, stays  string // words
	}{
		{"a secret that is a JSON string", "password", `"hunter2secret"`, "hunter2secret", `"`},
		{"a secret in a JSON list", "password", `["hunter2secret"]`, "hunter2secret", "[ ]"},
		{"credentials as a JSON object keep its members", "credentials", `{"user":"svc-user","hash":"hunter2secret"}`, "svc-user hunter2secret", `{"user":" ","hash":"`},
		{"a secret of numbers in JSON is one as a whole", "password", `[12345678]`, "12345678", ""},
		{"what stands beside an encoded address in a secret", "sessionToken", "ada%40corp.io|1700000000|hmacsecretvalue", "ada corp.io 1700000000 hmacsecretvalue", ""},
		{"as a value of a query", "x", "/in?sessionToken=ada%40corp.io|1700000000|hmacsecretvalue&page=2", "ada corp.io 1700000000 hmacsecretvalue", "/in?sessionToken= &page=2"},
		{"a secret in another script", "password", "пароль-секрет", "пароль секрет", "reda"},
		{"a secret without letters of case", "password", "日本語パスワード", "日本語 パスワード", ""},
		{"a secret with one letter beyond ASCII", "password", "héllo-geheim", "é geheim", "redact"},
		{"a secret of symbols", "password", "🔑🔑🔑🔑🔒🔒🔒🔒", "🔑 🔒", ""},
	} {
		t.Run(row.reason, func(t *testing.T) {
			c := emptyCase()
			entity(c).Properties[row.name] = row.value
			out, _, err := r.Case(c)
			if err != nil {
				t.Fatal(err)
			}
			have := fmt.Sprintf("%s", entity(out).Properties[row.name])
			for word := range strings.FieldsSeq(row.gone) {
				if strings.Contains(have, word) {
					t.Errorf("%q becomes %q, which still holds %q", row.value, have, word)
				}
			}
			for word := range strings.FieldsSeq(row.stays) {
				if !strings.Contains(have, word) {
					t.Errorf("%q becomes %q, without %q", row.value, have, word)
				}
			}
		})
	}
}

// TestScanPassesShortSecrets: the pseudonym of a short secret shows that it is one.
func TestScanPassesShortSecrets(t *testing.T) {
	for _, v := range []string{"engine", "abcd", "x1y2z", "naïve", "1234", "密码密码"} {
		if p := pseudonymOf(t, Secret, v); !isRedacted(p) || isRedacted(v) {
			t.Errorf("%q becomes %q", v, p)
		}
	}
}
