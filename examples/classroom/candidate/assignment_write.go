package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type assignmentInput struct {
	Title       string
	Description *string
	Points      *int32
	Weight      *float64
	State       *string
	Due         *dateTime
	Labels      *[]string
	Rubric      *[]criterionInput
}

type criterionInput struct {
	Name   string
	Points int32
	Weight *float64
	Note   *string
}

type createAssignmentArgs struct {
	ClassID graphql.ID
	Input   assignmentInput
}

// CreateAssignment is a mutation.
func (s *server) CreateAssignment(ctx context.Context, args createAssignmentArgs) (*assignmentResolver, error) {
	me, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.newAssignment(ctx, c, args.Input)
	if err != nil {
		return nil, err
	}
	a.Creator = me.Key
	var pending *datastore.PendingKey
	commit, err := s.db.RunInTransaction(ctx, func(tx *datastore.Transaction) error {
		if err := c.reload(tx); err != nil {
			return err
		}
		a.Position = c.AssignmentCount
		c.AssignmentCount++
		if !s.broken("missing-write") {
			if _, err := s.put(tx, c); err != nil {
				return err
			}
		}
		pending, err = s.put(tx, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.Key = commit.Key(pending)
	if s.broken("wrong-id") {
		a.Key = datastore.IDKey("Assignment", a.Key.ID+1, c.Key)
	}
	return s.assignment(a, c), nil
}

// newAssignment checks the input and makes an entity of it, without a position.
func (s *server) newAssignment(ctx context.Context, c *class, in assignmentInput) (*assignment, error) {
	title, err := s.freeTitle(ctx, c, in.Title, nil)
	if err != nil {
		return nil, err
	}
	points := or(in.Points, 10)
	if err := s.checkPoints(points); err != nil {
		return nil, err
	}
	at := now(ctx)
	a := &assignment{
		Key: datastore.IncompleteKey("Assignment", c.Key), Title: title, Description: in.Description,
		Points: int64(points), Weight: or(in.Weight, 1), State: assignmentState(or(in.State, string(stateDraft))),
		Due: s.meant(in.Due), Created: at, Updated: at,
	}
	if in.Labels != nil {
		a.Labels = *in.Labels
	}
	if in.Rubric != nil {
		a.Rubric = criteria(*in.Rubric)
	}
	return a, nil
}

// freeTitle cleans a title and refuses one that another assignment of the class has.
func (s *server) freeTitle(ctx context.Context, c *class, text string, own *datastore.Key) (string, error) {
	title := s.cleanTitle(text)
	if title == "" {
		return "", badInput("title must not be empty")
	}
	q := datastore.NewQuery("Assignment").Ancestor(c.Key)
	if !s.broken("fixed-case-duplicates") {
		// ported bug: case-duplicates. "fractions" may stand beside "Fractions".
		q = q.FilterField("title", "=", title)
	}
	same, err := query[assignment](ctx, s, q)
	if err != nil {
		return "", err
	}
	for _, a := range same {
		if strings.EqualFold(a.Title, title) && !a.Key.Equal(own) {
			return "", conflict("title %q is taken", title)
		}
	}
	return title, nil
}

func (s *server) checkPoints(n int32) error {
	if n < 0 && s.broken("lax-validation") {
		return nil
	}
	if n < 0 || n > 1000 {
		return badInput("points must be between 0 and 1000")
	}
	return nil
}

func criteria(in []criterionInput) []criterion {
	list := make([]criterion, len(in))
	for i, c := range in {
		list[i] = criterion{Name: c.Name, Points: int64(c.Points), Weight: or(c.Weight, 1), Note: c.Note}
	}
	return list
}

func or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}

type renameAssignmentArgs struct {
	ClassID, ID graphql.ID
	Title       string
}

// RenameAssignment is a mutation; the same title again writes nothing.
func (s *server) RenameAssignment(ctx context.Context, args renameAssignmentArgs) (*assignmentResolver, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.assignmentByID(ctx, c, args.ID)
	if err != nil {
		return nil, err
	}
	title, err := s.freeTitle(ctx, c, args.Title, a.Key)
	if err != nil {
		return nil, err
	}
	if title == a.Title && !s.broken("needless-write") {
		return s.assignment(a, c), nil
	}
	a.Title, a.Updated = title, now(ctx)
	if s.broken("extra-entity") {
		return s.assignment(a, c), s.change(ctx, a, &titleChange{Key: datastore.NameKey("TitleChange", title, a.Key)})
	}
	return s.assignment(a, c), s.change(ctx, a)
}

type reorderAssignmentsArgs struct {
	ClassID graphql.ID
	Ids     []graphql.ID
}

// ReorderAssignments is a mutation.
func (s *server) ReorderAssignments(ctx context.Context, args reorderAssignmentsArgs) (*[]*assignmentResolver, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	all, err := s.ordered(ctx, c)
	if err != nil {
		return nil, err
	}
	order, err := reordered(all, args.Ids)
	if err != nil {
		return nil, err
	}
	if err := s.change(ctx, s.renumbered(order, now(ctx))...); err != nil {
		return nil, err
	}
	if s.broken("stale-answer") {
		order = all
	}
	list := s.assignmentsIn(c, order)
	return &list, nil
}

// reordered is the named ones and after them the others.
func reordered(all []*assignment, ids []graphql.ID) ([]*assignment, error) {
	var order []*assignment
	for _, id := range ids {
		has := func(a *assignment) bool { return idOf(a.Key) == string(id) }
		i := slices.IndexFunc(all, has)
		if i < 0 {
			return nil, notFound("assignment", string(id))
		}
		if slices.ContainsFunc(order, has) {
			return nil, badInput("assignment %q is listed twice", id)
		}
		order = append(order, all[i])
	}
	for _, a := range all {
		if !slices.Contains(order, a) {
			order = append(order, a)
		}
	}
	return order, nil
}

// renumbered gives each its position and returns those that changed.
func (s *server) renumbered(order []*assignment, at time.Time) []entity {
	var changed []entity
	for i, a := range order {
		// ported bug: reorder-from-one. Creating counts positions from zero.
		position := int64(i + 1)
		if s.broken("fixed-reorder-from-one") {
			position = int64(i)
		}
		if a.Position != position {
			a.Position, a.Updated = position, at
			changed = append(changed, a)
		}
	}
	return changed
}
