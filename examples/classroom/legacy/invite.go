package main

import (
	"context"
	"strings"

	"cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
)

// userByEmail returns nil when nobody has the address.
func (a *app) userByEmail(ctx context.Context, email string) (*doc, error) {
	// ported bug: case-email. Addresses are compared as spelled, so that one
	// person can be invited twice.
	found, err := a.all(ctx, datastore.NewQuery("User").FilterField("email", "=", email).Limit(1))
	if len(found) == 0 || err != nil {
		return nil, err
	}
	return found[0], nil
}

func (a *app) inviteStudent(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	in := p.Args["input"].(map[string]any)
	name, email := strings.Trim(in["name"].(string), " "), strings.Trim(in["email"].(string), " ")
	if name == "" {
		return nil, badInput("name must not be empty")
	}
	if !strings.Contains(email, "@") {
		return nil, badInput("email %q is not an address", email)
	}
	user, err := a.userByEmail(p.Context, email)
	if err != nil {
		return nil, err
	}
	if user != nil && user.str("role") == "coach" {
		return nil, conflict("%q is a coach", email)
	}
	if user == nil {
		user = &doc{key: datastore.IncompleteKey("User", nil), m: map[string]any{
			"role": "student", "name": name, "email": email, "year": year(in["year"]), "guardian": guardian(in["guardian"]),
		}}
		if err := a.put(p.Context, user); err != nil {
			return nil, err
		}
	}
	return a.enroll(p.Context, class, user)
}

func (a *app) enroll(ctx context.Context, class, user *doc) (any, error) {
	e, err := a.enrollment(ctx, class, user.id())
	if err != nil {
		return nil, err
	}
	if e != nil && e.yes("active") {
		return map[string]any{"person": user, "since": e.at("joined")}, nil
	}
	if e == nil {
		e = &doc{key: named("Enrollment", user.id(), class.key), m: map[string]any{
			"student": user.key, "joined": now(ctx), "submitted": int64(0),
		}}
	}
	e.m["active"] = true
	if err := a.put(ctx, e); err != nil {
		return nil, err
	}
	// ported bug: stale-counter. The answer shows the class as it was read
	// before the write, without the new student.
	fresh, err := a.get(ctx, class.key)
	if err != nil {
		return nil, err
	}
	fresh.m["studentCount"] = fresh.num("studentCount") + 1
	if err := a.put(ctx, fresh); err != nil {
		return nil, err
	}
	return map[string]any{"person": user, "class": class}, nil
}

func year(v any) any {
	if n, ok := v.(int); ok {
		return int64(n)
	}
	return nil
}

func guardian(v any) any {
	in, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	return embed(map[string]any{"name": in["name"], "phone": in["phone"]})
}

func (a *app) inviteCoach(p graphql.ResolveParams) (any, error) {
	_, class, err := a.activeCoachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	email := p.Args["email"].(string)
	coach, err := a.userByEmail(p.Context, email)
	if err != nil {
		return nil, err
	}
	if coach == nil || coach.str("role") != "coach" {
		return nil, badInput("no coach has the email %q", email)
	}
	if coaches(class, coach.key) {
		return map[string]any{"person": coach, "since": class.at("created")}, nil
	}
	class.m["coCoaches"] = append(class.list("coCoaches"), coach.key)
	if err := a.put(p.Context, class); err != nil {
		return nil, err
	}
	return map[string]any{"person": coach, "class": class}, nil
}
