package main

import (
	"context"
	"slices"
	"sort"
	"time"

	"cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
)

// assignmentsOf reads all of a class, by position.
func (a *app) assignmentsOf(ctx context.Context, class *doc) ([]*doc, error) {
	all, err := a.all(ctx, datastore.NewQuery("Assignment").Ancestor(class.key))
	sort.SliceStable(all, func(i, j int) bool { return all[i].num("position") < all[j].num("position") })
	return all, err
}

func (a *app) assignment(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	class, err := a.get(p.Context, numbered("Class", p.Args["classId"].(string), nil))
	if class == nil || err != nil {
		return nil, err
	}
	if err := a.mayView(p.Context, me, class); err != nil {
		return nil, err
	}
	d, err := a.get(p.Context, numbered("Assignment", p.Args["id"].(string), class.key))
	if d == nil || err != nil {
		return nil, err
	}
	if d.str("state") == "DRAFT" && !coaches(class, me.key) {
		return nil, nil
	}
	return d, nil
}

func (a *app) firstAssignments(p graphql.ResolveParams) (any, error) {
	first := or(p.Args["first"], 5).(int)
	if first < 0 {
		return nil, badInput("first must not be negative")
	}
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	class := p.Source.(*doc)
	all, err := a.assignmentsOf(p.Context, class)
	if err != nil {
		return nil, err
	}
	list := []*doc{}
	for _, d := range all {
		if len(list) < first && (d.str("state") != "DRAFT" || coaches(class, me.key)) {
			list = append(list, d)
		}
	}
	return list, nil
}

func (a *app) assignments(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	class, err := a.classByID(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	if err := a.mayView(p.Context, me, class); err != nil {
		return nil, err
	}
	filter, _ := p.Args["filter"].(map[string]any)
	page, size, order := or(p.Args["page"], 1).(int), or(p.Args["size"], 10).(int), or(p.Args["order"], "POSITION").(string)
	state, err := checkListing(page, size, order, filter, coaches(class, me.key))
	if err != nil {
		return nil, err
	}
	all, err := a.assignmentsOf(p.Context, class)
	if err != nil {
		return nil, err
	}
	rows := []*doc{}
	for _, d := range all {
		if matches(d, state, filter) {
			rows = append(rows, d)
		}
	}
	orderBy(rows, order)
	total := len(rows)
	rows = cut(rows, (page-1)*size, size)
	// ported bug: full-last-page. A full page claims that there is another one,
	// also when it was the last.
	more := len(rows) == size
	return map[string]any{"nodes": rows, "total": total, "page": page, "hasMore": more}, nil
}

// checkListing returns the state to show, nil for any.
func checkListing(page, size int, order string, filter map[string]any, coach bool) (any, error) {
	if page < 1 {
		return nil, badInput("page must be at least 1")
	}
	if size < 1 || size > 50 {
		return nil, badInput("size must be between 1 and 50")
	}
	if filter["dueBefore"] != nil && order != "DUE" {
		return nil, badInput("dueBefore needs order DUE")
	}
	state := filter["state"]
	if coach {
		return state, nil
	}
	if state == "DRAFT" {
		return nil, forbidden("students see no drafts")
	}
	return or(state, "OPEN"), nil
}

func matches(d *doc, state any, filter map[string]any) bool {
	if state != nil && d.str("state") != state {
		return false
	}
	if limit, ok := filter["dueBefore"].(time.Time); ok {
		if d.m["due"] == nil || !d.at("due").Before(limit) {
			return false
		}
	}
	label := filter["label"]
	if label == nil {
		return true
	}
	return slices.Contains(d.list("labels"), label)
}

// orderBy sorts by the due date or the title and, where that is the same, by
// key; what has no due date comes first.
func orderBy(rows []*doc, order string) {
	if order == "POSITION" {
		return
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].key.ID < rows[j].key.ID })
	sort.SliceStable(rows, func(i, j int) bool {
		if order == "DUE" {
			return rows[i].at("due").Before(rows[j].at("due"))
		}
		return rows[i].str("title") < rows[j].str("title")
	})
}

func cut(rows []*doc, from, size int) []*doc {
	if from >= len(rows) {
		return []*doc{}
	}
	rows = rows[from:]
	if len(rows) > size {
		rows = rows[:size]
	}
	return rows
}
