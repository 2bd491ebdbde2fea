package harness

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sidebyside/replay/corpus"
)

func benchCompare(b *testing.B, c *comparer, cs *corpus.Case, l, r side, wantEqual bool) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		got, err := c.compare(cs, l, r)
		if err != nil {
			b.Fatal(err)
		}
		if len(got.Differences) == 0 != wantEqual {
			b.Fatalf("differences: %v", got.Differences)
		}
	}
}

// BenchmarkCompare measures one comparison; Diff beside it is cmp.Diff alone on
// the decoded responses, without rules or renaming.
func BenchmarkCompare(b *testing.B) {
	for _, name := range []string{"generated-id", "generated-order-free", "value"} {
		archive, err := txtar.ParseFile("testdata/compare/" + name + ".txtar")
		if err != nil {
			b.Fatal(err)
		}
		bench := newBench(b, archive)
		b.Run("small/"+name, func(b *testing.B) {
			benchCompare(b, bench.comparer, bench.cs, bench.left, bench.right, strings.HasPrefix(bench.files["want"], "equivalent"))
		})
	}
	c, cs := newComparer(worldRules(b), nil), &corpus.Case{}
	for _, n := range []int{100, 1000, 10_000} {
		l, r := manyIDs(n, 1_000_000_000, false), manyIDs(n, 5_000_000_000, true)
		b.Run(fmt.Sprintf("unordered/%d", n), func(b *testing.B) { benchCompare(b, c, cs, l, r, true) })
	}
	for _, differ := range []bool{false, true} {
		l, r := megabyte(b, "a"), megabyte(b, map[bool]string{false: "a", true: "b"}[differ])
		b.Run(fmt.Sprintf("megabyte/differs=%v", differ), func(b *testing.B) { benchCompare(b, c, cs, l, r, !differ) })
		b.Run(fmt.Sprintf("megabyte/differs=%v/Diff", differ), func(b *testing.B) {
			for b.Loop() {
				var x, y any
				if json.Unmarshal(l.obs.Response, &x) != nil || json.Unmarshal(r.obs.Response, &y) != nil {
					b.Fatal("no JSON")
				}
				if (cmp.Diff(x, y) == "") == differ {
					b.Fatal("wrong")
				}
			}
		})
	}
}

// manyIDs has n entities with allocated ids, half of them alike, in an unordered
// list, and as inserts.
func manyIDs(n int, base int64, turned bool) side {
	w := world{Status: 200}
	ids := make([]int, n)
	for i := range n {
		ids[i] = i
		if turned {
			ids[i] = (i*7919 + 13) % n
		}
		title := "alike"
		if i%2 == 0 {
			title = fmt.Sprint("title ", i)
		}
		w.Bag = append(w.Bag, worldItem{i, (i + 1) % n, title})
		w.Entities = append(w.Entities, worldEntity{i, -1, title})
	}
	return w.render("side", base, ids, n/3)
}

// megabyte is a response of that size, with one value deep within it.
func megabyte(b *testing.B, last string) side {
	b.Helper()
	var items []any
	for i := range 6000 {
		items = append(items, map[string]any{
			"id": fmt.Sprint("item-", i), "title": strings.Repeat("lorem ipsum ", 8), "points": i, "done": i%2 == 0,
			"owner": map[string]any{"name": "Ann", "score": float64(i) / 4},
		})
	}
	items[5000].(map[string]any)["title"] = last
	body, err := json.Marshal(map[string]any{"data": map[string]any{"items": items}})
	if err != nil {
		b.Fatal(err)
	}
	return side{name: "side", obs: &corpus.Observation{HTTP: corpus.HTTP{Status: 200}, Response: body}}
}
