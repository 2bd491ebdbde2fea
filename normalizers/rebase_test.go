package normalizers

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

const rebaseSDL = `
scalar DateTime
scalar Date
scalar TimeZone
type Task { id: ID! title: String due: DateTime day: Date zone: TimeZone at: Int note: String weekday: Int tasks: [Task] dues: [DateTime!] }
input TaskInput { title: String due: DateTime days: [Date!] inner: TaskInput }
type Query { task(id: ID): Task }
type Mutation { add(input: TaskInput, at: DateTime): Task }
`

func rebaseRules(t *testing.T, schema *Schema, text string) *Rules {
	t.Helper()
	if text == "" {
		return nil
	}
	doc, node := strictyaml.Parse("replay.yaml", []byte(text))
	rules := Parse(node, schema, WithUpstreams("mail"))
	if err := doc.Problems().Err(); err != nil {
		t.Fatal(err)
	}
	return rules
}

func rebaseSchema(t *testing.T) *Schema {
	t.Helper()
	s, err := LoadSchema("schema.graphql", []byte(rebaseSDL))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var tomorrow = Shift{By: day, Days: 1}

func recordedCase() *corpus.Case {
	return &corpus.Case{
		Recorded: corpus.Recorded{At: time.Date(2026, 11, 20, 14, 3, 22, 0, time.UTC)},
		Request:  corpus.Request{Document: `mutation ($input: TaskInput, $at: DateTime) { add(input: $input, at: $at) { ...T tasks { due } } } fragment T on Task { when: due day dues zone id at note title }`},
	}
}

func TestRebaseJSON(t *testing.T) {
	schema := rebaseSchema(t)
	tests := []struct{ reason, rules, variables, response, wantVariables, wantResponse string }{
		{
			"the schema says what is an instant, through aliases, fragments and lists", "",
			`{"at":"2026-11-20T10:00:00Z","input":{"title":"x","due":"2026-11-20","days":["2026-11-20","2026-11-30"],"inner":{"due":"2026-11-20T10:00:00+01:00"}}}`,
			`{"data":{"add":{"when":"2026-11-20T10:00:00.50Z","day":"2026-11-20","dues":["2026-12-31T00:00:00Z",null],"tasks":[{"due":null},{"due":"2026-11-20T23:59:59Z"}]}}}`,
			`{"at":"2026-11-21T10:00:00Z","input":{"title":"x","due":"2026-11-21","days":["2026-11-21","2026-12-01"],"inner":{"due":"2026-11-21T10:00:00+01:00"}}}`,
			`{"data":{"add":{"when":"2026-11-21T10:00:00.50Z","day":"2026-11-21","dues":["2027-01-01T00:00:00Z",null],"tasks":[{"due":null},{"due":"2026-11-21T23:59:59Z"}]}}}`,
		},
		{
			"one value for a list of dates is such a list", "", `{"input":{"days":"2026-11-20"}}`, `{"data":{}}`, `{"input":{"days":"2026-11-21"}}`, `{"data":{}}`,
		},
		{
			"a text is none, whatever it looks like, and a zone neither", "", `{"input":{"title":"2026-11-20"}}`,
			`{"data":{"add":{"title":"2026-11-20T10:00:00Z","zone":"2026-11-20","id":"2026-11-20"}}}`, `{"input":{"title":"2026-11-20"}}`,
			`{"data":{"add":{"title":"2026-11-20T10:00:00Z","zone":"2026-11-20","id":"2026-11-20"}}}`,
		},
		{
			"rules say it of texts and numbers, by coordinate and by path",
			`[{match: {coordinate: Task.at}, use: now, reason: r}, {match: {path: "response:data.add.note"}, use: instant, reason: r}, {match: {path: "response:errors[*].at"}, use: date, reason: r}]`,
			`{}`, `{"data":{"add":{"at":1795183402,"note":"2026-11-20 14:03:22","title":"2026-11-20"}},"errors":[{"at":"2026-11-20"}]}`,
			`{}`, `{"data":{"add":{"at":1795269802,"note":"2026-11-21 14:03:22","title":"2026-11-20"}},"errors":[{"at":"2026-11-21"}]}`,
		},
		{
			"what is not JSON, or not there, stays", "", ``, `<html>`, ``, `<html>`,
		},
		{
			"literals and repetitions around a moved value stay", "", `{"at":"2026-11-20","x":1.0,"x":1e2}`, `{"data":{}}`, `{"at":"2026-11-21","x":1.0,"x":1e2}`, `{"data":{}}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			cs := recordedCase()
			if tt.variables != "" {
				cs.Request.Variables = corpus.JSON(tt.variables)
			}
			cs.Expect.Response = corpus.JSON(tt.response)
			got := Rebase(rebaseRules(t, schema, tt.rules), schema, cs, tomorrow).Case
			if diff := cmp.Diff(tt.wantVariables, string(got.Request.Variables)); diff != "" {
				t.Errorf("variables (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantResponse, string(got.Expect.Response)); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
			if string(cs.Request.Variables) != tt.variables || string(cs.Expect.Response) != tt.response {
				t.Error("the case itself was modified")
			}
		})
	}
}

func TestRebaseOfEntitiesAskedForByAGateway(t *testing.T) {
	schema, err := LoadSchema("schema.graphql", []byte(`scalar DateTime type Task @key(fields: "id") { id: ID! due: DateTime } type Query { x: Int }`))
	if err != nil {
		t.Fatal(err)
	}
	cs := &corpus.Case{Request: corpus.Request{
		Document:  `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Task { due } } }`,
		Variables: corpus.JSON(`{"r":[{"__typename":"Task","id":"1","due":"2026-11-20T10:00:00Z"}]}`),
	}, Expect: corpus.Observation{Response: corpus.JSON(`{"data":{"_entities":[{"due":"2026-11-20T10:00:00Z"}]}}`)}}
	got := Rebase(nil, schema, cs, tomorrow)
	if got.Moved != 2 || string(got.Case.Request.Variables) != `{"r":[{"__typename":"Task","id":"1","due":"2026-11-21T10:00:00Z"}]}` {
		t.Errorf("moved %d: %s", got.Moved, got.Case.Request.Variables)
	}
}

func taskKeyNamed(name string) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: "Task", Name: name}}}
}

func TestRebaseStores(t *testing.T) {
	instant := func(d int) time.Time { return time.Date(2026, 11, d, 10, 0, 0, 5000, time.UTC) }
	rules := rebaseRules(t, nil, `[{match: {property: Task.stamp}, use: now, reason: r}, {match: {property: Task.day}, use: date, reason: r}, {match: {path: "effects:datastore/Task/*.log[*]"}, use: instant, reason: r}]`)
	properties := func(d int) map[string]corpus.Value {
		return map[string]corpus.Value{
			"due": instant(d), "never": time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), "null": nil, "n": int64(1795183402),
			"stamp": int64(1795183402) + int64(d-20)*86400, "day": fmt.Sprintf("2026-11-%d", d), "text": "2026-11-20",
			"log":   []corpus.Value{fmt.Sprintf("2026-11-%dT10:00:00Z", d), "x"},
			"inner": &corpus.Entity{Properties: map[string]corpus.Value{"at": instant(d), "list": []corpus.Value{corpus.Meant{Meaning: 18, Value: instant(d)}}}},
		}
	}
	on := func(d int) *corpus.Case {
		cs := recordedCase()
		cs.Recorded.At = cs.Recorded.At.AddDate(0, 0, d-20)
		cs.Fixture.Stores = map[string]corpus.State{"datastore": {
			Entities: []corpus.Entity{
				{Key: taskKeyNamed("a"), Properties: map[string]corpus.Value{"title": "no date"}},
				{Key: taskKeyNamed("b"), Properties: properties(d), Unindexed: []string{"text"}},
			},
			Absent: []corpus.Key{taskKeyNamed("c")},
		}}
		cs.Expect.Effects = map[string][]corpus.Effect{"datastore": {
			{Op: corpus.Insert, Key: taskKeyNamed("c"), Properties: properties(d)},
			{Op: corpus.Update, Key: taskKeyNamed("b"), Set: map[string]corpus.Change{
				"due": {From: new(corpus.Value(instant(d))), To: new(corpus.Value(instant(d + 1)))}, "gone": {From: new(corpus.Value(instant(d)))}, "day": {To: new(corpus.Value(fmt.Sprintf("2026-11-%d", d)))},
			}},
			{Op: corpus.Delete, Key: taskKeyNamed("a")},
		}}
		return cs
	}
	cs := on(20)
	got := Rebase(rules, nil, cs, tomorrow)
	if diff := cmp.Diff(on(21), got.Case); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(on(20), cs); diff != "" {
		t.Errorf("the case itself was modified (-want +got):\n%s", diff)
	}
}

// A base and changes on it become the state that they mean.
func TestRebaseResolvesTheBaseOfAFixture(t *testing.T) {
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	cs := recordedCase()
	cs.Fixture = corpus.Fixture{
		Base:    "../base.yaml",
		Shared:  map[string]corpus.State{"datastore": {Entities: []corpus.Entity{{Key: taskKeyNamed("a"), Properties: map[string]corpus.Value{"due": at}}}}},
		Changes: map[string][]corpus.Effect{"datastore": {{Op: corpus.Insert, Key: taskKeyNamed("b"), Properties: map[string]corpus.Value{"due": at}}}},
	}
	got := Rebase(nil, nil, cs, tomorrow).Case.State("datastore")
	want := corpus.State{Entities: []corpus.Entity{
		{Key: taskKeyNamed("a"), Properties: map[string]corpus.Value{"due": at.Add(day)}},
		{Key: taskKeyNamed("b"), Properties: map[string]corpus.Value{"due": at.Add(day)}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

func TestRebaseNamesWhatStaysBehind(t *testing.T) {
	schema := rebaseSchema(t)
	exact := Shift{By: 25 * time.Hour, Days: 1}
	week := Shift{By: 7 * day, Days: 7}
	response := func(text string) func(*corpus.Case) {
		return func(cs *corpus.Case) { cs.Expect.Response = corpus.JSON(text) }
	}
	stored := func(props map[string]corpus.Value) func(*corpus.Case) {
		return func(cs *corpus.Case) {
			cs.Fixture.Stores = map[string]corpus.State{"ds": {Entities: []corpus.Entity{{Key: taskKeyNamed("a"), Properties: props}}}}
		}
	}
	tests := []struct {
		reason string
		by     Shift
		change func(*corpus.Case)
		want   []Unshifted
	}{
		{"nothing that could be a date", tomorrow, response(`{"data":{"add":{"note":"20 apples for 19.20, call 1920-20"}}}`), nil},
		{"a date that stands alone where nothing says that it is one", tomorrow, response(`{"data":{"add":{"note":"2026-11-20"}}}`), []Unshifted{{"response.data.add.note", "2026-11-20", undeclared}}},
		{"once is enough", tomorrow, response(`{"data":{"add":{"note":"2026-11-20","title":"2026-11-20"}}}`), []Unshifted{{"response.data.add.note", "2026-11-20", undeclared}}},
		{"a date in a sentence", tomorrow, response(`{"data":null,"errors":[{"message":"due on 20 November 2026"}]}`), []Unshifted{{"response.errors[0].message", `20 November 2026 in "due on 20 November 2026"`, inText}}},
		{"a Relay cursor", tomorrow, response(`{"data":{"add":{"note":"Y3Vyc29yOjIwMjYtMTEtMjA="}}}`), []Unshifted{{"response.data.add.note", "Y3Vyc29yOjIwMjYtMTEtMjA=", inBase64}}},
		{"a type that is named like a date, with a text that is none", tomorrow, response(`{"data":{"add":{"when":"20 Nov 26"}}}`), []Unshifted{{"response.data.add.when", "20 Nov 26", notRead}}},
		{"words instead of a date", tomorrow, response(`{"data":{"add":{"when":"tomorrow"}}}`), nil},
		{"a date in the name of a member of free JSON", tomorrow, func(cs *corpus.Case) { cs.Request.Extensions = corpus.JSON(`{"2026-11-20":1}`) }, []Unshifted{{"extensions.2026-11-20", "2026-11-20", inName}}},
		{"a date in the document", tomorrow, func(cs *corpus.Case) { cs.Request.Document = `{ task(id: "2026-11-20") { id } }` }, []Unshifted{{"document", `2026-11-20 in "{ task(id: \"2026-11-20\") { id } }"`, inText}}},
		{"a date in a header", tomorrow, func(cs *corpus.Case) {
			cs.Request.Headers = map[string]string{"if-modified-since": "Fri, 20 Nov 2026 14:03:22 GMT"}
		}, []Unshifted{{"headers.if-modified-since", "Fri, 20 Nov 2026 14:03:22 GMT", undeclared}}},
		{"a signed token", tomorrow, func(cs *corpus.Case) {
			cs.Request.Headers = map[string]string{"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln"}
		}, []Unshifted{{"headers.authorization", "Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjF9.c2ln", signed}}},
		{"a date in a key", tomorrow, func(cs *corpus.Case) {
			cs.Fixture.Stores = map[string]corpus.State{"ds": {Absent: []corpus.Key{taskKeyNamed("log-2026-11-20")}}}
		}, []Unshifted{{"fixture.ds.Task/log-2026-11-20", "log-2026-11-20", inKey}}},
		{"a number that is an instant of these days", tomorrow, stored(map[string]corpus.Value{"n": int64(1795183402)}), []Unshifted{{"fixture.ds.Task/a.n", "1795183402", maybeNumber}}},
		{"a number that is far from them", tomorrow, stored(map[string]corpus.Value{"n": int64(5629499534213120)}), nil},
		{"weekdays beside an instant, as a name and as a number", tomorrow, stored(map[string]corpus.Value{"due": time.Unix(1795183402, 0), "on": "Friday", "weekday": int64(5)}), []Unshifted{{"fixture.ds.Task/a.on", "Friday", besideDate}, {"fixture.ds.Task/a.weekday", "5", besideDate}}},
		{"weekdays of a moved JSON object", tomorrow, response(`{"data":{"add":{"when":"2026-11-20T10:00:00Z","weekday":5}}}`), []Unshifted{{"response.data.add.weekday", "5", besideDate}}},
		{"whole weeks keep them", week, stored(map[string]corpus.Value{"due": time.Unix(1795183402, 0), "on": "Fri"}), nil},
		{"without an instant beside it, a weekday is one of every week", tomorrow, stored(map[string]corpus.Value{"weekday": int64(5)}), nil},
		{"a time of day moves by other than whole days", exact, response(`{"data":{"add":{"day":"14:03:22"}}}`), []Unshifted{{"response.data.add.day", "14:03:22", timeOfDay}}},
		{"by whole days it stays right", tomorrow, response(`{"data":{"add":{"day":"14:03:22"}}}`), nil},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			cs := recordedCase()
			tt.change(cs)
			if diff := cmp.Diff(tt.want, Rebase(nil, schema, cs, tt.by).Left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
		})
	}
}

// What a rule says not to look at needs no words.
func TestRebaseIsQuietWhereARuleIgnores(t *testing.T) {
	schema := rebaseSchema(t)
	cs := recordedCase()
	cs.Expect.Response = corpus.JSON(`{"data":{"add":{"note":"2026-11-20"}}}`)
	rules := rebaseRules(t, schema, `[{match: {coordinate: Task.note}, use: ignore, reason: r}]`)
	if left := Rebase(rules, schema, cs, tomorrow).Left; left != nil {
		t.Errorf("left %v", left)
	}
}

func TestRebaseOfCalls(t *testing.T) {
	cs := recordedCase()
	cs.Expect.Calls = []corpus.Call{
		{Upstream: "mail", Request: corpus.CallRequest{Method: "POST", Path: "/send", Body: corpus.JSON(`{"at":"2026-11-20T10:00:00Z"}`)}, Response: corpus.CallResponse{Body: corpus.JSON(`{"sent":"2026-11-20"}`)}},
		{Upstream: "other", Request: corpus.CallRequest{Method: "POST", Path: "/2026-11-20", Body: corpus.JSON(`{"at":"2026-11-20T11:00:00Z"}`)}},
	}
	rules := rebaseRules(t, nil, `[{match: {upstream: mail}, use: instant, reason: r}]`)
	got := Rebase(rules, nil, cs, tomorrow)
	first := got.Case.Expect.Calls[0]
	if string(first.Request.Body) != `{"at":"2026-11-21T10:00:00Z"}` || string(first.Response.Body) != `{"sent":"2026-11-21"}` {
		t.Errorf("mail: %s, %s", first.Request.Body, first.Response.Body)
	}
	want := []Unshifted{{"calls.other[1].path", `2026-11-20 in "/2026-11-20"`, inText}, {"calls.other[1].body.at", "2026-11-20T11:00:00Z", undeclared}}
	if diff := cmp.Diff(want, got.Left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

// A case that was moved there and back is the case that it was, to the byte.
func TestRebaseThereAndBack(t *testing.T) {
	schema := rebaseSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(-3000, 3000).Draw(t, "days")
		there, back := Shift{By: time.Duration(days) * day, Days: days}, Shift{By: -time.Duration(days) * day, Days: -days}
		cs := recordedCase()
		cs.Request.Variables = corpus.JSON(fmt.Sprintf(`{"at":%q,"input":{"due":%q,"title":%q}}`, spelling(t, 1e9), spelling(t, 1e9), spelling(t, 1e9)))
		cs.Expect.Response = corpus.JSON(fmt.Sprintf(`{"data":{"add":{"when":%q,"dues":[%q,null],"note":%q}}}`, spelling(t, 1e9), spelling(t, 1e9), spelling(t, 1e9)))
		cs.Fixture.Stores = map[string]corpus.State{"ds": {Entities: []corpus.Entity{{Key: taskKeyNamed("a"), Properties: map[string]corpus.Value{
			"due": time.UnixMicro(rapid.Int64Range(1, 8e15).Draw(t, "micros")).UTC(), "text": spelling(t, 1e9),
		}}}}}
		again := Rebase(nil, schema, Rebase(nil, schema, cs, there).Case, back).Case
		if diff := cmp.Diff(cs, again); diff != "" {
			t.Fatalf("(-before +after):\n%s", diff)
		}
	})
}

func BenchmarkRebase(b *testing.B) {
	schema, err := LoadSchema("schema.graphql", []byte(rebaseSDL))
	if err != nil {
		b.Fatal(err)
	}
	cs := recordedCase()
	var s corpus.State
	for i := range 10 {
		s.Entities = append(s.Entities, corpus.Entity{Key: taskKeyNamed(fmt.Sprint(i)), Properties: map[string]corpus.Value{
			"title": "Fractions", "text": "Halves, thirds and quarters.", "points": int64(10), "weight": 1.5, "due": cs.Recorded.At, "created": cs.Recorded.At,
		}})
	}
	cs.Fixture.Stores = map[string]corpus.State{"ds": s}
	cs.Expect.Response = corpus.JSON(`{"data":{"add":{"when":"2026-11-20T10:00:00Z","note":"text"}}}`)
	for b.Loop() {
		Rebase(nil, schema, cs, tomorrow)
	}
}
