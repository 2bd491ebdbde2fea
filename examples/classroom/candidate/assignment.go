package main

import (
	"context"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type assignmentResolver struct {
	s *server
	a *assignment
	c *class // the class above, where it is at hand
}

func (s *server) assignment(a *assignment, c *class) *assignmentResolver {
	if a == nil {
		return nil
	}
	return &assignmentResolver{s, a, c}
}

func (s *server) assignmentsIn(c *class, found []*assignment) []*assignmentResolver {
	list := make([]*assignmentResolver, len(found))
	for i, a := range found {
		list[i] = s.assignment(a, c)
	}
	return list
}

func (s *server) assignmentByID(ctx context.Context, c *class, id graphql.ID) (*assignment, error) {
	a, err := find[assignment](ctx, s, numericKey("Assignment", string(id), c.Key))
	if err == nil && a == nil {
		err = notFound("assignment", string(id))
	}
	return a, err
}

// ordered reads all assignments of a class, by position.
func (s *server) ordered(ctx context.Context, c *class) ([]*assignment, error) {
	return query[assignment](ctx, s, datastore.NewQuery("Assignment").Ancestor(c.Key).Order("position"))
}

// Assignment is a root query.
func (s *server) Assignment(ctx context.Context, args struct{ ClassID, ID graphql.ID }) (*assignmentResolver, error) {
	me, c, err := s.seen(ctx, string(args.ClassID))
	if c == nil || err != nil {
		return nil, err
	}
	a, err := find[assignment](ctx, s, numericKey("Assignment", string(args.ID), c.Key))
	if a == nil || err != nil {
		return nil, err
	}
	if a.State == stateDraft && !c.coachedBy(me) {
		return nil, nil
	}
	return s.assignment(a, c), nil
}

func (r *assignmentResolver) ID() graphql.ID       { return graphql.ID(idOf(r.a.Key)) }
func (r *assignmentResolver) Title() string        { return r.a.Title }
func (r *assignmentResolver) Description() *string { return r.a.Description }
func (r *assignmentResolver) Points() int32        { return int32(r.a.Points) }
func (r *assignmentResolver) Weight() float64      { return r.a.Weight }
func (r *assignmentResolver) Position() int32      { return int32(r.a.Position) }
func (r *assignmentResolver) State() string        { return string(r.a.State) }
func (r *assignmentResolver) Due() *dateTime       { return r.s.shownOrNull(r.a.Due) }
func (r *assignmentResolver) Labels() []string     { return orEmpty(r.a.Labels) }
func (r *assignmentResolver) Created() dateTime    { return r.s.shown(r.a.Created) }
func (r *assignmentResolver) Updated() dateTime    { return r.s.shown(r.a.Updated) }

// Class is the one above.
func (r *assignmentResolver) Class(ctx context.Context) (*classResolver, error) {
	if r.c != nil {
		return r.s.class(r.c), nil
	}
	c, err := find[class](ctx, r.s, r.a.Key.Parent)
	return r.s.class(c), err
}

// Rubric is in the order given.
func (r *assignmentResolver) Rubric() []criterionResolver {
	list := make([]criterionResolver, len(r.a.Rubric))
	for i, c := range r.a.Rubric {
		list[i] = criterionResolver{c}
	}
	return list
}

// Submissions are for coaches.
func (r *assignmentResolver) Submissions(ctx context.Context, args struct{ State *string }) (*[]*submissionResolver, error) {
	if _, _, err := r.s.coached(ctx, idOf(r.a.Key.Parent)); err != nil {
		return nil, err
	}
	return r.s.work(ctx, r.a, args.State)
}

type criterionResolver struct{ c criterion }

func (r criterionResolver) Name() string    { return r.c.Name }
func (r criterionResolver) Points() int32   { return int32(r.c.Points) }
func (r criterionResolver) Weight() float64 { return r.c.Weight }
func (r criterionResolver) Note() *string   { return r.c.Note }
