package ledger

import (
	"strings"
	"testing"

	"github.com/sidebyside/replay/corpus"
)

// bugOf is a bug with two expressions.
func bugOf(tb testing.TB, when, witness string) (*Ledger, *Bug) {
	tb.Helper()
	block := func(s string) string { return "|\n      " + strings.ReplaceAll(s, "\n", "\n      ") + "\n" }
	data := "version: 1\nbugs:\n  - id: KA-1\n    title: t\n    when: " + block(when) + "    witness: " + block(witness)
	l, problems := Read("ledger.yaml", []byte(data), testNames(tb))
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return l, l.Bugs[0]
}

func key(kind string, id int64) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: kind, ID: id}}}
}

var testCase = &corpus.Case{
	Request: corpus.Request{
		Operation: corpus.Mutation, Fields: []string{"rename"}, Document: "mutation { rename }",
		Variables: corpus.JSON(`{"title":"Fractions","points":3,"half":0.5,"big":123456789012345678901234567890,"none":null,"list":[]}`),
		Headers:   map[string]string{"x-user": "ada"},
	},
	Fixture: corpus.Fixture{Stores: map[string]corpus.State{"datastore": {
		Entities: []corpus.Entity{{
			Key: corpus.Key{Path: []corpus.PathElement{{Kind: "Class", ID: 7}, {Kind: "User", Name: "ada"}}},
			Properties: map[string]corpus.Value{
				"score": 1.5, "owner": key("User", 3), "at": corpus.GeoPoint{Lat: 1, Lng: 2},
				"address": &corpus.Entity{Properties: map[string]corpus.Value{"city": "Bern"}}, "blob": corpus.Meant{Meaning: 22, Value: []byte("x")},
			},
			Unindexed: []string{"blob"},
		}},
		Absent: []corpus.Key{key("Class", 8)},
	}}},
}

var testObservation = &corpus.Observation{
	HTTP:     corpus.HTTP{Status: 200, Headers: map[string]string{"content-type": "application/json"}},
	Response: corpus.JSON(`{"data":{"rename":{"title":"Frac","percent":null,"due":"2026-01-01T00:00:00Z"}}}`),
	Effects: map[string][]corpus.Effect{"datastore": {
		{Op: corpus.Update, Key: key("Class", 7), Set: map[string]corpus.Change{
			"title": {From: new(corpus.Value("Old")), To: new(corpus.Value("Frac"))}, "gone": {From: new(corpus.Value(nil))},
		}},
		{Op: corpus.Insert, Key: key("Log", 1), Properties: map[string]corpus.Value{"text": "x"}},
	}},
	Calls: []corpus.Call{{
		Upstream: "users", Request: corpus.CallRequest{Method: "POST", Path: "/graphql", Body: corpus.JSON(`{"a":1}`)},
		Response: corpus.CallResponse{Status: 201, Body: corpus.JSON(`null`)},
	}},
}

func TestExpressions(t *testing.T) {
	tests := []struct {
		reason, when string
		want         truth
		problem      string
	}{
		{"the request", `request.operation == "mutation" && request.fields == ["rename"] && request.operationName == ""`, yes, ""},
		{"document and headers", `request.document.contains("rename") && request.headers["x-user"] == "ada"`, yes, ""},
		{"an integer is an int", `request.variables.points + 1 == 4`, yes, ""},
		{"a decimal is a double", `request.variables.half * 2.0 == 1.0`, yes, ""},
		{"ints and doubles compare", `request.variables.points > 2.5`, yes, ""},
		{"an integer beyond 64 bits is a double", `request.variables.big > 1e29`, yes, ""},
		{"stored values", `fixture.datastore.entities.exists(e, e.kind == "User" && e.key == "Class/7/User/ada" && e.path == ["Class", 7, "User", "ada"])`, yes, ""},
		{"a key is its text, an embedded entity its properties", `fixture.datastore.entities.exists(e, e.properties.owner == "User/3" && e.properties.address.city == "Bern")`, yes, ""},
		{"a place, and a value with a meaning", `fixture.datastore.entities.exists(e, e.properties.at.lng == 2.0 && e.properties.blob == b"x" && "blob" in e.unindexed)`, yes, ""},
		{"absent keys", `fixture.datastore.absent[0].key == "Class/8"`, yes, ""},
		{"a store without a name of letters, and without content", "size(fixture.`other-store`.entities) == 0", yes, ""},
		{"the observation", `legacy.http.status == 200 && legacy.http.headers["content-type"] == "application/json"`, yes, ""},
		{"an update has from and to", `legacy.effects.datastore.exists(e, e.op == "update" && e.set.title.from == "Old" && e.set.title.to == "Frac")`, yes, ""},
		{"a removed property has from alone, here a stored null", `legacy.effects.datastore.exists(e, e.op == "update" && e.set.gone.from == null && !has(e.set.gone.to))`, yes, ""},
		{"an insert sets nothing", `legacy.effects.datastore.exists(e, e.op == "insert" && size(e.set) == 0 && e.properties.text == "x")`, yes, ""},
		{"calls", `legacy.calls.exists(c, c.upstream == "users" && c.request.body.a == 1 && c.request.variables == null && c.response.status == 201)`, yes, ""},
		{"a bound name, strings and optional values", `cel.bind(t, request.variables.title, t.lowerAscii() == "fractions" && request.variables.?nope.orValue(1) == 1)`, yes, ""},

		{"false", `request.operation == "query"`, no, ""},
		{"a missing member", `request.variables.nope == 1`, undecided, ""},
		{"a member of null", `legacy.response.data.rename.percent.value == 1`, undecided, ""},
		{"a member of a missing one", `has(legacy.response.errors.first)`, undecided, ""},
		{"null compared by size", `legacy.response.data.rename.percent > 5`, undecided, ""},
		{"null calculated with", `legacy.response.data.rename.percent + 1 == 6`, undecided, ""},
		{"null with a method", `legacy.response.data.rename.percent.startsWith("x")`, undecided, ""},
		{"null as a list", `legacy.response.data.rename.percent.exists(p, p == 1)`, undecided, ""},
		{"beyond the end of a list", `request.variables.list[0] == 1`, undecided, ""},
		{"what decides elsewhere", `request.variables.nope == 1 || request.operation == "mutation"`, yes, ""},
		{"what decides elsewhere", `request.variables.nope == 1 && request.operation == "query"`, no, ""},

		{"text calculated with", `request.variables.title * 2 == 4`, undecided, "no such overload"},
		{"an int times a double", `request.variables.points * 2.0 == 6.0`, undecided, "no such overload"},
		{"text compared by size with a number", `request.variables.title > 5`, undecided, "no such overload"},
		{"text as a list", `request.variables.title.exists(c, c == "x")`, undecided, "expected iterable type"},
		{"division by zero", `1 / (request.variables.points - 3) == 1`, undecided, "division by zero"},
		{"a pattern that comes from the case", `"x".matches(request.variables.title + "[")`, undecided, "error parsing regexp"},
		{"text that is no time", `timestamp(request.variables.title) > timestamp("2020-01-01T00:00:00Z")`, undecided, "invalid RFC 3339 timestamp"},
		{"endless work", `[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, [1,2,3,4,5,6,7,8,9,10].all(g, request.variables.points == 3)))))))`, undecided, "cost limit exceeded"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			l, b := bugOf(t, tt.when, "true")
			got, err := b.when.eval(l.Facts(testCase, testObservation, testObservation).when)
			switch {
			case tt.problem == "" && err != nil:
				t.Fatal(err)
			case tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem) || !strings.HasPrefix(err.Error(), "ledger.yaml:6:")):
				t.Fatalf("err = %v, want line 6 and %q", err, tt.problem)
			}
			if got != tt.want {
				t.Errorf("%s: %d, want %d", tt.when, got, tt.want)
			}
		})
	}
}

// One bug's expressions are used by all lanes at once.
func TestExpressionsSideBySide(t *testing.T) {
	l, b := bugOf(t, `legacy.response.data.rename.percent > 5`, `observation.http.status == 200`)
	done := make(chan error)
	for range 8 {
		go func() {
			for range 100 {
				f := l.Facts(testCase, testObservation, testObservation)
				if ok, err := b.Triggered(f); ok || err != nil {
					done <- err
					return
				}
				if s, err := b.ByCandidate(f); s != Shown || err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestPlaces wants a problem exactly where the wrong name stands, however YAML
// has it written.
func TestPlaces(t *testing.T) {
	tests := []struct{ reason, data string }{
		{"plain", "when: true && nope\n"},
		{"plain over lines", "when: true &&\n      nope\n"},
		{"double quotes", "when: \"true && nope\"\n"},
		{"double quotes with escapes", "when: \"true\\n && '\\\"é\\u00e9\\x41\\t' == '' && nope\"\n"},
		{"double quotes over lines", "when: \"true &&\n\n   nope\"\n"},
		{"double quotes, an escaped end of line", "when: \"true && \\\n   nope\"\n"},
		{"single quotes", "when: 'true && ''a'' == ''b'' && nope'\n"},
		{"a literal block", "when: |\n     true &&\n\n       'é' == '' && nope\n"},
		{"a literal block that is stripped, with a comment", "when: |- # a comment\n     true &&\n     nope\n"},
		{"a literal block with its indentation said", "when: |2\n       true &&\n     nope\n"},
		{"a folded block", "when: >\n     true\n     && nope\n\n"},
		{"a tag before it", "when: !!str true && nope\n"},
		{"an anchor before it", "when: &a true && nope\n"},
		{"line ends of Windows", "when: |\r\n     true &&\r\n     nope\r\n"},
		{"in a list of flow style", "{when: true && nope}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			data := "version: 1\nbugs:\n  - " + strings.ReplaceAll(tt.data, "\n", "\n    ")
			_, problems := Read("ledger.yaml", []byte(data), testNames(t))
			for _, p := range problems {
				if !strings.Contains(p.Message, "'nope'") {
					continue
				}
				line := []rune(strings.Split(data, "\n")[p.Line-1])
				if p.Column > len(line) || !strings.HasPrefix(string(line[p.Column-1:]), "nope") {
					t.Errorf("%v, which is not where it stands in\n%s", p, data)
				}
				return
			}
			t.Errorf("no problem with nope: %v", problems)
		})
	}
}

func BenchmarkNotTriggered(b *testing.B) {
	l, bug := bugOf(b, `"gradeSubmission" in request.fields && legacy.response.data.x == 1`, "true")
	b.ReportAllocs()
	for b.Loop() {
		if ok, err := bug.Triggered(l.Facts(testCase, testObservation, testObservation)); ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkShown(b *testing.B) {
	l, bug := bugOf(b, `"rename" in request.fields`, `observation.effects.datastore.exists(e, e.kind == "Class" && has(e.set.title))`)
	b.ReportAllocs()
	for b.Loop() {
		f := l.Facts(testCase, testObservation, testObservation)
		if ok, err := bug.Triggered(f); !ok || err != nil {
			b.Fatal(ok, err)
		}
		if s, err := bug.ByCandidate(f); s != Shown || err != nil {
			b.Fatal(s, err)
		}
	}
}
