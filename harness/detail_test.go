package harness

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestHiddenPlacesAreThoseCounted wants, for every comparison on the bench, as
// many places as each rule is said to have hidden.
func TestHiddenPlacesAreThoseCounted(t *testing.T) {
	files, err := filepath.Glob("testdata/compare/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	looked := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t, archive)
		b.comparer.places = true
		got, err := b.comparer.compare(b.cs, b.left, b.right)
		if err != nil {
			continue // rules that contradict each other
		}
		counts := map[string]int{}
		for _, p := range got.Places {
			counts[p.Rule.At+" "+p.Rule.Use]++
			looked++
			if len(p.Path) == 0 || p.Left == p.Right && p.Rule.Use != "generated" {
				t.Errorf("%s: %s hid %q and %q at %v", file, p.Rule.Use, p.Left, p.Right, p.Path)
			}
		}
		want := map[string]int{}
		for _, h := range got.Hidden {
			want[h.Rule+" "+h.Use] = h.Count
		}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("%s: rules (-counted +places):\n%s", file, diff)
		}
	}
	if looked < 20 {
		t.Errorf("only %d places were looked at", looked)
	}
}

const hiding = `What rules hide in a response, a stored entity and a list.
-- schema.graphql --
scalar DateTime
type Task { title: String due: [DateTime] note: String }
type Query { t: Task }
type Mutation { m: Task }
-- replay.yaml --
- {match: {type: DateTime}, use: instant, reason: "two spellings of one instant"}
- {match: {property: Task.title}, use: trim, reason: "legacy trims late"}
- {match: {path: "response:data.m.note"}, use: ignore, reason: "for people"}
-- request.yaml --
version: 1
recorded: {at: 2026-11-20T14:03:22.184Z, implementation: legacy}
request: {operation: mutation, fields: [m], document: "mutation { m { title due note } }"}
fixture: {}
-- legacy.yaml --
http: {status: 200}
response: {data: {m: {title: a, due: ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"], note: x}}}
effects: {db: [{insert: [Task, 7], properties: {title: "a "}}]}
-- candidate.yaml --
http: {status: 200}
response: {data: {m: {title: a, due: ["2026-01-01T00:00:00Z", "2026-01-02T01:00:00+01:00"], note: y}}}
effects: {db: [{insert: [Task, 7], properties: {title: "a"}}]}
`

// TestDetailOfACase wants what was compared, and where rules hid what.
func TestDetailOfACase(t *testing.T) {
	b := newBench(t, txtar.Parse([]byte(hiding)))
	b.comparer.places = true
	got, err := b.comparer.compare(b.cs, b.left, b.right)
	if err != nil || len(got.Differences) > 0 {
		t.Fatalf("differences %v, error %v; want none", got.Differences, err)
	}
	var d Details
	b.cs.Name = "m/one"
	d.keep(b.cs, judgement{compared: [2]side{b.left, b.right}, places: got.Places})
	var have detail
	if err := json.Unmarshal(d.of("m/one"), &have); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, h := range have.Hidden {
		lines = append(lines, strings.Join(append(h.Path, h.Use, h.Left, h.Right), " "))
	}
	want := []string{
		`effects db Task/7 title trim "a " "a"`,
		`response data m note ignore "x" "y"`,
		`response data m due [1] instant "2026-01-02T00:00:00Z" "2026-01-02T01:00:00+01:00"`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("hidden (-want +got):\n%s", diff)
	}
	if len(have.Sides) != 2 || have.Sides[0].Name != "legacy" || *have.Sides[1].Effects[0].Set["title"].To != "a" {
		t.Errorf("%d sides; want legacy and the candidate with the title stored", len(have.Sides))
	}
}
