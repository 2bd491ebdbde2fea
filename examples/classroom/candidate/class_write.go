package main

import (
	"context"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type classInput struct {
	Title      string
	Subject    *string
	Tags       *[]string
	Schedule   *scheduleInput
	CoCoachIds *[]graphql.ID
}

type scheduleInput struct {
	Weekday, Minutes int32
	Room             *string
}

// reload reads the class anew: a struct that is loaded twice would keep what the
// second entity lacks.
func (c *class) reload(tx *datastore.Transaction) error {
	fresh := class{}
	if err := tx.Get(c.Key, &fresh); err != nil {
		return err
	}
	*c = fresh
	return nil
}

// CreateClass is a mutation.
func (s *server) CreateClass(ctx context.Context, args struct{ Input classInput }) (*classResolver, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	if me.Role != roleCoach {
		return nil, forbidden("only coaches may create classes")
	}
	in := args.Input
	title := s.cleanTitle(in.Title)
	if title == "" {
		return nil, badInput("title must not be empty")
	}
	if p := in.Schedule; p != nil && (p.Weekday < 1 || p.Weekday > 7) && s.broken("strict-validation") {
		return nil, badInput("weekday must be between 1 and 7")
	}
	others, err := s.coachKeys(ctx, in.CoCoachIds)
	if err != nil {
		return nil, err
	}
	c := &class{
		Key: datastore.IncompleteKey("Class", nil), Title: title, Subject: in.Subject,
		Coach: me.Key, CoCoaches: others, Schedule: in.Schedule.stored(), Created: now(ctx),
	}
	if in.Tags != nil {
		c.Tags = *in.Tags
	}
	keys, err := s.db.AllocateIDs(ctx, []*datastore.Key{c.Key})
	if err != nil {
		return nil, err
	}
	c.Key = keys[0]
	return s.class(c), s.change(ctx, c)
}

func (s *server) coachKeys(ctx context.Context, ids *[]graphql.ID) ([]*datastore.Key, error) {
	if ids == nil {
		return nil, nil
	}
	var keys []*datastore.Key
	for _, id := range *ids {
		u, err := find[user](ctx, s, personalKey("User", string(id), nil))
		if err != nil {
			return nil, err
		}
		if u == nil || u.Role != roleCoach {
			return nil, notFound("coach", string(id))
		}
		keys = append(keys, u.Key)
	}
	return keys, nil
}

func (in *scheduleInput) stored() *schedule {
	if in == nil {
		return nil
	}
	return &schedule{Weekday: int64(in.Weekday), Minutes: int64(in.Minutes), Room: in.Room}
}

type archiveResult struct {
	s               *server
	c               *class
	closed, removed int
}

func (r *archiveResult) Class() *classResolver { return r.s.class(r.c) }
func (r *archiveResult) Closed() int32         { return int32(r.closed) }
func (r *archiveResult) Removed() int32        { return int32(r.removed) }

// ArchiveClass is a mutation.
func (s *server) ArchiveClass(ctx context.Context, args struct{ ID graphql.ID }) (*archiveResult, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.classByID(ctx, string(args.ID))
	if err != nil {
		return nil, err
	}
	if !c.Coach.Equal(me.Key) && (!s.broken("co-coach-archives") || !c.coachedBy(me)) {
		return nil, forbidden("only the coach of class %q may archive it", idOf(c.Key))
	}
	res := &archiveResult{s: s, c: c}
	if c.Archived {
		return res, nil
	}
	if at := came(ctx); c.TermEnd != nil && (at.Before(*c.TermEnd) || at.Equal(*c.TermEnd) && s.broken("late-archive")) {
		return nil, conflict("the term of class %q is not over", idOf(c.Key))
	}
	_, err = s.db.RunInTransaction(ctx, func(tx *datastore.Transaction) error {
		return s.archive(ctx, tx, res)
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// archive may run more than once.
func (s *server) archive(ctx context.Context, tx *datastore.Transaction, res *archiveResult) error {
	changed, err := s.closing(ctx, tx, res.c)
	if err != nil {
		return err
	}
	res.closed = len(changed)
	active := datastore.NewQuery("Enrollment").Ancestor(res.c.Key).FilterField("active", "=", true).Transaction(tx)
	enrollments, err := query[enrollment](ctx, s, active)
	if err != nil {
		return err
	}
	res.removed = len(enrollments)
	for _, e := range enrollments {
		e.Active = false
		changed = append(changed, e)
	}
	res.c.Archived, res.c.StudentCount = true, 0
	return s.putAll(tx, append(changed, res.c)...)
}

// closing closes the assignments of a class that are not closed yet.
func (s *server) closing(ctx context.Context, tx *datastore.Transaction, c *class) ([]entity, error) {
	all, err := query[assignment](ctx, s, datastore.NewQuery("Assignment").Ancestor(c.Key).Transaction(tx))
	if err != nil {
		return nil, err
	}
	if s.broken("short-cascade") && len(all) > 10 {
		all = all[:10]
	}
	at := now(ctx)
	var changed []entity
	for _, a := range all {
		if a.State == stateClosed {
			continue
		}
		a.State, a.Updated = stateClosed, at
		if s.broken("lower-case-state") {
			a.State = "closed"
		}
		changed = append(changed, a)
	}
	return changed, nil
}
