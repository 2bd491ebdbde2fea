package shape

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

// renaming is a case that renames a title, with what a row of a table changes.
func renaming(document, variables string, change func(*corpus.Case)) *corpus.Case {
	c := &corpus.Case{
		Recorded: corpus.Recorded{At: time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC), Implementation: "legacy"},
		Request:  corpus.Request{Document: document},
		Fixture: corpus.Fixture{Stores: map[string]corpus.State{"datastore": {
			Entities: []corpus.Entity{{
				Key:        corpus.Key{Path: []corpus.PathElement{{Kind: "Class", ID: 7}, {Kind: "Assignment", ID: 42}}},
				Properties: map[string]corpus.Value{"title": "Old", "points": int64(10)}, Unindexed: []string{"title"},
			}},
		}}},
		Expect: corpus.Observation{HTTP: corpus.HTTP{Status: 200}, Response: corpus.JSON(`{"data":{"rename":{"id":"42"}}}`)},
	}
	if variables != "" {
		c.Request.Variables = corpus.JSON(variables)
	}
	if change != nil {
		change(c)
	}
	operation, fields, err := corpus.RootFields(document, "")
	if err != nil {
		panic(err)
	}
	c.Request.Operation, c.Request.Fields = operation, fields
	c.Name = corpus.CaseName(c, nil)
	return c
}

const rename = `mutation Rename($id: ID!, $title: String, $tags: [String!]) { rename(id: $id, title: $title, tags: $tags) { id } }`

// TestShape compares a case with one that differs from it in one thing.
func TestShape(t *testing.T) {
	const first = `{"id":"42","title":"New","tags":["a"]}`
	entity := func(c *corpus.Case) *corpus.Entity { return &c.Fixture.Stores["datastore"].Entities[0] }
	for _, tt := range []struct {
		reason, document, variables string
		change                      func(*corpus.Case)
		same                        bool
	}{
		{"other ids and texts", rename, `{"id":"43","title":"Newer","tags":["b"]}`, nil, true},
		{"other names, white space and aliases", "mutation Other($i:ID!,$t:String,$g:[String!]){x:rename(tags:$g,id:$i,title:$t){key:id}}", `{"i":"1","t":"b","g":["c"]}`, nil, true},
		{"a literal for a variable", `mutation($g:[String!]){rename(id:"42",title:"New",tags:$g){id}}`, `{"g":["a"]}`, nil, true},
		{"the default of a variable", `mutation($t:String="New"){rename(id:"42",title:$t,tags:["a"]){id}}`, "", nil, true},
		{"a fragment", `mutation{rename(id:"42",title:"New",tags:["a"]){...F}} fragment F on Assignment{id}`, "", nil, false},
		{"null for a text", rename, `{"id":"42","title":null,"tags":["a"]}`, nil, false},
		{"absent", rename, `{"id":"42","tags":["a"]}`, nil, false},
		{"an empty text", rename, `{"id":"42","title":"","tags":["a"]}`, nil, false},
		{"a number for a text", rename, `{"id":42,"title":"New","tags":["a"]}`, nil, false},
		{"an empty list", rename, `{"id":"42","title":"New","tags":[]}`, nil, false},
		{"a longer list", rename, `{"id":"42","title":"New","tags":["a","b"]}`, nil, false},
		{"an enum value", rename, `{"id":"42","title":"OPEN","tags":["a"]}`, nil, false},
		{"another selection", `mutation{rename(id:"42",title:"New",tags:["a"]){id title}}`, "", nil, false},
		{"another field", `mutation{renameClass(id:"42",title:"New",tags:["a"]){id}}`, "", nil, false},
		{"another header's value", rename, first, func(c *corpus.Case) { c.Request.Headers = map[string]string{"x-user": "ann"} }, false},
		{"another stored text", rename, first, func(c *corpus.Case) { entity(c).Properties["title"] = "Older" }, true},
		{"another key", rename, first, func(c *corpus.Case) { entity(c).Key.Path[1].ID = 43 }, true},
		{"a stored null", rename, first, func(c *corpus.Case) { entity(c).Properties["title"] = nil }, false},
		{"a stored float", rename, first, func(c *corpus.Case) { entity(c).Properties["points"] = 10.0 }, false},
		{"no flag of an index", rename, first, func(c *corpus.Case) { entity(c).Unindexed = nil }, false},
		{"another kind", rename, first, func(c *corpus.Case) { entity(c).Key.Path[1].Kind = "Exercise" }, false},
		{"an absent key", rename, first, func(c *corpus.Case) {
			s := c.Fixture.Stores["datastore"]
			s.Absent = []corpus.Key{{Path: []corpus.PathElement{{Kind: "User", Name: "ann"}}}}
			c.Fixture.Stores["datastore"] = s
		}, false},
		{"another result", rename, first, func(c *corpus.Case) { c.Expect.Response = corpus.JSON(`{"data":{"rename":{"id":"7"}}}`) }, true},
		{"a refusal", rename, first, func(c *corpus.Case) {
			c.Expect.Response = corpus.JSON(`{"data":{"rename":null},"errors":[{"message":"no","path":["rename"]}]}`)
		}, false},
		{"another status", rename, first, func(c *corpus.Case) { c.Expect.HTTP.Status = 400 }, false},
		{"an effect", rename, first, func(c *corpus.Case) {
			c.Expect.Effects = map[string][]corpus.Effect{"datastore": {{Op: corpus.Delete, Key: entity(c).Key}}}
		}, false},
		{"a call", rename, first, func(c *corpus.Case) {
			c.Expect.Calls = []corpus.Call{{Upstream: "mail", Request: corpus.CallRequest{Method: "POST", Path: "/send"}, Response: corpus.CallResponse{Status: 202}}}
		}, false},
	} {
		a, b := renaming(rename, first, nil), renaming(tt.document, tt.variables, tt.change)
		if got := Of(a) == Of(b); got != tt.same {
			t.Errorf("%s: same shape %v, want %v\n%s", tt.reason, got, tt.same, cmp.Diff(Text(a), Text(b)))
		}
	}
}

// TestMessages wants refusals told apart by what they refuse, not by whom.
func TestMessages(t *testing.T) {
	refused := func(text string) *corpus.Case {
		return renaming(rename, `{"id":"42"}`, func(c *corpus.Case) {
			c.Expect.Response = corpus.JSON(fmt.Sprintf(`{"data":{"rename":null},"errors":[{"message":%q,"path":["rename",3]}]}`, text))
		})
	}
	if a, b := refused(`class "7" not found`), refused(`class "809" not found`); Of(a) != Of(b) {
		t.Error("two ids are two shapes")
	}
	if a, b := refused("at most 60 bytes"), refused("at most 61 bytes"); Of(a) != Of(b) {
		t.Error("two numbers are two shapes")
	}
	if a, b := refused(`class "7" not found`), refused(`class "7" is archived`); Of(a) == Of(b) {
		t.Error("two refusals are one shape")
	}
}

// TestRedisKeys wants keys told apart by what they hold, not by whose they are.
func TestRedisKeys(t *testing.T) {
	with := func(name string) *corpus.Case {
		return renaming(rename, `{"id":"42"}`, func(c *corpus.Case) {
			c.Fixture.Stores["cache"] = corpus.State{Form: corpus.Keys, Absent: []corpus.Key{corpus.RedisKey(name, 0)}}
		})
	}
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"class:7:title", "class:12:title", true},
		{"session:0f8fad5b-d9cb-469f-a165-70867728950e", "session:7c9e6679-7425-40de-944b-e07fc1f90ae7", true},
		{"etag:deadbeef01", "etag:0badcafe22", true},
		{"class:7:title", "class:7:count", false},
	} {
		if got := Of(with(tt.a)) == Of(with(tt.b)); got != tt.same {
			t.Errorf("%s and %s: same shape %v, want %v", tt.a, tt.b, got, tt.same)
		}
	}
}

// TestExponentialFragments wants a document of fragments that double each other
// answered in no time.
func TestExponentialFragments(t *testing.T) {
	document := "query { class { ...F0 } }"
	for i := range 40 {
		document += fmt.Sprintf(" fragment F%d on Class { ...F%d ...F%d }", i, i+1, i+1)
	}
	document += " fragment F40 on Class { id }"
	if got := operation(&corpus.Request{Document: document}); got != document {
		t.Errorf("the shape is %.80q", got)
	}
}

// variables generates variables of the renaming, and others of the same shape.
func variables() *rapid.Generator[[2]string] {
	text := rapid.StringMatching(`[a-z][a-z ]{0,8}`)
	return rapid.Custom(func(t *rapid.T) [2]string {
		a, b := `{"id":"`+text.Draw(t, "id")+`"`, `{"id":"`+text.Draw(t, "id")+`"`
		switch rapid.IntRange(0, 3).Draw(t, "title") {
		case 0:
			a, b = a+`,"title":null`, b+`,"title":null`
		case 1:
			a, b = a+`,"title":""`, b+`,"title":""`
		case 2:
			a, b = a+`,"title":"`+text.Draw(t, "title")+`"`, b+`,"title":"`+text.Draw(t, "title")+`"`
		}
		switch rapid.IntRange(0, 3).Draw(t, "tags") {
		case 0:
			a, b = a+`,"tags":[]`, b+`,"tags":[]`
		case 1:
			a, b = a+`,"tags":["`+text.Draw(t, "tag")+`"]`, b+`,"tags":["`+text.Draw(t, "tag")+`"]`
		case 2:
			a, b = a+`,"tags":["x","`+text.Draw(t, "tag")+`"]`, b+`,"tags":["y","z","`+text.Draw(t, "tag")+`"]`
		}
		return [2]string{a + "}", b + "}"}
	})
}

// TestShapeIgnoresWhich wants values of one sort to be one shape.
func TestShapeIgnoresWhich(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pair := variables().Draw(t, "variables")
		a, b := renaming(rename, pair[0], nil), renaming(rename, pair[1], nil)
		if Of(a) != Of(b) {
			t.Fatalf("two shapes:\n%s", cmp.Diff(Text(a), Text(b)))
		}
	})
}

// TestLimit wants so many of each shape kept as asked for, and no shape lost:
// whatever the order of the traffic, and whether it came on one day or on two.
func TestLimit(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		out := filepath.Join(dir, rapid.StringMatching(`[a-z]{12}`).Draw(t, "directory"))
		defer func() { _ = os.RemoveAll(out) }()
		most := rapid.IntRange(1, 3).Draw(t, "most")
		traffic := rapid.SliceOfN(variables(), 0, 12).Draw(t, "traffic")
		nextDay := rapid.IntRange(0, len(traffic)).Draw(t, "next day")
		var l *Limit
		came, kept := map[Shape]map[string]bool{}, map[Shape]int{}
		for i, v := range traffic {
			if i == 0 || i == nextDay {
				var err error
				if l, err = NewLimit(most, out); err != nil {
					t.Fatal(err)
				}
			}
			c := renaming(rename, v[i%2], nil)
			if came[Of(c)] == nil {
				came[Of(c)] = map[string]bool{}
			}
			if came[Of(c)][c.Name] {
				continue // the recorder knows it already
			}
			came[Of(c)][c.Name] = true
			if l.Take(c) {
				kept[Of(c)]++
				if _, err := corpus.Save(out, c); err != nil {
					t.Fatal(err)
				}
			}
		}
		for s, names := range came {
			if want := min(most, len(names)); kept[s] != want {
				t.Fatalf("kept %d of %d cases of a shape, want %d", kept[s], len(names), want)
			}
		}
	})
}

func TestLimitRefuses(t *testing.T) {
	if _, err := NewLimit(0, t.TempDir()); err == nil {
		t.Error("0 cases per shape: a corpus would stay empty")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.yaml"), []byte("version: 9"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := NewLimit(1, dir); err == nil {
		t.Error("a corpus that cannot be read counts as empty")
	}
}

// TestReturn gives a place back.
func TestReturn(t *testing.T) {
	l, err := NewLimit(1, filepath.Join(t.TempDir(), "none"))
	if err != nil {
		t.Fatal(err)
	}
	c := renaming(rename, `{"id":"1"}`, nil)
	if !l.Take(c) || l.Take(c) {
		t.Error("not one of one passes")
	}
	l.Return(c)
	if !l.Take(c) || l.Shapes() != 1 {
		t.Error("what was given back cannot be taken")
	}
}

// TestClassroom wants the example's corpus, which was made by hand to show something
// new with each case, to have far more shapes than fields.
func TestClassroom(t *testing.T) {
	shapes := map[Shape]int{}
	cases := classroom(t)
	for _, c := range cases {
		shapes[Of(c)]++
	}
	if n := len(shapes); n < len(cases)*2/3 {
		t.Errorf("%d cases have %d shapes only", len(cases), n)
	}
}

// TestShapeOutlivesWriting wants each case of the example in its shape after it was
// saved and read again, and with its document written in another way.
func TestShapeOutlivesWriting(t *testing.T) {
	for _, c := range classroom(t) {
		text, err := corpus.Format(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := corpus.Parse(c.Name+".yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		if Of(c) != Of(again) {
			t.Errorf("%s, read again:\n%s", c.Name, cmp.Diff(Text(c), Text(again)))
		}
		doc, err := parser.ParseQuery(&ast.Source{Input: c.Request.Document})
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range doc.Operations {
			backwards(op.SelectionSet, op.Operation == ast.Mutation)
		}
		for _, f := range doc.Fragments {
			backwards(f.SelectionSet, false)
		}
		var b strings.Builder
		formatter.NewFormatter(&b, formatter.WithIndent(" ")).FormatQueryDocument(doc)
		again.Request.Document = b.String()
		if Of(c) != Of(again) {
			t.Errorf("%s, written otherwise:\n%s\n%s", c.Name, b.String(), cmp.Diff(Text(c), Text(again)))
		}
	}
}

// backwards reverses what is selected, the root fields of a mutation excepted, and
// renames everything.
func backwards(set ast.SelectionSet, keep bool) {
	if !keep {
		slices.Reverse(set)
	}
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			s.Alias = "x_" + s.Name
			slices.Reverse(s.Arguments)
			backwards(s.SelectionSet, false)
		case *ast.InlineFragment:
			backwards(s.SelectionSet, false)
		}
	}
}

func classroom(t *testing.T) []*corpus.Case {
	t.Helper()
	cases, err := corpus.Open(filepath.Join("..", "..", "examples", "classroom", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	return cases.Cases
}
