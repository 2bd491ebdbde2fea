package coverage_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/coverage"
	"github.com/sidebyside/replay/normalizers"
)

var update = flag.Bool("update", false, "rewrite golden files")

func loadSchema(t *testing.T, file string) *normalizers.Schema {
	t.Helper()
	sdl, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return parseSchema(t, string(sdl))
}

func parseSchema(t *testing.T, sdl string) *normalizers.Schema {
	t.Helper()
	schema, err := normalizers.LoadSchema("schema.graphql", []byte(sdl))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// request is a case with a request and its answer; the operation is found out.
func request(t *testing.T, name, document, variables, response string) *corpus.Case {
	t.Helper()
	op, fields, err := corpus.RootFields(document, "")
	if err != nil {
		t.Fatal(err)
	}
	cs := &corpus.Case{
		Name: name, Recorded: corpus.Recorded{At: time.Unix(0, 0)},
		Request: corpus.Request{Operation: op, Fields: fields, Document: document},
		Expect:  corpus.Observation{Response: corpus.JSON(response)},
	}
	if variables != "" {
		cs.Request.Variables = corpus.JSON(variables)
	}
	return cs
}

// school is a corpus small enough to be counted by hand.
func school(t *testing.T) []*corpus.Case {
	t.Helper()
	add := `mutation ($in: TaskInput!, $level: Level) { addTask(input: $in, level: $level) }`
	cases := []*corpus.Case{
		request(t, "addTask/1", add, `{"in":{"title":"Größe","points":0}}`, `{"data":{"addTask":"1"}}`),
		request(t, "addTask/2", add, `{"in":{"title":null,"notes":[]},"level":"HARD"}`, `{"data":{"addTask":"2"}}`),
		request(t, "addTask/3", `mutation { addTask(input: {title: "", points: -1, notes: {text: "a", stars: 1.5}}, level: null, urgent: true) }`,
			"", `{"data":{"addTask":null},"errors":[{"message":"no","path":["addTask"]}]}`),
		request(t, "addTask/4", add, `{"in":{"points":null}}`, `{"errors":[{"message":"points must not be null"}]}`),
		request(t, "person/1", `{ person(id: "7") { name ... on Student { marks(from: 2) } } }`, "",
			`{"data":{"person":{"name":"Ann","marks":[1]}}}`),
		request(t, "removeTask/1", `mutation { gone: removeTask(id: "1") { ... on Removed { by { __typename } } } }`, "",
			`{"data":{"gone":{"by":{"__typename":"Coach"}}}}`),
	}
	task := func(id int64) corpus.Key {
		return corpus.Key{Path: []corpus.PathElement{{Kind: "Task", ID: id}}}
	}
	cases[0].Fixture.Stores = map[string]corpus.State{"datastore": {Absent: []corpus.Key{task(1)}}}
	cases[5].Fixture.Stores = map[string]corpus.State{"datastore": {Entities: []corpus.Entity{{Key: task(1)}}}}
	return cases
}

// TestCountedByHand counts a small corpus. Its goldens were checked by hand:
//
//	Mutation.addTask                                                 25 of 46
//	  input                  value                                    1 of  1
//	  input.title            null value empty non-ascii, no absent
//	                         (it was refused) and no long             4 of  6
//	  input.points           absent zero negative, no value min max   3 of  6
//	  input.notes            absent empty one, no null many           3 of  5
//	  input.notes[]          value                                    1 of  1
//	  input.notes[].text     value, no empty long non-ascii           1 of  4
//	  input.notes[].stars    value fraction, no absent null zero
//	                         negative large                           2 of  7
//	  input.notes[].next     absent, no null value                    1 of  3
//	  level                  absent null HARD, no EASY                3 of  4
//	  urgent                 absent true, no null false               2 of  4
//	  outcome                all three                                3 of  3
//	  datastore: Task        absent, no present                       1 of  2
//	Mutation.removeTask                                               5 of 11
//	  id                     value, no empty                          1 of  2
//	  answer                 Removed, no Kept                         1 of  2
//	  answer at Removed.by   Coach, no Student                        1 of  2
//	  outcome                success                                  1 of  3
//	  datastore: Task        present, no absent                       1 of  2
//	Query.person                                                      3 of  7
//	  id, answer, outcome    value; Student; success                  3 of  2 + 2 + 3
//	Student.marks                                                     2 of 11
//	  from                   value, no absent null zero negative
//	                         min max                                  1 of  7
//	  level                  absent, no null EASY HARD                1 of  4
func TestCountedByHand(t *testing.T) {
	cov := coverage.Of(loadSchema(t, "testdata/school/schema.graphql"), school(t))
	want := map[string][3]int{ // cases, exercised, possible
		"Mutation.addTask":    {4, 25, 46},
		"Mutation.removeTask": {1, 5, 11},
		"Query.person":        {1, 3, 7},
		"Student.marks":       {1, 2, 11},
	}
	for name, counts := range want {
		f := cov.Field(name)
		if f == nil {
			t.Errorf("no coverage of %s", name)
			continue
		}
		if got := [3]int{f.Cases, f.Exercised, f.Possible}; got != counts {
			t.Errorf("%s: %v cases, exercised and possible shapes; want %v", name, got, counts)
		}
	}
	if len(cov.Fields) != len(want) {
		t.Errorf("%d fields, want %d", len(cov.Fields), len(want))
	}
	golden(t, "testdata/school/coverage.txt", cov.WriteText)
	golden(t, "testdata/school/coverage.json", cov.WriteJSON)
}

func golden(t *testing.T, file string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s\nrun with -update if the new text is right", file, diff)
	}
}
