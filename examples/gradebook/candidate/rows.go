package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/graph-gophers/graphql-go"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// Numerics are read as text: what a float would make of them is not what legacy
// answers.
const (
	studentColumns    = " id, name, email, number, digit, notes, credits::text AS credits "
	courseColumns     = " id, code, title, capacity, tags, rubric::text AS rubric, created "
	enrolmentColumns  = " course_id, student_id, standing::text AS standing, seat, joined "
	assessmentColumns = " id, course_id, title, points::text AS points, weight, due "
	scoreColumns      = " id, assessment_id, student_id, points::text AS points, percent, late, graded "
	commentColumns    = " id, author, body, length, written "
)

type studentRow struct {
	ID            int64
	Name          string
	Email, Number *string
	Digit         *int32
	Notes         *string
	Credits       string
}

type courseRow struct {
	ID          int64
	Code, Title string
	Capacity    int32
	Tags        []string
	Rubric      *string
	Created     time.Time
}

type enrolmentRow struct {
	CourseID, StudentID int64
	Standing            string
	Seat                *int32
	Joined              time.Time
}

type assessmentRow struct {
	ID, CourseID int64
	Title        string
	Points       string
	Weight       float64
	Due          *time.Time
}

type scoreRow struct {
	ID, AssessmentID, StudentID int64
	Points                      string
	Percent                     float64
	Late                        bool
	Graded                      time.Time
}

type commentRow struct {
	ID           int64
	Author, Body string
	Length       int32
	Written      time.Time
}

// all runs a statement and gives its rows.
func all[T any](ctx context.Context, sql string, args ...any) ([]T, error) {
	rows, err := of(ctx).tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

// one is the first row, nil for none.
func one[T any](ctx context.Context, sql string, args ...any) (*T, error) {
	rows, err := all[T](ctx, sql, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// value is the single value of the first row.
func value[T any](ctx context.Context, sql string, args ...any) (T, error) {
	var v T
	err := of(ctx).tx.QueryRow(ctx, sql, args...).Scan(&v)
	return v, err
}

// there reports whether a statement gives a row.
func there(ctx context.Context, sql string, args ...any) (bool, error) {
	return value[bool](ctx, "SELECT EXISTS ("+sql+")", args...)
}

func exec(ctx context.Context, sql string, args ...any) error {
	_, err := of(ctx).tx.Exec(ctx, sql, args...)
	return err
}

// missing is what there is not, as legacy says it.
func missing(what string, id graphql.ID) error {
	return fmt.Errorf("no %s %s", what, quoted(string(id)))
}

func must[T any](what string, id graphql.ID, row *T, err error) (*T, error) {
	if row == nil && err == nil {
		err = missing(what, id)
	}
	return row, err
}

func findStudent(ctx context.Context, id graphql.ID) (*studentRow, error) {
	row, err := one[studentRow](ctx, "SELECT"+studentColumns+"FROM students WHERE id = $1", string(id))
	return must("student", id, row, err)
}

func findCourse(ctx context.Context, id graphql.ID) (*courseRow, error) {
	row, err := one[courseRow](ctx, "SELECT"+courseColumns+"FROM courses WHERE id = $1", string(id))
	return must("course", id, row, err)
}

func findAssessment(ctx context.Context, id graphql.ID) (*assessmentRow, error) {
	row, err := one[assessmentRow](ctx, "SELECT"+assessmentColumns+"FROM assessments WHERE id = $1", string(id))
	return must("assessment", id, row, err)
}

// log adds to the audit stream. Its ids are the time of the request.
func (r *request) log(ctx context.Context, fields ...string) error {
	if r.broken("missing-entry") && fields[1] == "withdraw" {
		return nil
	}
	id := fmt.Sprintf("%d-%d", r.now.UnixMilli(), r.entries)
	r.entries++
	return r.cache.XAdd(ctx, &redis.XAddArgs{Stream: "audit", ID: id, Values: fields}).Err()
}

// cached is the text of a key; ok is false where there is none.
func (r *request) cached(ctx context.Context, key string) (text string, ok bool, err error) {
	text, err = r.cache.Get(ctx, key).Result()
	if errors.Is(err, redis.Nil) {
		return "", false, nil
	}
	return text, err == nil, err
}

const (
	hour = time.Hour
	week = 7 * 24 * time.Hour
)
