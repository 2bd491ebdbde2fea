package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graph-gophers/graphql-go"
)

type assessmentInput struct {
	Title  string
	Points float64
	Weight *float64
	Due    *string
}

// AddAssessment reminds everybody who is active.
func (s *server) AddAssessment(ctx context.Context, args struct {
	CourseID graphql.ID
	Input    assessmentInput
},
) (*assessment, error) {
	r, in := of(ctx), args.Input
	c, err := findCourse(ctx, args.CourseID)
	if err != nil {
		return nil, err
	}
	due, err := r.due(in.Due)
	if err != nil {
		return nil, err
	}
	if in.Points <= 0 {
		return nil, errors.New("an assessment has points")
	}
	weight := 1.0
	if in.Weight != nil && (*in.Weight != 0 || r.broken("fixed-truthy-zero")) { // ported bug: truthy-zero
		weight = *in.Weight
	}
	row, err := one[assessmentRow](ctx, "INSERT INTO assessments (course_id, title, points, weight, due) VALUES ($1, $2, $3, $4, $5) RETURNING"+assessmentColumns,
		c.ID, in.Title, pyFloat(in.Points), weight, due)
	if err != nil {
		return nil, err
	}
	return r.assessment(row), r.remind(ctx, c.ID, row.Title+" is coming")
}

// due is a date without its offset, nil for none.
func (r *request) due(text *string) (*time.Time, error) {
	if text == nil || *text == "" {
		return nil, nil
	}
	if r.broken("fixed-naive-time") {
		if t, err := time.Parse(time.RFC3339, *text); err == nil {
			t = t.UTC()
			return &t, nil
		}
	}
	t, err := pyDate(*text)
	if err != nil {
		return nil, err
	}
	return &t, nil
}

func (r *request) remind(ctx context.Context, course int64, text string) error {
	times := 1
	if r.broken("reminded-twice") {
		times = 2
	}
	for range times {
		if err := exec(ctx, "INSERT INTO audit.reminders (course_id, student_id, text) SELECT course_id, student_id, $2 FROM enrolments WHERE course_id = $1 AND standing = 'active'", course, text); err != nil {
			return err
		}
	}
	return nil
}

// RemoveAssessment takes its scores, and the comments on them, along.
func (s *server) RemoveAssessment(ctx context.Context, args struct{ ID graphql.ID }) (*bool, error) {
	r := of(ctx)
	done := false
	row, err := one[assessmentRow](ctx, "SELECT"+assessmentColumns+"FROM assessments WHERE id = $1", string(args.ID))
	if row == nil {
		return &done, err
	}
	scored, err := all[struct{ StudentID int64 }](ctx, "SELECT student_id FROM scores WHERE assessment_id = $1", row.ID)
	if err != nil {
		return nil, err
	}
	if err := exec(ctx, "DELETE FROM assessments WHERE id = $1", row.ID); err != nil {
		return nil, err
	}
	if err := exec(ctx, "DELETE FROM audit.reminders WHERE course_id = $1 AND text = $2", row.CourseID, row.Title+" is coming"); err != nil {
		return nil, err
	}
	if r.broken("deleted-audit") {
		if err := exec(ctx, "DELETE FROM audit.changes WHERE assessment_id = $1", row.ID); err != nil {
			return nil, err
		}
	}
	for _, sc := range scored {
		if err := r.refresh(ctx, row.CourseID, sc.StudentID); err != nil {
			return nil, err
		}
	}
	done = true
	return &done, r.log(ctx, "event", "remove", "assessment", string(idOf(row.ID)))
}

const longestComment = 40

// Comment adds to a score.
func (s *server) Comment(ctx context.Context, args struct {
	ScoreID      graphql.ID
	Author, Body string
},
) (*comment, error) {
	r := of(ctx)
	exists, err := there(ctx, "SELECT 1 FROM scores WHERE id = $1", string(args.ScoreID))
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, missing("score", args.ScoreID)
	}
	length := r.length(args.Body)
	if length > longestComment {
		return nil, fmt.Errorf("%d characters are too many", length)
	}
	row, err := one[commentRow](ctx, "INSERT INTO comments (score_id, author, body, length, written) VALUES ($1, $2, $3, $4, $5) RETURNING"+commentColumns,
		string(args.ScoreID), args.Author, args.Body, length, r.now)
	if err != nil {
		return nil, err
	}
	return newComment(*row), nil
}

// RemoveComment says whether there was one.
func (s *server) RemoveComment(ctx context.Context, args struct{ ID graphql.ID }) (*bool, error) {
	gone, err := all[struct{ ID int64 }](ctx, "DELETE FROM comments WHERE id = $1 RETURNING id", string(args.ID))
	done := len(gone) > 0
	return &done, err
}
