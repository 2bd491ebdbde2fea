package main

import (
	"context"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

// personResolver is the interface Person and both of its types.
type personResolver struct {
	s *server
	u *user
}

func (s *server) person(u *user) *personResolver {
	if u == nil {
		return nil
	}
	return &personResolver{s, u}
}

// Person is a root query.
func (s *server) Person(ctx context.Context, args struct{ ID graphql.ID }) (*personResolver, error) {
	if _, err := s.viewer(ctx); err != nil {
		return nil, err
	}
	u, err := find[user](ctx, s, personalKey("User", string(args.ID), nil))
	return s.person(u), err
}

// personAt is the person that a key property names; null when there is none.
func (s *server) personAt(ctx context.Context, key *datastore.Key) (*personResolver, error) {
	u, err := find[user](ctx, s, key)
	return s.person(u), err
}

func (s *server) persons(users []*user) []*personResolver {
	list := []*personResolver{}
	for _, u := range users {
		if u != nil {
			list = append(list, s.person(u))
		}
	}
	return list
}

func (p *personResolver) ID() graphql.ID { return graphql.ID(idOf(p.u.Key)) }
func (p *personResolver) Name() string   { return p.u.Name }
func (p *personResolver) Bio() *string   { return p.u.Bio }
func (p *personResolver) Year() *int32   { return int32OrNull(p.u.Year) }

// Email is for coaches and oneself.
func (p *personResolver) Email(ctx context.Context) (*string, error) {
	me, err := p.s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	if me.Role != roleCoach && !me.Key.Equal(p.u.Key) && !p.s.broken("open-email") {
		return nil, nil
	}
	return &p.u.Email, nil
}

// Guardian is null for most.
func (p *personResolver) Guardian() *guardianResolver {
	if p.u.Guardian == nil {
		return nil
	}
	return &guardianResolver{p.u.Guardian}
}

// Classes are those that a coach leads.
func (p *personResolver) Classes(ctx context.Context) (*[]*classResolver, error) {
	q := datastore.NewQuery("Class").
		FilterField("coach", "=", p.u.Key).FilterField("archived", "=", false).Order("title")
	found, err := query[class](ctx, p.s, q)
	return p.s.classes(found), err
}

// ToCoach is asked by the GraphQL library for the type.
func (p *personResolver) ToCoach() (*personResolver, bool) {
	return p, p.u.Role == roleCoach && !p.s.broken("wrong-member")
}

// ToStudent is asked by the GraphQL library for the type.
func (p *personResolver) ToStudent() (*personResolver, bool) {
	return p, p.u.Role != roleCoach || p.s.broken("wrong-member")
}

type guardianResolver struct{ g *guardian }

func (r *guardianResolver) Name() string   { return r.g.Name }
func (r *guardianResolver) Phone() *string { return r.g.Phone }

func int32OrNull(n *int64) *int32 {
	if n == nil {
		return nil
	}
	v := int32(*n)
	return &v
}
