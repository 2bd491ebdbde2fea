package main

import (
	"context"
	"slices"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type deleteResult struct {
	id   string
	work int
}

func (r *deleteResult) ID() graphql.ID     { return graphql.ID(r.id) }
func (r *deleteResult) Submissions() int32 { return int32(r.work) }

type deleteAssignmentArgs struct {
	ClassID, ID graphql.ID
	Force       *bool
}

// DeleteAssignment is a mutation.
func (s *server) DeleteAssignment(ctx context.Context, args deleteAssignmentArgs) (*deleteResult, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.assignmentByID(ctx, c, args.ID)
	if err != nil {
		return nil, err
	}
	res := &deleteResult{id: idOf(a.Key)}
	_, err = s.db.RunInTransaction(ctx, func(tx *datastore.Transaction) error {
		res.work, err = s.remove(ctx, tx, c, a, or(args.Force, false))
		return err
	})
	if err != nil {
		return nil, err
	}
	return res, nil
}

// remove deletes an assignment and what hangs below it, and returns how much
// that was. It may run more than once.
func (s *server) remove(ctx context.Context, tx *datastore.Transaction, c *class, a *assignment, force bool) (int, error) {
	work, err := query[submission](ctx, s, datastore.NewQuery("Submission").Ancestor(a.Key).Transaction(tx))
	if err != nil {
		return 0, err
	}
	graded := func(w *submission) bool { return w.State == workGraded }
	if !force && slices.ContainsFunc(work, graded) {
		return 0, conflict("assignment %q has graded work", idOf(a.Key))
	}
	keys := []*datastore.Key{a.Key}
	for _, w := range work {
		if !s.broken("missing-cascade") {
			keys = append(keys, w.Key)
		}
	}
	if err := tx.DeleteMulti(keys); err != nil {
		return 0, err
	}
	if s.broken("fixed-delete-gap") {
		if err := s.closeGap(ctx, tx, c, a); err != nil {
			return 0, err
		}
	}
	// ported bug: delete-gap. The positions of the others stay.
	if err := c.reload(tx); err != nil {
		return 0, err
	}
	c.AssignmentCount--
	return len(work), s.putAll(tx, c)
}

// closeGap is what legacy forgot.
func (s *server) closeGap(ctx context.Context, tx *datastore.Transaction, c *class, gone *assignment) error {
	all, err := s.ordered(ctx, c)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Position > gone.Position {
			a.Position--
			if err := s.putAll(tx, a); err != nil {
				return err
			}
		}
	}
	return nil
}
