package main

import (
	"cmp"
	"context"
	"slices"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type classResolver struct {
	s *server
	c *class
}

func (s *server) class(c *class) *classResolver {
	if c == nil {
		return nil
	}
	return &classResolver{s, c}
}

func (s *server) classes(found []*class) *[]*classResolver {
	list := make([]*classResolver, len(found))
	for i, c := range found {
		list[i] = s.class(c)
	}
	return &list
}

// Class is a root query.
func (s *server) Class(ctx context.Context, args struct{ ID graphql.ID }) (*classResolver, error) {
	_, c, err := s.seen(ctx, string(args.ID))
	if c == nil && err == nil && s.broken("error-for-null") {
		return nil, notFound("class", string(args.ID))
	}
	return s.class(c), err
}

// Classes is a root query.
func (s *server) Classes(ctx context.Context, args struct{ Archived *bool }) (*[]*classResolver, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	archived := args.Archived != nil && *args.Archived
	var found []*class
	if me.Role == roleCoach {
		found, err = s.led(ctx, me.Key, archived)
	} else {
		found, err = s.attended(ctx, me.Key, archived)
	}
	if err != nil {
		return nil, err
	}
	return s.classes(found), nil
}

// led lists a coach's own classes by title, then those of others by title.
func (s *server) led(ctx context.Context, coach *datastore.Key, archived bool) ([]*class, error) {
	roles := []string{"coach", "coCoaches"}
	if s.broken("missing-co-classes") {
		roles = roles[:1]
	}
	var list []*class
	for _, role := range roles {
		q := datastore.NewQuery("Class").FilterField(role, "=", coach).Order("title")
		if !s.broken("missing-filter") {
			q = q.FilterField("archived", "=", archived)
		}
		found, err := query[class](ctx, s, q)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// attended lists a student's classes by title.
func (s *server) attended(ctx context.Context, student *datastore.Key, archived bool) ([]*class, error) {
	q := datastore.NewQuery("Enrollment").FilterField("student", "=", student).FilterField("active", "=", true)
	enrollments, err := query[enrollment](ctx, s, q)
	if err != nil {
		return nil, err
	}
	keys := make([]*datastore.Key, len(enrollments))
	for i, e := range enrollments {
		keys[i] = e.Key.Parent
	}
	found, err := findAll[class](ctx, s, keys)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(c *class) bool { return c == nil || c.Archived != archived })
	slices.SortFunc(found, func(x, y *class) int {
		return cmp.Or(cmp.Compare(x.Title, y.Title), cmp.Compare(idOf(x.Key), idOf(y.Key)))
	})
	return found, nil
}

// students are the active ones of a class, by name.
func (s *server) students(ctx context.Context, c *class) ([]*user, error) {
	q := datastore.NewQuery("Enrollment").Ancestor(c.Key)
	if !s.broken("former-students") {
		q = q.FilterField("active", "=", true)
	}
	enrollments, err := query[enrollment](ctx, s, q)
	if err != nil {
		return nil, err
	}
	keys := make([]*datastore.Key, len(enrollments))
	for i, e := range enrollments {
		keys[i] = e.Student
	}
	found, err := findAll[user](ctx, s, keys)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(u *user) bool { return u == nil })
	slices.SortFunc(found, func(x, y *user) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(idOf(x.Key), idOf(y.Key)))
	})
	return found, nil
}

func (r *classResolver) ID() graphql.ID         { return graphql.ID(idOf(r.c.Key)) }
func (r *classResolver) Title() string          { return r.c.Title }
func (r *classResolver) Archived() bool         { return r.c.Archived }
func (r *classResolver) Created() dateTime      { return r.s.shown(r.c.Created) }
func (r *classResolver) TermEnd() *dateTime     { return r.s.shownOrNull(r.c.TermEnd) }
func (r *classResolver) StudentCount() int32    { return int32(r.c.StudentCount) }
func (r *classResolver) AssignmentCount() int32 { return int32(r.c.AssignmentCount) }
func (r *classResolver) Tags() []string         { return orEmpty(r.c.Tags) }

// Subject is null where a class has none.
func (r *classResolver) Subject() *string {
	if r.c.Subject == nil && r.s.broken("empty-for-null") {
		return new(string)
	}
	return r.c.Subject
}

// Coach leads the class.
func (r *classResolver) Coach(ctx context.Context) (*personResolver, error) {
	return r.s.personAt(ctx, r.c.Coach)
}

// CoCoaches are in the order of their invitation.
func (r *classResolver) CoCoaches(ctx context.Context) (*[]*personResolver, error) {
	found, err := findAll[user](ctx, r.s, r.c.CoCoaches)
	list := r.s.persons(found)
	return &list, err
}

// Students are by name.
func (r *classResolver) Students(ctx context.Context) (*[]*personResolver, error) {
	found, err := r.s.students(ctx, r.c)
	list := r.s.persons(found)
	return &list, err
}

// Schedule is null where a class has none.
func (r *classResolver) Schedule() *scheduleResolver {
	if r.c.Schedule == nil {
		return nil
	}
	return &scheduleResolver{r.c.Schedule}
}

type scheduleResolver struct{ p *schedule }

func (r *scheduleResolver) Weekday() int32 { return int32(r.p.Weekday) }
func (r *scheduleResolver) Minutes() int32 { return int32(r.p.Minutes) }
func (r *scheduleResolver) Room() *string  { return r.p.Room }

// orEmpty keeps a list that was never written from being null.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
