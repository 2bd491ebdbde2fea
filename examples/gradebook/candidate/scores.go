package main

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/graph-gophers/graphql-go"
	"github.com/redis/go-redis/v9"
)

// RecordScore adds a score or replaces it.
func (s *server) RecordScore(ctx context.Context, args struct {
	AssessmentID, StudentID graphql.ID
	Points                  float64
},
) (*score, error) {
	r := of(ctx)
	a, err := findAssessment(ctx, args.AssessmentID)
	if err != nil {
		return nil, err
	}
	member, err := there(ctx, "SELECT 1 FROM enrolments WHERE course_id = $1 AND student_id = $2 AND standing = 'active'", a.CourseID, string(args.StudentID))
	switch {
	case err != nil:
		return nil, err
	case !member:
		return nil, errors.New("the student is not enrolled")
	case args.Points < 0:
		return nil, errors.New("points are not negative")
	}
	before, err := one[scoreRow](ctx, "SELECT"+scoreColumns+"FROM scores WHERE assessment_id = $1 AND student_id = $2", a.ID, string(args.StudentID))
	if err != nil {
		return nil, err
	}
	row, err := r.keepScore(ctx, a, string(args.StudentID), args.Points)
	if err != nil {
		return nil, err
	}
	var was *string
	if before != nil {
		was = &before.Points
	}
	if err := r.changed(ctx, row, was); err != nil {
		return nil, err
	}
	if err := r.refresh(ctx, a.CourseID, row.StudentID); err != nil {
		return nil, err
	}
	if err := r.recent(ctx, row.StudentID, a.Title+"="+r.float(args.Points)); err != nil {
		return nil, err
	}
	return r.score(*row), r.log(ctx, "event", "score", "student", string(idOf(row.StudentID)), "points", r.decimal(row.Points))
}

func (r *request) keepScore(ctx context.Context, a *assessmentRow, student string, points float64) (*scoreRow, error) {
	exact := pyFloat(points)
	percent, err := r.percent(exact, a.Points)
	if err != nil {
		return nil, err
	}
	if r.broken("lost-scale") {
		exact = strconv.FormatFloat(points, 'f', 2, 64)
	}
	graded := r.now
	if r.broken("shifted-instant") {
		graded = graded.Add(2 * time.Hour) // the school's time of day, taken for UTC
	}
	return one[scoreRow](ctx, `INSERT INTO scores (assessment_id, student_id, points, percent, late, graded) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (assessment_id, student_id) DO UPDATE SET points = excluded.points, percent = excluded.percent,
		late = excluded.late, graded = excluded.graded RETURNING`+scoreColumns,
		a.ID, student, exact, percent, a.Due != nil && r.now.After(*a.Due), graded)
}

func (r *request) changed(ctx context.Context, row *scoreRow, was *string) error {
	return exec(ctx, "INSERT INTO audit.changes (assessment_id, student_id, was, becomes, at) VALUES ($1, $2, $3, $4, $5)",
		row.AssessmentID, row.StudentID, was, row.Points, r.now)
}

// recent keeps the last three scores of a student.
func (r *request) recent(ctx context.Context, student int64, text string) error {
	key := fmt.Sprintf("recent:%d", student)
	push := r.cache.LPush
	if r.broken("last-first") {
		push = r.cache.RPush
	}
	if err := push(ctx, key, text).Err(); err != nil {
		return err
	}
	return r.cache.LTrim(ctx, key, 0, 2).Err()
}

// refresh renews what is kept of a student and a course, after a score has changed.
func (r *request) refresh(ctx context.Context, course, student int64) error {
	rows, err := all[percentRow](ctx, "SELECT percent FROM scores WHERE student_id = $1 ORDER BY id", student)
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		err = r.cache.HSet(ctx, r.studentKey(student), "mean", r.float(r.round(meanOf(rows), 2)), "count", len(rows)).Err()
	} else {
		err = r.cache.Del(ctx, r.studentKey(student)).Err()
	}
	if err != nil {
		return err
	}
	total, err := value[*float64](ctx, "SELECT sum(s.points)::float8 FROM scores s JOIN assessments a ON a.id = s.assessment_id WHERE a.course_id = $1 AND s.student_id = $2", course, student)
	if err != nil {
		return err
	}
	board := fmt.Sprintf("board:%d", course)
	if total == nil {
		err = r.cache.ZRem(ctx, board, student).Err()
	} else {
		err = r.cache.ZAdd(ctx, board, redis.Z{Score: *total, Member: student}).Err()
	}
	if err != nil || r.broken("stale-average") {
		return err
	}
	return r.cache.Del(ctx, fmt.Sprintf("average:%d", course)).Err()
}

// Curve shares hundredths of points out evenly.
func (s *server) Curve(ctx context.Context, args struct {
	AssessmentID graphql.ID
	Cents        int32
},
) (*[]*score, error) {
	r := of(ctx)
	a, err := findAssessment(ctx, args.AssessmentID)
	if err != nil {
		return nil, err
	}
	rows, err := all[scoreRow](ctx, "SELECT"+scoreColumns+"FROM scores WHERE assessment_id = $1 ORDER BY id", a.ID)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("integer division or modulo by zero") // legacy's words
	}
	share, left := r.divide(int64(args.Cents), int64(len(rows)))
	list := []*score{}
	for i, row := range rows {
		more := share
		if int64(i) < left {
			more++
		}
		moved, err := r.shift(ctx, a, row, more)
		if err != nil {
			return nil, err
		}
		list = append(list, r.score(*moved))
	}
	return &list, r.log(ctx, "event", "curve", "assessment", string(idOf(a.ID)), "cents", strconv.Itoa(int(args.Cents)))
}

// shift adds hundredths of points to a score.
func (r *request) shift(ctx context.Context, a *assessmentRow, row scoreRow, cents int64) (*scoreRow, error) {
	points, ok := new(big.Rat).SetString(row.Points)
	if !ok {
		return nil, fmt.Errorf("points %q are no number", row.Points)
	}
	exact := points.Add(points, big.NewRat(cents, 100)).FloatString(3)
	percent, err := r.percent(exact, a.Points)
	if err != nil {
		return nil, err
	}
	moved, err := one[scoreRow](ctx, "UPDATE scores SET points = $1, percent = $2 WHERE id = $3 RETURNING"+scoreColumns, exact, percent, row.ID)
	if err != nil {
		return nil, err
	}
	if err := r.changed(ctx, moved, &row.Points); err != nil {
		return nil, err
	}
	return moved, r.refresh(ctx, a.CourseID, row.StudentID)
}

// WarmBoard makes the leaderboard anew; it is kept for a week.
func (s *server) WarmBoard(ctx context.Context, args struct{ CourseID graphql.ID }) (*int32, error) {
	r := of(ctx)
	c, err := findCourse(ctx, args.CourseID)
	if err != nil {
		return nil, err
	}
	totals, err := all[struct {
		StudentID int64
		Total     float64
	}](ctx, `SELECT s.student_id, sum(s.points)::float8 AS total FROM scores s JOIN assessments a ON a.id = s.assessment_id
		JOIN enrolments e ON e.course_id = a.course_id AND e.student_id = s.student_id AND e.standing = 'active'
		WHERE a.course_id = $1 GROUP BY s.student_id`, c.ID)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("board:%d", c.ID)
	pipe := r.cache.TxPipeline()
	pipe.Del(ctx, key)
	for _, t := range totals {
		pipe.ZAdd(ctx, key, redis.Z{Score: t.Total, Member: t.StudentID})
	}
	if len(totals) > 0 {
		pipe.Expire(ctx, key, week)
	}
	n := int32(len(totals))
	_, err = pipe.Exec(ctx)
	return &n, err
}
