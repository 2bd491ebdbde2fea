package corpus_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus"
)

const school = `
db:
  primary: {public.grades: [id], public.members: [team, person]}
  tables:
    public.grades:
      - {id: 1, score: !numeric 9.50, note: null}
      - {id: 2, score: !numeric 8.00, note: fair}
    public.members: [{team: 7, person: ann}]
    public.log: [{message: one}, {message: two}, {message: one}]
  sequences: {public.grades_id_seq: 3, public.other: 1}
cache:
  keys:
    best: {type: zset, value: {ann: 1.5}}
    gone: {type: string, value: x, ttl: 60}
    queue: {type: list, value: [a, b]}
`

func TestOver(t *testing.T) {
	for _, c := range []struct{ reason, state, want string }{
		{"the same: nothing to say", school, "{}\n"},
		{"a new row, one that is another, one that is gone; a sequence went on", `
db:
  primary: {public.grades: [id], public.fresh: [id]}
  tables:
    public.grades:
      - {id: 2, score: !numeric 8.0, note: null}
      - {id: 3, score: !numeric 1, note: new}
    public.fresh: [{id: 1}]
    public.log: [{message: two}, {message: one}, {message: three}, {message: three}]
  sequences: {public.grades_id_seq: 4, public.other: 1}
cache:
  keys:
    best: {type: zset, value: {ann: 2}, ttl: 5}
    gone: {type: string, value: x}
    fresh: {type: string, value: "1"}
`, "golden"},
	} {
		base, state := states(t, school), states(t, c.state)
		f := corpus.Fixture{Base: "../fixtures/school.yaml", Shared: base, Changes: map[string][]corpus.Effect{}, Stores: map[string]corpus.State{}}
		for name, s := range state {
			changes, own := s.Over(base[name])
			if len(changes) > 0 {
				f.Changes[name] = changes
			}
			if !own.IsEmpty() {
				f.Stores[name] = own
			}
		}
		if !f.Same(corpus.Fixture{Stores: state}) {
			t.Errorf("%s: base and changes give\n%v", c.reason, f.State("db"))
		}
		if got := len(f.Changes) + len(f.Stores); (got == 0) != (c.want == "{}\n") {
			t.Errorf("%s: changes %v, own %v", c.reason, f.Changes, f.Stores)
		}
		if c.want == "golden" {
			ops := map[string]int{}
			for store, list := range f.Changes {
				for _, e := range list {
					ops[store+" "+string(e.Op)+" "+e.Key.String()]++
				}
			}
			want := map[string]int{
				"db delete public.grades/1": 1, "db update public.grades/2": 1, "db insert public.grades/3": 1,
				"db delete public.members/7,ann": 1, "db insert public.fresh/1": 1,
				"db delete public.log/*": 1, "db insert public.log/*": 2,
				"cache update key/best": 1, "cache update key/gone": 1, "cache insert key/fresh": 1, "cache delete key/queue": 1,
			}
			if diff := cmp.Diff(want, ops); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(map[string]int64{"public.grades_id_seq": 4}, f.Stores["db"].Sequences); diff != "" {
				t.Errorf("sequences (-want +got):\n%s", diff)
			}
		}
	}
}

func TestOverTellsFixturesApart(t *testing.T) {
	base := states(t, school)
	for _, changed := range []string{
		`cache: {keys: {gone: {type: string, value: x, ttl: 61}}}`,
		`db: {tables: {public.log: [{message: one}]}}`,
	} {
		if (corpus.Fixture{Stores: base}).Same(corpus.Fixture{Stores: states(t, changed)}) {
			t.Errorf("%s counts as the same", changed)
		}
	}
}

func states(t *testing.T, text string) map[string]corpus.State {
	t.Helper()
	s, err := corpus.ParseState("school.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
