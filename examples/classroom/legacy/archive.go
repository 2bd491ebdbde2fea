package main

import (
	"cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
)

func (a *app) archiveClass(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	class, err := a.classByID(p.Context, p.Args["id"].(string))
	if err != nil {
		return nil, err
	}
	if k := class.ref("coach"); k == nil || !k.Equal(me.key) {
		return nil, forbidden("only the coach of class %q may archive it", class.id())
	}
	if class.yes("archived") {
		return map[string]any{"class": class, "closed": 0, "removed": 0}, nil
	}
	if end := class.at("termEnd"); came(p.Context).Before(end) {
		return nil, conflict("the term of class %q is not over", class.id())
	}
	all, err := a.assignmentsOf(p.Context, class)
	if err != nil {
		return nil, err
	}
	at, changed, closed := now(p.Context), []*doc{}, 0
	for _, d := range all {
		if d.str("state") != "CLOSED" {
			d.m["state"], d.m["updated"] = "CLOSED", at
			changed = append(changed, d)
			closed++
		}
	}
	enrollments, err := a.all(p.Context, datastore.NewQuery("Enrollment").Ancestor(class.key))
	if err != nil {
		return nil, err
	}
	for _, e := range enrollments {
		if e.yes("active") {
			e.m["active"] = false
			changed = append(changed, e)
		}
	}
	class.m["archived"], class.m["studentCount"] = true, int64(0)
	changed = append(changed, class)
	keys := []*datastore.Key{}
	for _, d := range changed {
		keys = append(keys, d.key)
	}
	if _, err := a.db.PutMulti(p.Context, keys, changed); err != nil {
		return nil, err
	}
	return map[string]any{"class": class, "closed": closed, "removed": len(changed) - closed - 1}, nil
}
