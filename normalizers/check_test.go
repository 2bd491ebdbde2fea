package normalizers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

func TestPropertiesThatNoStoreHas(t *testing.T) {
	rules := parseRules(t, nil, `
- {match: {property: Class.name}, use: trim, reason: of the fixture}
- {match: {property: Class.address.city}, use: trim, reason: of an embedded entity}
- {match: {property: "*.tags"}, use: unordered, reason: of an effect}
- {match: {property: "School.*"}, use: trim, reason: any of a kind of a shared fixture}
- {match: {property: public.users.email}, use: case, reason: a column}
- {match: {property: Class.nam}, use: case, reason: misspelled}
- {match: {property: "Klass.*"}, use: case, reason: no such kind}
- {match: {property: "*.nothing"}, use: case, reason: no kind has it}
`)
	class := func(props map[string]corpus.Value) corpus.State {
		return corpus.State{Entities: []corpus.Entity{{Key: key("", "Class", 7), Properties: props}}}
	}
	tags := corpus.Value([]corpus.Value{"a"})
	cases := []*corpus.Case{
		{Fixture: corpus.Fixture{
			Stores: map[string]corpus.State{"datastore": class(map[string]corpus.Value{"name": "A", "address": &corpus.Entity{Properties: map[string]corpus.Value{"city": "Bonn"}}})},
			Shared: map[string]corpus.State{"datastore": {Entities: []corpus.Entity{{Key: key("", "School", 1), Properties: map[string]corpus.Value{"a": 1}}}}},
		}},
		{Expect: corpus.Observation{Effects: map[string][]corpus.Effect{
			"datastore": {{Op: corpus.Update, Key: key("", "Class", 7), Set: map[string]corpus.Change{"tags": {To: &tags}}}},
			"db":        {{Op: corpus.Insert, Key: key("", "public.users", 1), Properties: map[string]corpus.Value{"email": "a@x"}}},
		}}},
	}
	want := `replay.yaml:7:22: no fixture and no effect of the corpus has the property "Class.nam"; did you mean "Class.name"?
replay.yaml:8:22: no fixture and no effect of the corpus has the property "Klass.*"; did you mean "Class.*"?
replay.yaml:9:22: no fixture and no effect of the corpus has the property "*.nothing"; known: Class.*, Class.address, Class.address.city, Class.name, Class.tags, School.*, School.a, public.users.*, public.users.email`
	few, _, _ := strings.Cut(want, "\nreplay.yaml:9")
	if diff := cmp.Diff(few, rules.Check(cases).Error()); diff != "" {
		t.Errorf("of a few cases only what looks misspelt is wrong:\n%s", diff)
	}
	for len(cases) < tellingCases {
		cases = append(cases, cases[0])
	}
	if diff := cmp.Diff(want, rules.Check(cases).Error()); diff != "" {
		t.Error(diff)
	}
	if p := rules.Check(nil); p != nil {
		t.Errorf("without cases: %v", p)
	}
	if p := (*Rules)(nil).Check(cases); p != nil {
		t.Errorf("without rules: %v", p)
	}
}
