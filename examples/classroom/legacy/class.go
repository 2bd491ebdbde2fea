package main

import (
	"context"
	"sort"

	"cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
)

func (a *app) classQuery(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	class, err := a.get(p.Context, numbered("Class", p.Args["id"].(string), nil))
	if class == nil || err != nil {
		return nil, err
	}
	if err := a.mayView(p.Context, me, class); err != nil {
		return nil, err
	}
	return class, nil
}

func (a *app) classes(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	archived, _ := p.Args["archived"].(bool)
	if me.str("role") == "coach" {
		return a.coached(p.Context, me.key, archived)
	}
	return a.attended(p.Context, me.key, archived)
}

// coached lists a coach's own classes by title, then those of others by title.
func (a *app) coached(ctx context.Context, coach *datastore.Key, archived bool) ([]*doc, error) {
	list := []*doc{}
	for _, role := range []string{"coach", "coCoaches"} {
		found, err := a.all(ctx, datastore.NewQuery("Class").
			FilterField(role, "=", coach).FilterField("archived", "=", archived).Order("title"))
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

func (a *app) attended(ctx context.Context, student *datastore.Key, archived bool) ([]*doc, error) {
	enrollments, err := a.all(ctx, datastore.NewQuery("Enrollment").FilterField("student", "=", student))
	if err != nil {
		return nil, err
	}
	list := []*doc{}
	for _, e := range enrollments {
		if !e.yes("active") {
			continue
		}
		class, err := a.get(ctx, e.key.Parent)
		if err != nil {
			return nil, err
		}
		if class != nil && class.yes("archived") == archived {
			list = append(list, class)
		}
	}
	byText(list, "title")
	return list, nil
}

// byText sorts by a text and, where that is the same, by id.
func byText(list []*doc, name string) {
	sort.SliceStable(list, func(i, j int) bool {
		if x, y := list[i].str(name), list[j].str(name); x != y {
			return x < y
		}
		return list[i].id() < list[j].id()
	})
}

func (a *app) classesOfCoach(p graphql.ResolveParams) (any, error) {
	return a.all(p.Context, datastore.NewQuery("Class").
		FilterField("coach", "=", p.Source.(*doc).key).FilterField("archived", "=", false).Order("title"))
}

func (a *app) coCoaches(p graphql.ResolveParams) (any, error) {
	list := []*doc{}
	for _, v := range p.Source.(*doc).list("coCoaches") {
		coach, err := a.get(p.Context, v.(*datastore.Key))
		if err != nil {
			return nil, err
		}
		if coach != nil {
			list = append(list, coach)
		}
	}
	return list, nil
}

func (a *app) studentsOfClass(p graphql.ResolveParams) (any, error) {
	return a.students(p.Context, p.Source.(*doc))
}

// students are the active ones, by name.
func (a *app) students(ctx context.Context, class *doc) ([]*doc, error) {
	enrollments, err := a.all(ctx, datastore.NewQuery("Enrollment").Ancestor(class.key))
	if err != nil {
		return nil, err
	}
	list := []*doc{}
	for _, e := range enrollments {
		if !e.yes("active") {
			continue
		}
		student, err := a.get(ctx, e.ref("student"))
		if err != nil {
			return nil, err
		}
		if student != nil {
			list = append(list, student)
		}
	}
	byText(list, "name")
	return list, nil
}

func (a *app) createClass(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	if me.str("role") != "coach" {
		return nil, forbidden("only coaches may create classes")
	}
	in := p.Args["input"].(map[string]any)
	title := cleanTitle(in["title"].(string))
	if title == "" {
		return nil, badInput("title must not be empty")
	}
	others, err := a.coachKeys(p.Context, in["coCoachIds"])
	if err != nil {
		return nil, err
	}
	class := &doc{key: datastore.IncompleteKey("Class", nil), m: map[string]any{
		"title": title, "subject": in["subject"], "tags": listOrEmpty(in["tags"]),
		"coach": me.key, "coCoaches": others, "schedule": schedule(in["schedule"]),
		"archived": false, "created": now(p.Context), "studentCount": int64(0), "assignmentCount": int64(0),
	}}
	if err := a.put(p.Context, class); err != nil {
		return nil, err
	}
	return class, nil
}

func (a *app) coachKeys(ctx context.Context, ids any) ([]any, error) {
	keys := []any{}
	for _, id := range listOrEmpty(ids) {
		coach, err := a.get(ctx, named("User", id.(string), nil))
		if err != nil {
			return nil, err
		}
		if coach == nil || coach.str("role") != "coach" {
			return nil, notFound("coach", id.(string))
		}
		keys = append(keys, coach.key)
	}
	return keys, nil
}

func schedule(v any) any {
	in, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return embed(map[string]any{
		"weekday": int64(in["weekday"].(int)), "minutes": int64(in["minutes"].(int)), "room": in["room"],
	})
}

// listOrEmpty is never nil, so that a list is always stored.
func listOrEmpty(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{}
}
