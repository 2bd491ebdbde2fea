package recorder_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/datastore"
)

// Whatever is recorded replays to the same answer and the same effects on a
// fresh store that holds nothing but the fixture.
func TestRecordingsAreFaithful(t *testing.T) {
	recorded, fresh := openStore(t), openStore(t)
	legacy := newBoard(t, recorded)
	again := httptest.NewServer(newBoard(t, fresh))
	t.Cleanup(again.Close)
	rapid.Check(t, func(rt *rapid.T) {
		if err := recorded.Seed(t.Context(), boards().Draw(rt, "seed")); err != nil {
			rt.Fatal(err)
		}
		s := recordBefore(t, legacy, map[string]store.Recordable{"datastore": recorded}, nil)
		defer func() { _ = os.RemoveAll(s.out) }()
		for _, op := range rapid.SliceOfN(operations(), 1, 8).Draw(rt, "operations") {
			post(t, s.url, fmt.Sprintf(`{"query":%q}`, op))
		}
		if skipped := s.rec.Summary().Skipped; len(skipped) > 0 {
			rt.Fatalf("not recorded: %v", skipped)
		}
		for _, c := range s.cases(t) {
			want, got := masked(t, c), masked(t, replayed(t, c, fresh, again.URL+"/graphql"))
			if diff := cmp.Diff(want, got); diff != "" {
				text, _ := corpus.Format(c)
				rt.Fatalf("%s\n%s", diff, text)
			}
		}
	})
}

// replayed is the case as a fresh store makes it happen.
func replayed(t *testing.T, c *corpus.Case, s *datastore.Store, to string) *corpus.Case {
	t.Helper()
	if err := s.Seed(t.Context(), c.State("datastore")); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"query": c.Request.Document})
	if err != nil {
		t.Fatal(err)
	}
	got := post(t, to, string(body))
	seen, err := s.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again := *c
	again.Expect.HTTP.Status = got.Status
	again.Expect.Response = corpus.JSON(compact(t, got.Body))
	again.Expect.Effects = nil
	if len(seen.Effects) > 0 {
		again.Expect.Effects = map[string][]corpus.Effect{"datastore": seen.Effects}
	}
	return &again
}

// masked is the text of a case without the ids that the store gave out.
func masked(t *testing.T, c *corpus.Case) string {
	t.Helper()
	text, err := corpus.Format(c)
	if err != nil {
		t.Fatal(err)
	}
	out := string(text)
	for _, e := range c.Expect.Effects["datastore"] {
		if id := e.Key.Path[len(e.Key.Path)-1].ID; e.Op == corpus.Insert && id > 1000 {
			out = strings.ReplaceAll(out, strconv.FormatInt(id, 10), "<id>")
		}
	}
	return out
}

// boards draws tasks whose points collide, some without points, and owners some
// of whom do not exist.
func boards() *rapid.Generator[corpus.State] {
	return rapid.Custom(func(t *rapid.T) corpus.State {
		var s corpus.State
		for board := int64(1); board <= 2; board++ {
			for id := int64(1); id <= 6; id++ {
				if rapid.IntRange(0, 5).Draw(t, "there") == 0 {
					continue
				}
				e := corpus.Entity{Key: taskKey(board, id), Properties: map[string]corpus.Value{
					"Title": "t", "Done": rapid.Bool().Draw(t, "done"),
					"Owner": userKey(rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "owner")),
				}}
				if points := rapid.Int64Range(-1, 4).Draw(t, "points"); points >= 0 {
					e.Properties["Points"] = points
				}
				s.Entities = append(s.Entities, e)
			}
		}
		s.Entities = append(s.Entities, corpus.Entity{Key: userKey("ann"), Properties: map[string]corpus.Value{"Name": "Ann"}})
		return s
	})
}

func operations() *rapid.Generator[string] {
	n := func(t *rapid.T, label string, from, to int) int { return rapid.IntRange(from, to).Draw(t, label) }
	return rapid.Custom(func(t *rapid.T) string {
		place := fmt.Sprintf("board: %d, id: %d", n(t, "board", 1, 2), n(t, "id", 1, 8))
		switch n(t, "operation", 0, 8) {
		case 0:
			return "{ task(" + place + ") { id title points owner } }"
		case 1:
			return fmt.Sprintf("{ count(above: %d) }", n(t, "above", 0, 5))
		case 2:
			return fmt.Sprintf("mutation { add(board: %d, points: %d) { id points } }", n(t, "board", 1, 2), n(t, "points", 0, 5))
		case 3:
			return fmt.Sprintf("mutation { setPoints(%s, points: %d) { id points owner } }", place, n(t, "points", 0, 5))
		case 4:
			return "mutation { remove(" + place + ") }"
		case 5:
			return "mutation { claim(" + place + ") { id } }"
		case 6:
			return fmt.Sprintf("mutation { finish(below: %d, limit: %d) }", n(t, "below", 0, 5), n(t, "limit", 0, 4))
		case 7:
			return fmt.Sprintf("mutation { a: remove(%s) b: add(board: 1, points: 3) { id } c: finish(below: 4, limit: 2) d: remove(board: 1, id: 2) }", place)
		}
		return "{ " + tasksField(t, "a") + " " + tasksField(t, "b") + " }"
	})
}

// tasksField draws a query with any of its parts.
func tasksField(t *rapid.T, alias string) string {
	var args []string
	for _, name := range []string{"board", "done", "above", "below", "offset", "limit", "order"} {
		if !rapid.Bool().Draw(t, name+" given") {
			continue
		}
		value := rapid.IntRange(0, 4).Draw(t, name)
		switch name {
		case "board":
			value = value%2 + 1
		case "done":
			value %= 2
		case "order":
			value = value%3 - 1
		}
		args = append(args, fmt.Sprintf("%s: %d", name, value))
	}
	field := alias + ": tasks"
	if len(args) > 0 {
		field += "(" + strings.Join(args, ", ") + ")"
	}
	return field + " { id title points owner }"
}
