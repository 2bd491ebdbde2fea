package main

import (
	"context"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type gradeInput struct {
	Score    float64
	Feedback graphql.NullString
}

type gradeArgs struct {
	ClassID, AssignmentID, StudentID graphql.ID
	Input                            gradeInput
}

// GradeSubmission is a mutation.
func (s *server) GradeSubmission(ctx context.Context, args gradeArgs) (*submissionResolver, error) {
	me, c, err := s.coached(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	a, err := s.assignmentByID(ctx, c, args.AssignmentID)
	if err != nil {
		return nil, err
	}
	w, err := find[submission](ctx, s, personalKey("Submission", string(args.StudentID), a.Key))
	if err != nil {
		return nil, err
	}
	if w == nil || w.State == workAssigned {
		return nil, conflict("student %q has submitted nothing", args.StudentID)
	}
	if args.Input.Score < 0 || args.Input.Score > float64(a.Points) {
		return nil, badInput("score must be between 0 and %d", a.Points)
	}
	s.grade(w, a, args.Input)
	w.GradedBy = me.Key
	return s.submission(w, a), s.change(ctx, w)
}

// grade takes over score and feedback.
func (s *server) grade(w *submission, a *assignment, in gradeInput) {
	score := s.round(in.Score, 1)
	w.State, w.Score, w.Percent = workGraded, &score, nil
	if a.Points > 0 {
		percent := int64(s.round(in.Score/float64(a.Points)*100, 0))
		if s.broken("cut-percent") {
			percent = int64(in.Score / float64(a.Points) * 100)
		}
		w.Percent = &percent
	}
	if !in.Feedback.Set {
		return
	}
	w.Feedback = in.Feedback.Value
	// ported bug: blank-feedback. An empty text is stored as null.
	if w.Feedback != nil && *w.Feedback == "" && !s.broken("fixed-blank-feedback") {
		w.Feedback = nil
	}
}

type gradeRow struct {
	s       *server
	c       *class
	student *personResolver
	graded  int
	average *float64
}

func (r *gradeRow) Student() *personResolver { return r.student }
func (r *gradeRow) Graded() int32            { return int32(r.graded) }
func (r *gradeRow) Average() *float64        { return r.average }

// Streak needs the student's enrollment.
func (r *gradeRow) Streak(ctx context.Context) (int32, error) {
	e, err := find[enrollment](ctx, r.s, personalKey("Enrollment", idOf(r.student.u.Key), r.c.Key))
	return int32(r.s.streak(e, came(ctx))), err
}

// Gradebook is a root query.
func (s *server) Gradebook(ctx context.Context, args struct{ ClassID graphql.ID }) (*[]*gradeRow, error) {
	_, c, err := s.coached(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	students, err := s.students(ctx, c)
	if err != nil {
		return nil, err
	}
	graded, err := query[submission](ctx, s,
		datastore.NewQuery("Submission").Ancestor(c.Key).FilterField("state", "=", string(workGraded)))
	if err != nil {
		return nil, err
	}
	percents := map[string][]int64{}
	for _, w := range graded {
		if w.Percent != nil {
			percents[idOf(w.Key)] = append(percents[idOf(w.Key)], *w.Percent)
		}
	}
	rows := []*gradeRow{}
	for _, u := range students {
		of := percents[idOf(u.Key)]
		if len(of) == 0 && s.broken("missing-rows") {
			continue
		}
		rows = append(rows, &gradeRow{s: s, c: c, student: s.person(u), graded: len(of), average: s.average(of, 1)})
	}
	return &rows, nil
}
