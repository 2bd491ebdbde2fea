package datastore_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	ds "cloud.google.com/go/datastore"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

const guards = 3

// A fixture is enough, and no more than that: any query gives the same answer on
// it as on the whole content, and at most so many guards are in it.
func TestFixtureIsEnoughForAnyQuery(t *testing.T) {
	full, small := open(t), open(t)
	onFull, onSmall := dial(t, full), dial(t, small)
	rapid.Check(t, func(rt *rapid.T) {
		must(t, full.Seed(t.Context(), content().Draw(rt, "content")))
		q := draw(rt)
		want, err := run(t, onFull, q)
		if err != nil {
			rt.Skip(err)
		}
		seen := observe(t, full)
		fixture, err := full.Fixture(t.Context(), store.FixtureOptions{Guards: guards})
		must(t, err)
		must(t, small.Seed(t.Context(), fixture))
		got, err := run(t, onSmall, q)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("%s\n%s", seen.Reads[0].Text, diff)
		}
		if out := store.Uncovered(fixture, nil, seen.Reads, observe(t, small).Reads); len(out) > 0 {
			rt.Fatalf("counts as uncovered: %v", out)
		}
		bare, err := full.Fixture(t.Context(), store.FixtureOptions{})
		must(t, err)
		if n := len(fixture.Entities) - len(bare.Entities); n < 0 || n > guards*len(seen.Reads) {
			rt.Fatalf("%d guards for %v", n, seen.Reads)
		}
	})
}

// run reads a query in two pages, and counts it.
func run(t *testing.T, c *ds.Client, q *ds.Query) ([]string, error) {
	t.Helper()
	var out []string
	it := c.Run(t.Context(), q)
	for {
		var p ds.PropertyList
		k, err := it.Next(&p)
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, err
		}
		slices.SortFunc(p, func(a, b ds.Property) int { return slices.Compare([]byte(a.Name), []byte(b.Name)) })
		out = append(out, fmt.Sprintf("%s %v", k, p))
		if len(out) != 2 {
			continue
		}
		cursor, err := it.Cursor()
		if err != nil {
			return nil, err
		}
		it = c.Run(t.Context(), q.Start(cursor).Offset(0))
	}
	counted, err := c.RunAggregationQuery(t.Context(), q.NewAggregationQuery().WithCount("n"))
	if err != nil {
		return nil, err
	}
	return append(out, fmt.Sprint(counted["n"])), nil
}

func content() *rapid.Generator[corpus.State] {
	value := rapid.OneOf(
		rapid.Map(rapid.Int64Range(0, 3), func(n int64) corpus.Value { return n }),
		rapid.Just[corpus.Value](nil), rapid.Just[corpus.Value]("x"),
		rapid.Map(rapid.SliceOfN(rapid.Int64Range(0, 3), 0, 3), func(list []int64) corpus.Value {
			out := []corpus.Value{}
			for _, n := range list {
				out = append(out, n)
			}
			return out
		}),
	)
	return rapid.Custom(func(t *rapid.T) corpus.State {
		var s corpus.State
		for class := 1; class <= 2; class++ {
			for id := 1; id <= 7; id++ {
				e := entity(key("Class", class, "Task", id), props{})
				for _, name := range []string{"a", "b"} {
					if rapid.IntRange(0, 4).Draw(t, "there") > 0 {
						e.Properties[name] = value.Draw(t, name)
						if rapid.IntRange(0, 5).Draw(t, "unindexed") == 0 {
							e.Unindexed = append(e.Unindexed, name)
						}
					}
				}
				s.Entities = append(s.Entities, e)
			}
		}
		s.Entities = append(s.Entities, entity(key("User", "ann"), props{"a": int64(1)}))
		return s
	})
}

func draw(t *rapid.T) *ds.Query {
	maybe := func(label string) bool { return rapid.Bool().Draw(t, label) }
	q := ds.NewQuery("Task")
	if maybe("ancestor") {
		q = q.Ancestor(class(rapid.IntRange(1, 2).Draw(t, "class")))
	}
	for _, name := range []string{"a", "b"} {
		if !maybe("filter " + name) {
			continue
		}
		op := rapid.SampledFrom([]string{"=", "<", "<=", ">", ">=", "!=", "in", "not-in"}).Draw(t, "operator")
		n := rapid.Int64Range(0, 3).Draw(t, "value")
		switch op {
		case "in", "not-in":
			q = q.FilterField(name, op, []any{n, n + 1})
		default:
			q = q.FilterField(name, op, n)
		}
	}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "-b", "__key__"}), 0, 2, rapid.ID).Draw(t, "order") {
		q = q.Order(name)
	}
	if maybe("offset") {
		q = q.Offset(rapid.IntRange(0, 4).Draw(t, "skipped"))
	}
	if maybe("limit") {
		q = q.Limit(rapid.IntRange(0, 5).Draw(t, "most"))
	}
	switch rapid.IntRange(0, 5).Draw(t, "projection") {
	case 0:
		q = q.KeysOnly()
	case 1:
		q = q.Project("a")
	case 2:
		q = q.Project("a", "b")
	case 3:
		q = q.Project("a").DistinctOn("a")
	}
	return q
}

func class(id int) *ds.Key { return clientKey(key("Class", id)) }
