package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/graph-gophers/graphql-go"
	"github.com/redis/go-redis/v9"
)

// instant is the scalar DateTime.
type instant time.Time

// ImplementsGraphQLType tells the scalar.
func (instant) ImplementsGraphQLType(name string) bool { return name == "DateTime" }

// UnmarshalGraphQL refuses: no argument is a DateTime.
func (*instant) UnmarshalGraphQL(any) error { return errors.New("no argument is a DateTime") }

// MarshalJSON writes milliseconds, UTC.
func (i instant) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(i).UTC().Format("2006-01-02T15:04:05.000Z"))
}

func idOf(n int64) graphql.ID { return graphql.ID(strconv.FormatInt(n, 10)) }

type student struct {
	ID            graphql.ID
	Name          string
	Email, Number *string
	Digit         *int32
	Notes         *string
	Credits       string
	key           string
}

func (r *request) student(row *studentRow) *student {
	return &student{
		ID: idOf(row.ID), Name: row.Name, Email: row.Email, Number: row.Number, Digit: row.Digit,
		Notes: row.Notes, Credits: r.decimal(row.Credits), key: r.studentKey(row.ID),
	}
}

func (r *request) studentKey(id int64) string {
	if r.broken("wrong-key") {
		return fmt.Sprintf("students:%d", id)
	}
	return fmt.Sprintf("student:%d", id)
}

// Mean is kept with each score.
func (s *student) Mean(ctx context.Context) (*string, error) {
	mean, err := of(ctx).cache.HGet(ctx, s.key, "mean").Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return &mean, err
}

type course struct {
	ID          graphql.ID
	Code, Title string
	Capacity    int32
	Tags        []string
	Created     instant
	row         *courseRow
}

func newCourse(row *courseRow) *course {
	return &course{
		ID: idOf(row.ID), Code: row.Code, Title: row.Title, Capacity: row.Capacity,
		Tags: row.Tags, Created: instant(row.Created), row: row,
	}
}

// Enrolled counts who has not left.
func (c *course) Enrolled(ctx context.Context) (int32, error) { return enrolled(ctx, c.row.ID) }

func enrolled(ctx context.Context, id int64) (int32, error) {
	if of(ctx).broken("counts-left") {
		return value[int32](ctx, "SELECT count(*) FROM enrolments WHERE course_id = $1", id)
	}
	return value[int32](ctx, "SELECT count(*) FROM enrolments WHERE course_id = $1 AND standing <> 'left'", id)
}

// Rubric comes from the cache, which keeps the order that jsonb does not keep.
func (c *course) Rubric(ctx context.Context) (*[]criterion, error) {
	r := of(ctx)
	key := fmt.Sprintf("rubric:%d", c.row.ID)
	text, ok, err := r.cached(ctx, key)
	if err != nil {
		return nil, err
	}
	if ok {
		list, err := readRubric(text)
		return &list, err
	}
	if c.row.Rubric == nil {
		return nil, nil
	}
	list, err := readRubric(*c.row.Rubric)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list, r.cache.Set(ctx, key, r.writeRubric(list), week).Err()
}

type enrolment struct {
	Standing string
	Seat     *int32
	Joined   instant
	row      enrolmentRow
}

func newEnrolment(row enrolmentRow) *enrolment {
	return &enrolment{row.Standing, row.Seat, instant(row.Joined), row}
}

// Course is looked up.
func (e *enrolment) Course(ctx context.Context) (*course, error) {
	row, err := findCourse(ctx, idOf(e.row.CourseID))
	if err != nil {
		return nil, err
	}
	return newCourse(row), nil
}

// Student is looked up.
func (e *enrolment) Student(ctx context.Context) (*student, error) {
	return studentOf(ctx, e.row.StudentID)
}

func studentOf(ctx context.Context, id int64) (*student, error) {
	row, err := findStudent(ctx, idOf(id))
	if err != nil {
		return nil, err
	}
	return of(ctx).student(row), nil
}

type assessment struct {
	ID            graphql.ID
	Label, Points string
	Weight        float64
	Due           *string
}

func (r *request) assessment(row *assessmentRow) *assessment {
	a := &assessment{
		ID: idOf(row.ID), Label: fmt.Sprintf("%s (x%s)", row.Title, r.float(row.Weight)),
		Points: r.decimal(row.Points), Weight: row.Weight,
	}
	if row.Due != nil {
		due := isoformat(*row.Due)
		a.Due = &due
	}
	return a
}

type score struct {
	ID      graphql.ID
	Points  string
	Percent float64
	Late    bool
	Graded  instant
	row     scoreRow
}

func (r *request) score(row scoreRow) *score {
	return &score{idOf(row.ID), r.decimal(row.Points), row.Percent, row.Late, instant(row.Graded), row}
}

// Assessment is looked up.
func (s *score) Assessment(ctx context.Context) (*assessment, error) {
	row, err := findAssessment(ctx, idOf(s.row.AssessmentID))
	if err != nil {
		return nil, err
	}
	return of(ctx).assessment(row), nil
}

// Student is looked up.
func (s *score) Student(ctx context.Context) (*student, error) {
	return studentOf(ctx, s.row.StudentID)
}

type comment struct {
	ID           graphql.ID
	Author, Body string
	Length       int32
	Written      string
}

func newComment(row commentRow) *comment {
	return &comment{idOf(row.ID), row.Author, row.Body, row.Length, isoformat(row.Written)}
}
