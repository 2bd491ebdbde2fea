package main

import (
	"context"
	"strings"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type studentInput struct {
	Name, Email string
	Year        *int32
	Guardian    *guardianInput
}

type guardianInput struct {
	Name  string
	Phone *string
}

// inviteResult is one of two types: since is set for AlreadyMember only.
type inviteResult struct {
	person *personResolver
	class  *classResolver
	since  dateTime
}

func (r *inviteResult) Person() *personResolver { return r.person }
func (r *inviteResult) Class() *classResolver   { return r.class }
func (r *inviteResult) Since() dateTime         { return r.since }

// ToInvited is asked by the GraphQL library for the type.
func (r *inviteResult) ToInvited() (*inviteResult, bool) { return r, r.class != nil }

// ToAlreadyMember is asked by the GraphQL library for the type.
func (r *inviteResult) ToAlreadyMember() (*inviteResult, bool) { return r, r.class == nil }

// userByEmail returns nil when nobody has the address.
func (s *server) userByEmail(ctx context.Context, email string) (*user, error) {
	if s.broken("fixed-case-email") {
		return s.userByAnyCase(ctx, email)
	}
	// ported bug: case-email. Addresses are compared as spelled.
	found, err := query[user](ctx, s, datastore.NewQuery("User").FilterField("email", "=", email).Limit(1))
	if len(found) == 0 || err != nil {
		return nil, err
	}
	return found[0], nil
}

func (s *server) userByAnyCase(ctx context.Context, email string) (*user, error) {
	all, err := query[user](ctx, s, datastore.NewQuery("User"))
	for _, u := range all {
		if strings.EqualFold(u.Email, email) {
			return u, nil
		}
	}
	return nil, err
}

type inviteStudentArgs struct {
	ClassID graphql.ID
	Input   studentInput
}

// InviteStudent is a mutation.
func (s *server) InviteStudent(ctx context.Context, args inviteStudentArgs) (*inviteResult, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	in := args.Input
	in.Name, in.Email = strings.Trim(in.Name, " "), strings.Trim(in.Email, " ")
	if in.Name == "" {
		return nil, badInput("name must not be empty")
	}
	if !strings.Contains(in.Email, "@") {
		return nil, badInput("email %q is not an address", in.Email)
	}
	u, err := s.userByEmail(ctx, in.Email)
	if err != nil {
		return nil, err
	}
	if u != nil && u.Role == roleCoach {
		return nil, conflict("%q is a coach", in.Email)
	}
	return s.enroll(ctx, c, u, in)
}

// enroll makes the account first where there is none.
func (s *server) enroll(ctx context.Context, c *class, u *user, in studentInput) (*inviteResult, error) {
	var changed []entity
	if u == nil {
		account, err := s.newAccount(ctx, in)
		if err != nil {
			return nil, err
		}
		changed = append(changed, account)
		u = &user{Key: account.Key, Role: account.Role, Name: account.Name, Email: account.Email, Year: account.Year, Guardian: account.Guardian}
	}
	e, err := find[enrollment](ctx, s, personalKey("Enrollment", idOf(u.Key), c.Key))
	if err != nil {
		return nil, err
	}
	if e != nil && e.Active {
		return &inviteResult{person: s.person(u), since: s.shown(e.Joined)}, nil
	}
	if e == nil {
		e = &enrollment{Key: personalKey("Enrollment", idOf(u.Key), c.Key), Student: u.Key, Joined: now(ctx)}
	}
	e.Active = true
	var before class
	_, err = s.db.RunInTransaction(ctx, func(tx *datastore.Transaction) error {
		if err := c.reload(tx); err != nil {
			return err
		}
		before = *c
		c.StudentCount++
		return s.putAll(tx, append(changed, e, c)...)
	})
	if err != nil {
		return nil, err
	}
	if s.broken("fixed-stale-counter") {
		return &inviteResult{person: s.person(u), class: s.class(c)}, nil
	}
	// ported bug: stale-counter. The answer shows the class before the write.
	return &inviteResult{person: s.person(u), class: s.class(&before)}, nil
}

func (s *server) newAccount(ctx context.Context, in studentInput) (*newStudent, error) {
	keys, err := s.db.AllocateIDs(ctx, []*datastore.Key{datastore.IncompleteKey("User", nil)})
	if err != nil {
		return nil, err
	}
	u := &newStudent{Key: keys[0], Role: roleStudent, Name: in.Name, Email: in.Email}
	if in.Year != nil {
		year := int64(*in.Year)
		u.Year = &year
	}
	if in.Guardian != nil {
		u.Guardian = &guardian{Name: in.Guardian.Name, Phone: in.Guardian.Phone}
	}
	return u, nil
}

type inviteCoachArgs struct {
	ClassID graphql.ID
	Email   string
}

// InviteCoach is a mutation.
func (s *server) InviteCoach(ctx context.Context, args inviteCoachArgs) (*inviteResult, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	u, err := s.userByEmail(ctx, args.Email)
	if err != nil {
		return nil, err
	}
	if u == nil || u.Role != roleCoach {
		return nil, badInput("no coach has the email %q", args.Email)
	}
	if c.coachedBy(u) {
		return &inviteResult{person: s.person(u), since: s.shown(c.Created)}, nil
	}
	if s.broken("lost-co-coach") {
		c.CoCoaches = nil
	}
	c.CoCoaches = append(c.CoCoaches, u.Key)
	return &inviteResult{person: s.person(u), class: s.class(c)}, s.change(ctx, c)
}
