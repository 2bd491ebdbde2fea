package corpus_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

var session = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)

// ofSession reports whether an instant lies in the session.
func ofSession(t time.Time) bool { return !t.Before(session) && !t.After(session.Add(6*time.Minute)) }

// recorded is a case with one entity, recorded five minutes into the session.
func recorded(change func(*corpus.Case)) *corpus.Case {
	c := &corpus.Case{
		Recorded: corpus.Recorded{At: session.Add(5 * time.Minute)},
		Request: corpus.Request{
			Operation: corpus.Mutation, Fields: []string{"renameAssignment"}, OperationName: "Rename",
			Document: "mutation Rename { renameAssignment }", Variables: corpus.JSON(`{"id":1}`),
		},
		Fixture: corpus.Fixture{Stores: map[string]corpus.State{"datastore": {
			Entities: []corpus.Entity{
				{Key: key("", "A", 1), Properties: map[string]corpus.Value{
					"at":     session.Add(time.Minute),
					"nested": []corpus.Value{&corpus.Entity{Properties: map[string]corpus.Value{"at": session.Add(2 * time.Minute)}}},
				}},
				{Key: key("", "A", 2)},
			},
			Absent: []corpus.Key{key("", "B", 1)},
		}}},
	}
	if change != nil {
		change(c)
	}
	return c
}

func TestCaseNameIsTheSameForTheSameThing(t *testing.T) {
	want := corpus.CaseName(recorded(nil), ofSession)
	entity := func(c *corpus.Case) *corpus.Entity { return &c.Fixture.Stores["datastore"].Entities[0] }
	for _, row := range []struct {
		change func(*corpus.Case)
		same   bool
		reason string
	}{
		{func(c *corpus.Case) { entity(c).Properties["at"] = session }, true, "a time of the session"},
		{func(c *corpus.Case) { entity(c).Properties["at"] = c.Recorded.At.Add(time.Minute) }, true, "a time just after the recording"},
		{func(c *corpus.Case) { entity(c).Properties["at"] = session.Add(-time.Microsecond) }, false, "a time before the session"},
		{func(c *corpus.Case) { entity(c).Properties["at"] = c.Recorded.At.Add(time.Hour) }, false, "a time to come"},
		{func(c *corpus.Case) { c.Recorded.At = c.Recorded.At.Add(time.Second) }, true, "recorded at another time"},
		{func(c *corpus.Case) { c.Recorded.Revision = "2" }, true, "recorded from another revision"},
		{func(c *corpus.Case) { c.Expect.HTTP.Status = 500 }, true, "another answer"},
		{func(c *corpus.Case) { slices.Reverse(c.Fixture.Stores["datastore"].Entities) }, true, "entities in another order"},
		{func(c *corpus.Case) { c.Request.Variables = corpus.JSON(`{"id":2}`) }, false, "other variables"},
		{func(c *corpus.Case) { c.Request.Variables = nil }, false, "no variables"},
		{func(c *corpus.Case) { c.Request.Document += "\n" }, false, "another byte in the document"},
		{func(c *corpus.Case) { c.Request.Headers = map[string]string{"x-user": "a"} }, false, "a header"},
		{func(c *corpus.Case) { entity(c).Unindexed = []string{"at"} }, false, "another index flag"},
		{func(c *corpus.Case) { entity(c).Properties["n"] = int64(1) }, false, "another property"},
	} {
		if have := corpus.CaseName(recorded(row.change), ofSession); (have == want) != row.same {
			t.Errorf("%s: %s and %s", row.reason, want, have)
		}
	}
	if have := corpus.CaseName(recorded(nil), nil); have == want {
		t.Error("without a session every instant counts")
	}
}

func TestValuesOfDifferentTypesHaveDifferentNames(t *testing.T) {
	seen := map[string]corpus.Value{}
	for _, v := range []corpus.Value{
		nil, true, false, int64(1), 1.0, "1", []byte("1"), key("", "A", 1), key("", "A", "1"), time.UnixMicro(1).UTC(),
		corpus.GeoPoint{Lat: 1},
		corpus.GeoPoint{Lng: 1},
		[]corpus.Value{},
		[]corpus.Value{nil},
		&corpus.Entity{},
		&corpus.Entity{Key: key("", "A", 1)},
		corpus.Meant{Meaning: 1, Value: int64(1)},
		corpus.Meant{Meaning: 2, Value: int64(1)},
	} {
		name := corpus.CaseName(recorded(func(c *corpus.Case) {
			c.Fixture.Stores["datastore"].Entities[0].Properties["v"] = v
		}), ofSession)
		if other, ok := seen[name]; ok {
			t.Errorf("%#v and %#v have the same name", v, other)
		}
		seen[name] = v
	}
}

func TestCaseNameIsReadable(t *testing.T) {
	for _, row := range []struct{ field, operation, want, reason string }{
		{"renameAssignment", "Rename", "renameAssignment/rename-", "field and operation"},
		{"renameAssignment", "", "renameAssignment/rename-assignment-", "no operation name: the field again"},
		{"a", "renameHTTPPage_v2", "a/rename-http-page-v2-", "words of an identifier"},
		{"_entities", "Subgraph__users__0", "entities/subgraph-users-0-", "a directory with an underscore would be no case"},
		{"__typename", "_", "typename/typename-", "nor may it be empty"},
		{"_", "___", "case/case-", "nothing but underscores"},
		{"a", strings.Repeat("Long", 20), "a/" + strings.Repeat("long-", 7) + "long-", "a long name is cut"},
		{"class", "CON", "class/con-", "the hash keeps names apart from device names"},
	} {
		name := corpus.CaseName(recorded(func(c *corpus.Case) {
			c.Request.Fields, c.Request.OperationName = []string{row.field}, row.operation
		}), ofSession)
		if prefix, hash := name[:len(name)-8], name[len(name)-8:]; prefix != row.want || strings.Trim(hash, "0123456789abcdef") != "" {
			t.Errorf("%s: want %s, have %s", row.reason, row.want, name)
		}
	}
}

// TestNamesOutliveVersions: names of recorded files must not change with the
// program.
func TestNamesOutliveVersions(t *testing.T) {
	if have, want := corpus.CaseName(recorded(nil), ofSession), "renameAssignment/rename-818472c5"; have != want {
		t.Errorf("want %s, have %s", want, have)
	}
}

func TestFormatDoesNotChangeTheName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := cases().Draw(t, "case")
		data, err := corpus.Format(c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := corpus.Parse(c.File, data)
		if err != nil {
			t.Fatal(err)
		}
		if before, after := corpus.CaseName(c, ofSession), corpus.CaseName(back, ofSession); before != after {
			t.Fatalf("%s became %s", before, after)
		}
	})
}
