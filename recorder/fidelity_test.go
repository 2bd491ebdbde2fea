package recorder_test

import (
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

// What goes in comes out of the corpus: document, variables, extensions and answer,
// through the proxy, to disk and back. Legacy gets the bytes that were sent, and the
// client those that legacy answered.
func TestWhatGoesInComesOut(t *testing.T) {
	const plain, done = "query Q { a }", `{"data":{"a":1}}`
	tests := []struct {
		reason, body, answer string
		document             string
		variables            string // "" for absent
		response             string // as the case holds it
	}{
		{"a float that is whole", `{"query":"query Q { a }","variables":{"v":1.0}}`, `{"data":{"a":1.0}}`, plain, `{"v":1.0}`, `{"data":{"a":1.0}}`},
		{"exponents", `{"query":"query Q { a }","variables":{"v":1e3,"w":1E-2}}`, `{"data":{"a":1E+3}}`, plain, `{"v":1e3,"w":1E-2}`, `{"data":{"a":1E+3}}`},
		{"2^63 and more digits than a double has", `{"query":"query Q { a }","variables":{"v":9223372036854775808,"w":0.1000000000000000055}}`, `{"data":{"a":18446744073709551616}}`, plain, `{"v":9223372036854775808,"w":0.1000000000000000055}`, `{"data":{"a":18446744073709551616}}`},
		{"negative zero", `{"query":"query Q { a }","variables":{"v":-0,"w":-0.0}}`, `{"data":{"a":-0.0}}`, plain, `{"v":-0,"w":-0.0}`, `{"data":{"a":-0.0}}`},
		{"no variables", `{"query":"query Q { a }"}`, done, plain, "", done},
		{"variables that are null", `{"query":"query Q { a }","variables":null}`, done, plain, "null", done},
		{"no variable in them", `{"query":"query Q { a }","variables":{}}`, done, plain, "{}", done},
		{"one that is null", `{"query":"query Q { a }","variables":{"v":null}}`, `{"data":{"a":null}}`, plain, `{"v":null}`, `{"data":{"a":null}}`},
		{"a key twice", `{"query":"query Q { a }","variables":{"v":1,"v":2}}`, `{"data":{"a":1,"a":2}}`, plain, `{"v":1,"v":2}`, `{"data":{"a":1,"a":2}}`},
		{"the order of keys", `{"query":"query Q { a }","variables":{"z":1,"a":{"y":1,"b":2}}}`, `{"extensions":{"z":1},"data":{"b":1,"a":1}}`, plain, `{"z":1,"a":{"y":1,"b":2}}`, `{"extensions":{"z":1},"data":{"b":1,"a":1}}`},
		{"unpaired surrogates", `{"query":"query Q { a }","variables":{"v":"\ud800","w":"\udc00\ud800x"}}`, `{"data":{"a":"\uDFFF"}}`, plain, `{"v":"\ud800","w":"\udc00\ud800x"}`, `{"data":{"a":"\udfff"}}`},
		{"a pair of them", `{"query":"query Q { a }","variables":{"v":"\ud83d\ude00"}}`, `{"data":{"a":"😀"}}`, plain, `{"v":"😀"}`, `{"data":{"a":"😀"}}`},
		{"control characters and line separators", `{"query":"query Q { a }","variables":{"v":"\u0000\u001f\u007f\u2028\ufeff"}}`, `{"data":{"a":"\b\f\n\r\t\\\/\""}}`, plain, `{"v":"\u0000\u001f` + "\u007f\u2028\ufeff" + `"}`, `{"data":{"a":"\b\f\n\r\t\\/\""}}`},
		{"words that YAML reads otherwise", `{"query":"query Q { a }","variables":{"no":"no","1":"1.0","~":"~","":" x "}}`, `{"data":{"yes":"on"}}`, plain, `{"no":"no","1":"1.0","~":"~","":" x "}`, `{"data":{"yes":"on"}}`},
		{"deep lists", `{"query":"query Q { a }","variables":[[[]],{}]}`, `{"data":{"a":[[],[{}]]}}`, plain, `[[[]],{}]`, `{"data":{"a":[[],[{}]]}}`},
		{"white space and comments of the document", `{"query":"\r\n\tquery Q  {\r a # b\n\n }  \n\n"}`, done, "\r\n\tquery Q  {\r a # b\n\n }  \n\n", "", done},
		{"strings in the document", `{"query":"query Q { a(b: \"\\u0041\\n\", c: \"\"\"\n  x\n    y\n\"\"\") }"}`, done, "query Q { a(b: \"\\u0041\\n\", c: \"\"\"\n  x\n    y\n\"\"\") }", "", done},
		{"a byte order mark and trailing blanks", `{"query":"\ufeffquery Q { a }   "}`, done, "\ufeffquery Q { a }   ", "", done},
		{"errors beside data", `{"query":"query Q { a }"}`, `{"errors":[{"message":"a","path":["a",0],"extensions":{"n":1.50}}],"data":null}`, plain, "", `{"errors":[{"message":"a","path":["a",0],"extensions":{"n":1.50}}],"data":null}`},
		{"white space of the answer", `{"query":"query Q { a }"}`, " {\n \"data\" : { \"a\" : 1 } }\r\n", plain, "", done},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			s := recordBefore(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if got, err := io.ReadAll(r.Body); err != nil || string(got) != tt.body {
					t.Errorf("legacy got %q, %v", got, err)
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, tt.answer)
			}), nil, nil)
			if got := post(t, s.url, tt.body); got.Body != tt.answer {
				t.Errorf("the client got %q", got.Body)
			}
			if summary := s.rec.Summary(); summary.Recorded != 1 {
				t.Fatal(summary)
			}
			c, err := corpus.Load(os.DirFS(s.out))
			if err != nil {
				t.Fatal(err)
			}
			have := c.Cases[0]
			if diff := cmp.Diff(
				[]string{tt.document, tt.variables, tt.response},
				[]string{have.Request.Document, have.Request.Variables.String(), have.Expect.Response.String()},
			); diff != "" {
				t.Error(diff)
			}
			if absent := have.Request.Variables == nil; absent != (tt.variables == "") {
				t.Errorf("variables are absent: %v", absent)
			}
		})
	}
}
