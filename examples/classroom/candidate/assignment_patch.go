package main

import (
	"context"
	"slices"

	"github.com/graph-gophers/graphql-go"
)

// assignmentPatch tells absent from null where that matters.
type assignmentPatch struct {
	Title       *string
	Description graphql.NullString
	Points      *int32
	Weight      graphql.NullFloat
	State       *string
	Due         nullDateTime
	Labels      nullStrings
	Rubric      *[]criterionInput
}

type updateAssignmentArgs struct {
	ClassID, ID graphql.ID
	Input       assignmentPatch
}

// UpdateAssignment is a mutation.
func (s *server) UpdateAssignment(ctx context.Context, args updateAssignmentArgs) (*assignmentResolver, error) {
	_, c, err := s.running(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.assignmentByID(ctx, c, args.ID)
	if err != nil {
		return nil, err
	}
	checked, err := s.patchChecked(ctx, c, a, args.Input)
	if err != nil {
		return nil, err
	}
	if !s.patch(a, args.Input) && !checked {
		return s.assignment(a, c), nil
	}
	a.Updated = now(ctx)
	return s.assignment(a, c), s.change(ctx, a)
}

// patchChecked takes over what can be refused, and reports whether it did.
func (s *server) patchChecked(ctx context.Context, c *class, a *assignment, in assignmentPatch) (bool, error) {
	changed := false
	if in.Title != nil {
		title, err := s.freeTitle(ctx, c, *in.Title, a.Key)
		if err != nil {
			return false, err
		}
		a.Title, changed = title, true
	}
	// ported bug: zero-points. Zero counts as not given.
	if in.Points != nil && (*in.Points != 0 || s.broken("fixed-zero-points")) {
		if err := s.checkPoints(*in.Points); err != nil {
			return false, err
		}
		a.Points, changed = int64(*in.Points), true
	}
	return changed, nil
}

// patch takes over the rest, and reports whether it did.
func (s *server) patch(a *assignment, in assignmentPatch) bool {
	changed := false
	if in.State != nil {
		a.State, changed = assignmentState(*in.State), true
	}
	if in.Description.Set || s.broken("absent-is-null") {
		a.Description, changed = in.Description.Value, true
	}
	if in.Due.Set && (in.Due.Value != nil || !s.broken("null-is-absent")) {
		a.Due, changed = s.meant(in.Due.Value), true
	}
	if in.Weight.Set {
		a.Weight, changed = or(in.Weight.Value, 1), true
	}
	if in.Labels.Set {
		a.Labels, changed = in.Labels.Value, true
		if s.broken("sorted-labels") {
			slices.Sort(a.Labels)
		}
	}
	if in.Rubric != nil {
		a.Rubric, changed = criteria(*in.Rubric), true
	}
	return changed
}
