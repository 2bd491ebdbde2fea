package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sidebyside/replay/corpus"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

func newRedactor(tb testing.TB, o Options) *Redactor {
	tb.Helper()
	o.Key = testKey
	r, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// people is the list of names of the planted set.
var people = []string{"Ada Lovelace", "Grace Hopper", "Emmy Noether", "Özgür Öztürk", "Zoë Zander", "Hana Horák", "Søren Ångström", "Mary-Jane"}

// planted makes n secrets and personal values of every kind there is.
func planted(n int) []string {
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(alphabet string, n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(alphabet[rng.IntN(len(alphabet))])
		}
		return b.String()
	}
	const small, big, digits, hexDigits = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "0123456789abcdef"
	all := small + big + digits
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	card := func(head string, length int) string {
		d := []byte(head + pick(digits, length-len(head)-1) + "0")
		d[len(d)-1] += byte((10 - luhn(d)) % 10)
		return string(d)
	}
	kinds := []func() string{
		func() string { return pick(small, 8) + "@" + pick(small, 6) + ".com" },
		func() string { return pick(small, 5) + "." + pick(small, 6) + "+x@mail." + pick(small, 5) + ".co.uk" },
		func() string { return "Zoë." + pick(small, 5) + "@" + pick(small, 5) + ".de" },
		func() string { return "+46 70 " + pick(digits, 3) + " " + pick(digits, 2) + " " + pick(digits, 2) },
		func() string { return "+1-" + pick("23456789", 3) + "-" + pick("23456789", 3) + "-" + pick(digits, 4) },
		func() string { return "(" + pick("23456789", 3) + ") " + pick("23456789", 3) + "-" + pick(digits, 4) },
		func() string {
			return part(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." +
				part(map[string]any{"sub": pick(all, 12), "email": pick(small, 9) + "@corp.io", "exp": 1}) + "." + pick(all, 43)
		},
		func() string { return "ghp_" + pick(all, 36) },
		func() string { return "AKIA" + pick("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16) },
		func() string { return "glpat-" + pick(all, 20) },
		func() string { return "sk_live_" + pick(all, 24) },
		func() string { return "npm_" + pick(small+digits, 36) },
		func() string { return "shpat_" + pick(hexDigits, 32) },
		func() string { return "AIza" + pick(all, 35) },
		func() string {
			return "xoxb-" + pick(digits[1:], 12) + "-" + pick(digits[1:], 12) + "-" + pick(all, 24)
		},
		func() string { return card("4", 16) },
		func() string { return card("37", 15) },
		func() string { c := card("53", 16); return c[:4] + " " + c[4:8] + " " + c[8:12] + " " + c[12:] },
		func() string { return fmt.Sprintf("81.%d.%d.%d", rng.IntN(256), rng.IntN(256), 1+rng.IntN(254)) },
		func() string {
			return "2a02:" + pick(hexDigits[1:], 4) + ":" + pick(hexDigits[1:], 4) + "::" + pick(hexDigits[1:], 4)
		},
		func() string { return people[rng.IntN(len(people))] },
	}
	out := make([]string, n)
	for i := range out {
		out[i] = kinds[i%len(kinds)]()
	}
	return out
}

// encodings are the ways in which a value hides in a text.
var encodings = []struct {
	name   string
	encode func(string) string
}{
	{"plain", func(v string) string { return v }},
	{"in a sentence", func(v string) string { return "It says " + v + ", as far as we know." }},
	{"in JSON", func(v string) string { return `{"a":[1,{"b":` + quoted("x "+v) + `}]}` }},
	{"in JSON in JSON", func(v string) string { return `{"a":` + quoted(`{"b":`+quoted(v)+`}`) + `}` }},
	{"in JSON with escapes", func(v string) string {
		var b strings.Builder
		for _, r := range v {
			if r < 0x10000 {
				fmt.Fprintf(&b, `\u%04x`, r)
			}
		}
		return `["` + b.String() + `"]`
	}},
	{"in base64", func(v string) string { return base64.StdEncoding.EncodeToString([]byte("value: " + v)) }},
	{"in base64 without padding", func(v string) string {
		return "id=" + base64.RawURLEncoding.EncodeToString([]byte(`{"v":`+quoted(v)+`}`)) + ";"
	}},
	{"in a URL", func(v string) string {
		return "https://shop.example/find?page=2&q=" + url.QueryEscape(v) + "&sort=up"
	}},
	{"in the path of a URL", func(v string) string { return "https://shop.example/find/" + url.PathEscape(v) + "/all" }},
	{"in a URL in a URL", func(v string) string {
		return "https://shop.example/?next=" + url.QueryEscape("https://shop.example/?q="+url.QueryEscape(v))
	}},
	{"in hexadecimal digits", func(v string) string { return `\x` + hex.EncodeToString([]byte("value: "+v)) }},
	{"in base64 behind a name", func(v string) string { return "node_" + base64.RawURLEncoding.EncodeToString([]byte("value: "+v)) }},
	{"in base64 of base64 in JSON", func(v string) string {
		return base64.StdEncoding.EncodeToString([]byte(`{"a":` + quoted(base64.StdEncoding.EncodeToString([]byte("x: "+v))) + `}`))
	}},
	{"in a message of protocol buffers", func(v string) string {
		inner := protowire.AppendString(protowire.AppendTag(nil, 3, protowire.BytesType), "to "+v)
		return base64.RawURLEncoding.EncodeToString(protowire.AppendBytes(protowire.AppendTag([]byte{8, 200, 1}, 2, protowire.BytesType), inner))
	}},
	{"in an element", func(v string) string { return "<to>" + html.EscapeString(v) + "</to>" }},
	{"between wide signs", func(v string) string { return "宛先：" + v + "、以上。" }},
	{"in a URL in base64", func(v string) string {
		return base64.URLEncoding.EncodeToString([]byte("https://shop.example/?q=" + url.QueryEscape(v)))
	}},
}

// channels are the places of a case in which a value can stand.
var channels = []struct {
	name string
	put  func(c *corpus.Case, i int, v string)
}{
	{"variable", func(c *corpus.Case, i int, v string) { c.Request.Variables = member(c.Request.Variables, i, v) }},
	{"extension", func(c *corpus.Case, i int, v string) { c.Request.Extensions = member(c.Request.Extensions, i, v) }},
	{"literal", func(c *corpus.Case, i int, v string) {
		c.Request.Document = strings.Replace(c.Request.Document, "{\n", fmt.Sprintf("{\n f%d: f(a: {b: [%s]})\n", i, quoted(v)), 1)
	}},
	{"comment of the document", func(c *corpus.Case, _ int, v string) { c.Request.Document += "# " + v + "\n" }},
	{"header", func(c *corpus.Case, i int, v string) { c.Request.Headers[fmt.Sprintf("x-h%d", i)] = v }},
	{"property", func(c *corpus.Case, i int, v string) { entity(c).Properties[fmt.Sprintf("p%d", i)] = v }},
	{"list within an embedded entity", func(c *corpus.Case, i int, v string) {
		entity(c).Properties[fmt.Sprintf("p%d", i)] = &corpus.Entity{Properties: map[string]corpus.Value{"in": []corpus.Value{int64(1), v}}}
	}},
	{"bytes", func(c *corpus.Case, i int, v string) { entity(c).Properties[fmt.Sprintf("p%d", i)] = []byte(v) }},
	{"name of a key", func(c *corpus.Case, i int, v string) {
		entity(c).Properties[fmt.Sprintf("p%d", i)] = corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: v}, {Kind: "Post", ID: int64(i)}}}
	}},
	{"absent key", func(c *corpus.Case, _ int, v string) {
		st := c.Fixture.Stores["datastore"]
		st.Absent = append(st.Absent, corpus.Key{Path: []corpus.PathElement{{Kind: "User", Name: v}}})
		c.Fixture.Stores["datastore"] = st
	}},
	{"inserted entity", func(c *corpus.Case, i int, v string) {
		c.Expect.Effects["datastore"] = append(c.Expect.Effects["datastore"], corpus.Effect{
			Op: corpus.Insert, Key: corpus.Key{Path: []corpus.PathElement{{Kind: "Log", ID: int64(100 + i)}}},
			Properties: map[string]corpus.Value{"text": v},
		})
	}},
	{"changed property", func(c *corpus.Case, i int, v string) {
		was, is := corpus.Value("was "+v), corpus.Value(v)
		entity(c).Properties[fmt.Sprintf("p%d", i)] = was
		update(c).Set[fmt.Sprintf("p%d", i)] = corpus.Change{From: &was, To: &is}
	}},
	{"data", func(c *corpus.Case, i int, v string) { c.Expect.Response = member(c.Expect.Response, i, v) }},
	{"error message", func(c *corpus.Case, _ int, v string) {
		c.Expect.Response = corpus.JSON(strings.TrimSuffix(string(c.Expect.Response), "]}") + `,{"message":` + quoted("no such: "+v) + `}]}`)
	}},
	{"name of a member", func(c *corpus.Case, i int, v string) {
		c.Request.Variables = member(c.Request.Variables, i, "")
		c.Request.Variables = corpus.JSON(strings.Replace(string(c.Request.Variables), `""`, `{`+quoted(v)+`:1}`, 1))
	}},
	{"path of a call", func(c *corpus.Case, i int, v string) { call(c, i).Request.Path = "/find/" + v }},
	{"body of a call", func(c *corpus.Case, i int, v string) {
		call(c, i).Request.Body = corpus.JSON(`{"to":` + quoted(v) + `}`)
	}},
	{"answer to a call", func(c *corpus.Case, i int, v string) {
		call(c, i).Response.Body = corpus.JSON(`{"data":{"x":` + quoted(v) + `}}`)
	}},
	{"document of a call", func(c *corpus.Case, i int, v string) {
		request := &call(c, i).Request
		request.Document, request.Body = "{ find(text: "+quoted(v)+") }", nil
	}},
}

func member(object corpus.JSON, i int, v string) corpus.JSON {
	return corpus.JSON(strings.Replace(string(object), `{`, fmt.Sprintf(`{"m%d":{"x":[%s]},`, i, quoted(v)), 1))
}

func entity(c *corpus.Case) *corpus.Entity { return &c.Fixture.Stores["datastore"].Entities[0] }

func update(c *corpus.Case) *corpus.Effect { return &c.Expect.Effects["datastore"][0] }

func call(c *corpus.Case, i int) *corpus.Call {
	c.Expect.Calls = append(c.Expect.Calls, corpus.Call{
		Upstream: "users", Request: corpus.CallRequest{Method: "POST", Path: fmt.Sprint("/", i), Body: corpus.JSON(`{}`)},
		Response: corpus.CallResponse{Status: 200, Body: corpus.JSON(`{}`)},
	})
	return &c.Expect.Calls[len(c.Expect.Calls)-1]
}

// emptyCase has room for values everywhere.
func emptyCase() *corpus.Case {
	key := corpus.Key{Path: []corpus.PathElement{{Kind: "User", ID: 7}}}
	n, one, two := corpus.Value(int64(1)), corpus.Value(int64(1)), corpus.Value(int64(2))
	return &corpus.Case{
		Name:     "f/f-00000001",
		Recorded: corpus.Recorded{At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Implementation: "legacy"},
		Request: corpus.Request{
			Operation: corpus.Mutation, Fields: []string{"f"}, Document: "mutation {\nf\n}\n",
			Variables: corpus.JSON(`{"n":1}`), Extensions: corpus.JSON(`{"n":1}`), Headers: map[string]string{},
		},
		Fixture: corpus.Fixture{Stores: map[string]corpus.State{"datastore": {
			Entities: []corpus.Entity{{Key: key, Properties: map[string]corpus.Value{"n": n}}},
		}}},
		Expect: corpus.Observation{
			HTTP: corpus.HTTP{Status: 200}, Response: corpus.JSON(`{"data":{"n":1},"errors":[{"message":"no"}]}`),
			Effects: map[string][]corpus.Effect{"datastore": {{
				Op: corpus.Update, Key: key, Set: map[string]corpus.Change{"n": {From: &one, To: &two}},
			}}},
		},
	}
}

// TestPlantedSet plants 300 secrets and personal values, one way after another
// of hiding them, into one channel after another. None may reach the file.
func TestPlantedSet(t *testing.T) {
	values := planted(300)
	r := newRedactor(t, Options{Detectors: Detectors{Names: people}})
	for n, channel := range channels {
		for _, encoding := range encodings {
			t.Run(channel.name+"/"+encoding.name, func(t *testing.T) {
				c := emptyCase()
				var hidden []string
				for i := n; i < len(values); i += len(channels) {
					v := encoding.encode(values[i])
					channel.put(c, i, v)
					hidden = append(hidden, values[i], v)
					if local, _, is := strings.Cut(values[i], "@"); is {
						hidden = append(hidden, local)
					}
				}
				if _, err := corpus.Format(c); err != nil {
					t.Fatalf("the case is none before: %v", err)
				}
				out, findings, err := r.Case(c)
				if err != nil {
					t.Fatal(err)
				}
				text, err := corpus.Format(out)
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range hidden {
					if strings.Contains(string(text), v) || strings.Contains(string(text), strings.Trim(quoted(v), `"`)) {
						t.Errorf("%q reaches the file", v)
					}
				}
				if len(findings) == 0 {
					t.Error("no findings")
				}
			})
		}
	}
}
