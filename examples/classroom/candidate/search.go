package main

import (
	"context"
	"strings"

	"cloud.google.com/go/datastore"
)

// searchHit is exactly one of the three.
type searchHit struct {
	class      *classResolver
	assignment *assignmentResolver
	person     *personResolver
}

// ToClass is asked by the GraphQL library for the type.
func (h *searchHit) ToClass() (*classResolver, bool) { return h.class, h.class != nil }

// ToAssignment is asked by the GraphQL library for the type.
func (h *searchHit) ToAssignment() (*assignmentResolver, bool) {
	return h.assignment, h.assignment != nil
}

// ToCoach is asked by the GraphQL library for the type.
func (h *searchHit) ToCoach() (*personResolver, bool) {
	return h.person, h.person != nil && h.person.u.Role == roleCoach
}

// ToStudent is asked by the GraphQL library for the type.
func (h *searchHit) ToStudent() (*personResolver, bool) {
	return h.person, h.person != nil && h.person.u.Role != roleCoach
}

type searchArgs struct {
	Text  string
	Limit *int32
}

// Search is a root query.
func (s *server) Search(ctx context.Context, args searchArgs) (*[]*searchHit, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	limit := int(or(args.Limit, 10))
	if args.Text == "" {
		return nil, badInput("text must not be empty")
	}
	if limit < 1 || limit > 50 {
		return nil, badInput("limit must be between 1 and 50")
	}
	hits := []*searchHit{}
	for _, lookup := range []func(context.Context, *user, string, int) ([]*searchHit, error){
		s.findClasses, s.findAssignments, s.findPeople,
	} {
		found, err := lookup(ctx, me, args.Text, limit)
		if err != nil {
			return nil, err
		}
		hits = append(hits, found...)
	}
	hits = hits[:min(limit, len(hits))]
	return &hits, nil
}

// starting finds entities by the start of a property, in its order.
func starting[T any](ctx context.Context, s *server, kind, property, text string, limit int) ([]*T, error) {
	// ported bug: search-ceiling. What goes on with characters above U+FFFD, such
	// as emoji, is not found.
	ceiling := text + "\ufffd"
	if s.broken("fixed-search-ceiling") {
		ceiling = text + "\U0010ffff"
	}
	q := datastore.NewQuery(kind).FilterField(property, ">=", text).FilterField(property, "<", ceiling).Order(property)
	if s.broken("fixed-limit-before-rights") {
		return query[T](ctx, s, q)
	}
	// ported bug: limit-before-rights. The limit counts what the caller may not
	// see.
	return query[T](ctx, s, q.Limit(limit))
}

func (s *server) findClasses(ctx context.Context, me *user, text string, limit int) ([]*searchHit, error) {
	found, err := starting[class](ctx, s, "Class", "title", text, limit)
	var hits []*searchHit
	for _, c := range found {
		if c.coachedBy(me) {
			hits = append(hits, &searchHit{class: s.class(c)})
		}
	}
	return hits, err
}

func (s *server) findAssignments(ctx context.Context, me *user, text string, limit int) ([]*searchHit, error) {
	var found []*assignment
	var err error
	if s.broken("any-case-search") {
		found, err = s.assignmentsAnyCase(ctx, text)
	} else {
		found, err = starting[assignment](ctx, s, "Assignment", "title", text, limit)
	}
	if err != nil {
		return nil, err
	}
	above := make([]*datastore.Key, len(found))
	for i, a := range found {
		above[i] = a.Key.Parent
	}
	classes, err := findAll[class](ctx, s, above)
	if err != nil {
		return nil, err
	}
	var hits []*searchHit
	for i, a := range found {
		if c := classes[i]; c != nil && c.coachedBy(me) {
			hits = append(hits, &searchHit{assignment: s.assignment(a, c)})
		}
	}
	return hits, nil
}

func (s *server) assignmentsAnyCase(ctx context.Context, text string) ([]*assignment, error) {
	all, err := query[assignment](ctx, s, datastore.NewQuery("Assignment").Order("title"))
	var found []*assignment
	for _, a := range all {
		if strings.HasPrefix(strings.ToLower(a.Title), strings.ToLower(text)) {
			found = append(found, a)
		}
	}
	return found, err
}

func (s *server) findPeople(ctx context.Context, me *user, text string, limit int) ([]*searchHit, error) {
	found, err := starting[user](ctx, s, "User", "name", text, limit)
	if me.Role != roleCoach {
		return nil, err
	}
	var hits []*searchHit
	for _, u := range found {
		hits = append(hits, &searchHit{person: s.person(u)})
	}
	return hits, err
}
