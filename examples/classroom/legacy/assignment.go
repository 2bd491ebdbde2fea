package main

import (
	"context"
	"maps"
	"time"

	"cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
)

func (a *app) assignmentByID(ctx context.Context, class *doc, id string) (*doc, error) {
	d, err := a.get(ctx, numbered("Assignment", id, class.key))
	if err == nil && d == nil {
		err = notFound("assignment", id)
	}
	return d, err
}

func (a *app) createAssignment(p graphql.ResolveParams) (any, error) {
	me, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	in := p.Args["input"].(map[string]any)
	title, err := a.freeTitle(p.Context, class, in["title"].(string), nil)
	if err != nil {
		return nil, err
	}
	points, err := pointsOf(or(in["points"], 10))
	if err != nil {
		return nil, err
	}
	at := now(p.Context)
	d := &doc{key: datastore.IncompleteKey("Assignment", class.key), m: map[string]any{
		"title": title, "description": in["description"], "points": points,
		"weight": or(in["weight"], 1.0), "position": class.num("assignmentCount"),
		"state": or(in["state"], "DRAFT"), "due": in["due"], "labels": listOrEmpty(in["labels"]),
		"rubric": rubric(in["rubric"]), "creator": me.key, "created": at, "updated": at,
	}}
	if err := a.put(p.Context, d); err != nil {
		return nil, err
	}
	class.m["assignmentCount"] = class.num("assignmentCount") + 1
	if err := a.put(p.Context, class); err != nil {
		return nil, err
	}
	return d, nil
}

// freeTitle cleans a title and refuses one that another assignment of the class has.
func (a *app) freeTitle(ctx context.Context, class *doc, text string, own *datastore.Key) (string, error) {
	title := cleanTitle(text)
	if title == "" {
		return "", badInput("title must not be empty")
	}
	all, err := a.assignmentsOf(ctx, class)
	if err != nil {
		return "", err
	}
	for _, d := range all {
		// ported bug: case-duplicates. "fractions" may stand beside "Fractions".
		if d.str("title") == title && (own == nil || !d.key.Equal(own)) {
			return "", conflict("title %q is taken", title)
		}
	}
	return title, nil
}

func pointsOf(v any) (int64, error) {
	n := v.(int)
	if n < 0 || n > 1000 {
		return 0, badInput("points must be between 0 and 1000")
	}
	return int64(n), nil
}

func or(v, otherwise any) any {
	if v == nil {
		return otherwise
	}
	return v
}

func rubric(v any) []any {
	list := []any{}
	for _, c := range listOrEmpty(v) {
		in := c.(map[string]any)
		list = append(list, embed(map[string]any{
			"name": in["name"], "points": int64(in["points"].(int)), "weight": or(in["weight"], 1.0), "note": in["note"],
		}))
	}
	return list
}

func (a *app) renameAssignment(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	d, err := a.assignmentByID(p.Context, class, p.Args["id"].(string))
	if err != nil {
		return nil, err
	}
	title, err := a.freeTitle(p.Context, class, p.Args["title"].(string), d.key)
	if err != nil {
		return nil, err
	}
	if title == d.str("title") {
		return d, nil
	}
	d.m["title"], d.m["updated"] = title, now(p.Context)
	if err := a.put(p.Context, d); err != nil {
		return nil, err
	}
	return d, nil
}

func (a *app) updateAssignment(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	d, err := a.assignmentByID(p.Context, class, p.Args["id"].(string))
	if err != nil {
		return nil, err
	}
	in := p.Args["input"].(map[string]any)
	changes := map[string]any{}
	if t, ok := in["title"].(string); ok {
		if changes["title"], err = a.freeTitle(p.Context, class, t, d.key); err != nil {
			return nil, err
		}
	}
	// ported bug: zero-points. Zero counts as not given.
	if n, ok := in["points"].(int); ok && n != 0 {
		if changes["points"], err = pointsOf(n); err != nil {
			return nil, err
		}
	}
	clearable(changes, in, given(p, "input"))
	if len(changes) == 0 {
		return d, nil
	}
	maps.Copy(d.m, changes)
	d.m["updated"] = now(p.Context)
	if err := a.put(p.Context, d); err != nil {
		return nil, err
	}
	return d, nil
}

// clearable takes over what may be given as null, the state and the rubric.
func clearable(changes, in map[string]any, given map[string]bool) {
	if s, ok := in["state"].(string); ok {
		changes["state"] = s
	}
	for _, name := range []string{"description", "due"} {
		if given[name] {
			changes[name] = in[name]
		}
	}
	if given["weight"] {
		changes["weight"] = or(in["weight"], 1.0)
	}
	if given["labels"] {
		changes["labels"] = listOrEmpty(in["labels"])
	}
	if in["rubric"] != nil {
		changes["rubric"] = rubric(in["rubric"])
	}
}

func (a *app) reorderAssignments(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	all, err := a.assignmentsOf(p.Context, class)
	if err != nil {
		return nil, err
	}
	byID, listed := map[string]*doc{}, map[string]bool{}
	for _, d := range all {
		byID[d.id()] = d
	}
	order := []*doc{}
	for _, v := range listOrEmpty(p.Args["ids"]) {
		id := v.(string)
		if byID[id] == nil {
			return nil, notFound("assignment", id)
		}
		if listed[id] {
			return nil, badInput("assignment %q is listed twice", id)
		}
		listed[id] = true
		order = append(order, byID[id])
	}
	for _, d := range all {
		if !listed[d.id()] {
			order = append(order, d)
		}
	}
	return order, a.number(p.Context, order, now(p.Context))
}

// number stores the positions that changed.
func (a *app) number(ctx context.Context, order []*doc, at time.Time) error {
	for i, d := range order {
		// ported bug: reorder-from-one. Creating counts positions from zero.
		position := int64(i + 1)
		if d.num("position") == position {
			continue
		}
		d.m["position"], d.m["updated"] = position, at
		if err := a.put(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) deleteAssignment(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	all, err := a.assignmentsOf(p.Context, class)
	if err != nil {
		return nil, err
	}
	var d *doc
	for _, one := range all {
		if one.key.Equal(numbered("Assignment", p.Args["id"].(string), class.key)) {
			d = one
		}
	}
	if d == nil {
		return nil, notFound("assignment", p.Args["id"].(string))
	}
	work, err := a.all(p.Context, datastore.NewQuery("Submission").Ancestor(d.key))
	if err != nil {
		return nil, err
	}
	force, _ := p.Args["force"].(bool)
	keys := []*datastore.Key{}
	for _, s := range work {
		if s.str("state") == "GRADED" && !force {
			return nil, conflict("assignment %q has graded work", d.id())
		}
		keys = append(keys, s.key)
	}
	// ported bug: delete-gap. The positions of the others stay, so the next one
	// created gets a position that is taken.
	if err := a.db.DeleteMulti(p.Context, append(keys, d.key)); err != nil {
		return nil, err
	}
	class.m["assignmentCount"] = class.num("assignmentCount") - 1
	if err := a.put(p.Context, class); err != nil {
		return nil, err
	}
	return map[string]any{"id": d.id(), "submissions": len(work)}, nil
}
