package datastore_test

import (
	"context"
	"fmt"
	"testing"

	cds "cloud.google.com/go/datastore"
	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/harness/emulator/datastore"
)

type item struct {
	Kind string
	N    int
	Tags []string
}

func seedItems(t *testing.T, c *cds.Client) {
	t.Helper()
	parent := cds.NameKey("Box", "b", nil)
	for i := range 10 {
		k := cds.IDKey("Item", int64(i+1), nil)
		if i >= 5 {
			k = cds.IDKey("Item", int64(i+1), parent)
		}
		x := item{Kind: []string{"odd", "even"}[i%2], N: i, Tags: []string{fmt.Sprint("t", i%3), fmt.Sprint("t", i%4)}}
		if _, err := c.Put(context.Background(), k, &x); err != nil {
			t.Fatal(err)
		}
	}
}

func numbers(t *testing.T, c *cds.Client, q *cds.Query) []int {
	t.Helper()
	var got []item
	if _, err := c.GetAll(context.Background(), q, &got); err != nil {
		t.Fatal(err)
	}
	ns := []int{}
	for _, x := range got {
		ns = append(ns, x.N)
	}
	return ns
}

func TestQueriesOfTheOfficialClient(t *testing.T) {
	c := client(t, start(t, datastore.Options{}))
	seedItems(t, c)
	box := cds.NameKey("Box", "b", nil)
	q := func() *cds.Query { return cds.NewQuery("Item") }
	for _, row := range []struct {
		reason string
		query  *cds.Query
		want   []int
	}{
		{"the key order puts paths under Box first", q(), []int{5, 6, 7, 8, 9, 0, 1, 2, 3, 4}},
		{"an equality filter reads its index", q().FilterField("Kind", "=", "even"), []int{5, 7, 9, 1, 3}},
		{"equalities are joined", q().FilterField("Kind", "=", "even").FilterField("Tags", "=", "t1"), []int{5, 7, 9, 1}},
		{"an array matches by different elements", q().FilterField("Tags", "=", "t0").FilterField("Tags", "=", "t1"), []int{9, 4}},
		{"an inequality orders by its property", q().FilterField("N", ">", 2).FilterField("N", "<=", 6), []int{3, 4, 5, 6}},
		{"a descending order reads the index backwards", q().Order("-N").Limit(3), []int{9, 8, 7}},
		{"an equality with another order sorts", q().FilterField("Kind", "=", "odd").Order("-N"), []int{8, 6, 4, 2, 0}},
		{"an ancestor limits to its descendants", q().Ancestor(box).Order("N"), []int{5, 6, 7, 8, 9}},
		{"offset and limit apply last", q().Order("N").Offset(2).Limit(3), []int{2, 3, 4}},
		{"IN is a union", q().FilterField("N", "in", []any{8, 2}).Order("N"), []int{2, 8}},
		{"not equal leaves the rest in order", q().FilterField("N", "!=", 4).Limit(6), []int{0, 1, 2, 3, 5, 6}},
		{"or is a union without duplicates", q().FilterEntity(cds.OrFilter{Filters: []cds.EntityFilter{
			cds.PropertyFilter{FieldName: "N", Operator: "=", Value: 1},
			cds.PropertyFilter{FieldName: "Kind", Operator: "=", Value: "even"},
		}}).Order("N"), []int{1, 3, 5, 7, 9}},
	} {
		if d := cmp.Diff(row.want, numbers(t, c, row.query)); d != "" {
			t.Errorf("%s: %s", row.reason, d)
		}
	}
}

func TestCursorsContinue(t *testing.T) {
	ctx := context.Background()
	c := client(t, start(t, datastore.Options{}))
	seedItems(t, c)
	for _, q := range []*cds.Query{
		cds.NewQuery("Item"),
		cds.NewQuery("Item").Order("N"),
		cds.NewQuery("Item").Order("-N"),
		cds.NewQuery("Item").Order("Kind").Order("-N"),
		cds.NewQuery("Item").FilterField("Kind", "=", "odd"),
	} {
		want := numbers(t, c, q)
		got := []int{}
		page := q.Limit(3)
		for len(got) < len(want) {
			it := c.Run(ctx, page)
			n := 0
			for {
				var x item
				if _, err := it.Next(&x); err != nil {
					break
				}
				got = append(got, x.N)
				n++
			}
			at, err := it.Cursor()
			if err != nil || n == 0 {
				t.Fatalf("page of %d results: %v", n, err)
			}
			page = q.Limit(3).Start(at)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
}
