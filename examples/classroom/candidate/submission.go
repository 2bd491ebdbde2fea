package main

import (
	"context"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type submissionResolver struct {
	s *server
	w *submission
	a *assignment // the assignment above, where it is at hand
}

func (s *server) submission(w *submission, a *assignment) *submissionResolver {
	if w == nil {
		return nil
	}
	return &submissionResolver{s, w, a}
}

// Submission is a root query.
func (s *server) Submission(ctx context.Context, args struct{ ClassID, AssignmentID, StudentID graphql.ID }) (*submissionResolver, error) {
	me, c, err := s.seen(ctx, string(args.ClassID))
	if c == nil || err != nil {
		return nil, err
	}
	own := idOf(me.Key) == string(args.StudentID)
	if !own && !c.coachedBy(me) && !s.broken("missing-rights") {
		return nil, forbidden("the work of %q is not yours", args.StudentID)
	}
	above := numericKey("Assignment", string(args.AssignmentID), c.Key)
	if above == nil {
		return nil, nil
	}
	w, err := find[submission](ctx, s, personalKey("Submission", string(args.StudentID), above))
	if err != nil {
		return nil, err
	}
	if w != nil && w.Feedback == nil && s.broken("write-in-query") {
		repaired := *w
		repaired.Feedback = new(string)
		return s.submission(w, nil), s.change(ctx, &repaired)
	}
	return s.submission(w, nil), nil
}

type submissionsArgs struct {
	ClassID, AssignmentID graphql.ID
	State                 *string
}

// Submissions is a root query.
func (s *server) Submissions(ctx context.Context, args submissionsArgs) (*[]*submissionResolver, error) {
	_, c, err := s.coached(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.assignmentByID(ctx, c, args.AssignmentID)
	if err != nil {
		return nil, err
	}
	return s.work(ctx, a, args.State)
}

// work lists the submissions of an assignment, in any state for nil.
func (s *server) work(ctx context.Context, a *assignment, state *string) (*[]*submissionResolver, error) {
	q := datastore.NewQuery("Submission").Ancestor(a.Key)
	if state != nil && !s.broken("wrong-filter") {
		q = q.FilterField("state", "=", *state)
	}
	found, err := query[submission](ctx, s, q)
	if err != nil {
		return nil, err
	}
	list := make([]*submissionResolver, len(found))
	for i, w := range found {
		list[i] = s.submission(w, a)
	}
	return &list, nil
}

func (r *submissionResolver) ID() graphql.ID         { return graphql.ID(idOf(r.w.Key)) }
func (r *submissionResolver) State() string          { return string(r.w.State) }
func (r *submissionResolver) Text() *string          { return r.w.Text }
func (r *submissionResolver) Score() *float64        { return r.w.Score }
func (r *submissionResolver) Percent() *int32        { return int32OrNull(r.w.Percent) }
func (r *submissionResolver) Feedback() *string      { return r.w.Feedback }
func (r *submissionResolver) SubmittedAt() *dateTime { return r.s.shownOrNull(r.w.SubmittedAt) }

// Assignment is the one above.
func (r *submissionResolver) Assignment(ctx context.Context) (*assignmentResolver, error) {
	if r.a != nil {
		return r.s.assignment(r.a, nil), nil
	}
	a, err := find[assignment](ctx, r.s, r.w.Key.Parent)
	return r.s.assignment(a, nil), err
}

// Student is whose work it is.
func (r *submissionResolver) Student(ctx context.Context) (*personResolver, error) {
	return r.s.personAt(ctx, r.w.Student)
}

// GradedBy is null until it was graded.
func (r *submissionResolver) GradedBy(ctx context.Context) (*personResolver, error) {
	return r.s.personAt(ctx, r.w.GradedBy)
}

// Attempts are in the order of submission.
func (r *submissionResolver) Attempts() []attemptResolver {
	list := make([]attemptResolver, len(r.w.Attempts))
	for i, a := range r.w.Attempts {
		list[i] = attemptResolver{a}
	}
	return list
}

type attemptResolver struct{ a attempt }

func (r attemptResolver) Number() int32      { return int32(r.a.Number) }
func (r attemptResolver) Text() string       { return r.a.Text }
func (r attemptResolver) RequestID() *string { return r.a.RequestID }
