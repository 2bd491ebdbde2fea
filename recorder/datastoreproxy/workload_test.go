package datastoreproxy_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	ds "cloud.google.com/go/datastore"
	"google.golang.org/api/iterator"
	"pgregory.net/rapid"
)

// act is something that an implementation does with its store; it returns what it
// was told, as text.
type act struct {
	name string
	do   func(context.Context, *ds.Client) string
}

// row is an entity whose properties have an order.
type row ds.PropertyList

func (r *row) Load(props []ds.Property) error {
	*r = slices.SortedFunc(slices.Values(props), func(a, b ds.Property) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func (r *row) Save() ([]ds.Property, error) { return *r, nil }

// told is a result or the error, as the implementation sees them.
func told(v any, err error) string {
	if multi, ok := errors.AsType[ds.MultiError](err); ok {
		return fmt.Sprint(v, []error(multi))
	}
	return fmt.Sprint(v, err)
}

func drawAct(t *rapid.T) act {
	n := func(label string, from, to int) int { return rapid.IntRange(from, to).Draw(t, label) }
	key := func() *ds.Key { return clientKey(int64(n("class", 1, 2)), int64(n("id", 1, 8))) }
	props := ds.PropertyList{
		{Name: "Title", Value: "new"},
		{Name: "Points", Value: int64(n("points", 0, 40))},
		{Name: "Note", Value: "x", NoIndex: true},
	}
	k, k2 := key(), key()
	switch form := n("act", 0, 12); form {
	case 0, 1:
		return act{"get " + k.String() + k2.String(), func(ctx context.Context, c *ds.Client) string {
			list := make([]row, 2)
			return told(list, c.GetMulti(ctx, []*ds.Key{k, k2}, list))
		}}
	case 2, 3, 4:
		return drawQuery(t)
	case 5:
		q := ds.NewQuery("Task").FilterField("Points", ">", int64(n("above", -1, 30)))
		return act{"count and sum", func(ctx context.Context, c *ds.Client) string {
			got, err := c.RunAggregationQuery(ctx, q.NewAggregationQuery().WithCount("n").WithSum("Points", "s"))
			return told(got, err)
		}}
	case 6:
		return act{"put " + k.String(), func(ctx context.Context, c *ds.Client) string { return told(c.Put(ctx, k, &props)) }}
	case 7:
		parent := k.Parent
		return act{"put new", func(ctx context.Context, c *ds.Client) string {
			return told(c.PutMulti(ctx, []*ds.Key{ds.IncompleteKey("Task", parent), k}, []ds.PropertyList{props, props}))
		}}
	case 8:
		return act{"delete " + k.String(), func(ctx context.Context, c *ds.Client) string { return told("", c.Delete(ctx, k)) }}
	case 9:
		return act{"insert or update " + k.String(), func(ctx context.Context, c *ds.Client) string {
			m := []*ds.Mutation{ds.NewInsert(k, &props)}
			if form = int(k.ID) % 2; form == 0 {
				m = []*ds.Mutation{ds.NewUpdate(k2, &props), ds.NewInsert(ds.IDKey("Task", 77, nil), &props)}
			}
			return told(c.Mutate(ctx, m...))
		}}
	case 10:
		return act{"allocate", func(ctx context.Context, c *ds.Client) string {
			keys, err := c.AllocateIDs(ctx, []*ds.Key{ds.IncompleteKey("Task", k.Parent)})
			if err != nil {
				return told("", err)
			}
			return told(c.Put(ctx, keys[0], &props))
		}}
	}
	return drawTransaction(t, k, k2, props)
}

func drawTransaction(t *rapid.T, k, k2 *ds.Key, props ds.PropertyList) act {
	blind := rapid.Bool().Draw(t, "blind")
	query := rapid.Bool().Draw(t, "query")
	return act{"transaction on " + k.String() + k2.String(), func(ctx context.Context, c *ds.Client) string {
		out := ""
		_, err := c.RunInTransaction(ctx, func(tx *ds.Transaction) error {
			var e row
			if err := tx.Get(k, &e); err != nil && !errors.Is(err, ds.ErrNoSuchEntity) {
				return err
			}
			if query {
				var list []row
				_, err := c.GetAll(ctx, ds.NewQuery("Task").Ancestor(k.Parent).Order("Points").Transaction(tx), &list)
				if out = told(list, err); err != nil {
					return err
				}
			}
			if blind {
				if err := tx.Delete(k2); err != nil {
					return err
				}
			}
			_, err := tx.Put(k, &props)
			return err
		})
		return told(out, err)
	}}
}

// drawQuery uses every part of a query.
func drawQuery(t *rapid.T) act {
	q := ds.NewQuery("Task")
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	n := func(label string, from, to int) int { return rapid.IntRange(from, to).Draw(t, label) }
	if yes("ancestor") {
		q = q.Ancestor(ds.IDKey("Class", int64(n("class", 1, 3)), nil))
	}
	if yes("filter") {
		q = q.FilterField("Points", []string{"=", "<", ">="}[n("op", 0, 2)], int64(n("value", 0, 3))*10)
	}
	if yes("order") {
		q = q.Order([]string{"Points", "-Points"}[n("direction", 0, 1)])
	}
	if yes("limit") {
		q = q.Limit(n("limit", 0, 4))
	}
	if yes("offset") {
		q = q.Offset(n("offset", 0, 3))
	}
	switch n("form", 0, 5) {
	case 0:
		q = q.KeysOnly()
	case 1:
		q = q.Project("Points")
	case 2:
		q = q.Project("Points", "Tags")
	case 3:
		q = q.Project("Done").Distinct()
	}
	return act{fmt.Sprintf("query %+v", q), func(ctx context.Context, c *ds.Client) string {
		var list []string
		for it := c.Run(ctx, q); ; {
			var e row
			k, err := it.Next(&e)
			if errors.Is(err, iterator.Done) {
				return fmt.Sprint(list)
			}
			if err != nil {
				return told(list, err)
			}
			list = append(list, fmt.Sprint(k, len(e), e))
		}
	}}
}
