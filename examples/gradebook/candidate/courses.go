package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/graph-gophers/graphql-go"
)

// CreateCourse refuses a code that is taken.
func (s *server) CreateCourse(ctx context.Context, args struct {
	Input struct {
		Code, Title string
		Capacity    *int32
		Tags        *[]string
	}
},
) (*course, error) {
	r, in := of(ctx), args.Input
	taken, err := there(ctx, "SELECT 1 FROM courses WHERE code = $1", in.Code)
	if err != nil {
		return nil, err
	}
	if taken {
		return nil, fmt.Errorf("course %s is there already", in.Code)
	}
	capacity, tags := int32(0), []string{}
	if in.Capacity != nil {
		capacity = *in.Capacity
	}
	if in.Tags != nil {
		tags = slices.Clone(*in.Tags)
	}
	if r.broken("sorted-tags") {
		slices.Sort(tags)
	}
	row, err := one[courseRow](ctx, "INSERT INTO courses (code, title, capacity, tags, created) VALUES ($1, $2, $3, $4, $5) RETURNING"+courseColumns,
		in.Code, in.Title, capacity, tags, r.now)
	if err != nil {
		return nil, err
	}
	if err := r.tag(ctx, nil, row); err != nil {
		return nil, err
	}
	return newCourse(row), r.log(ctx, "event", "course", "course", string(idOf(row.ID)), "code", row.Code)
}

// tag keeps the index of tags.
func (r *request) tag(ctx context.Context, before []string, row *courseRow) error {
	if !r.broken("stale-tag") {
		for _, t := range before {
			if err := r.cache.SRem(ctx, "tag:"+t, row.ID).Err(); err != nil {
				return err
			}
		}
	}
	for _, t := range row.Tags {
		if err := r.cache.SAdd(ctx, "tag:"+t, row.ID).Err(); err != nil {
			return err
		}
	}
	return nil
}

// UpdateCourse changes what the patch says.
//
// ported bug: truthy-zero
// ported bug: truthy-empty
func (s *server) UpdateCourse(ctx context.Context, args struct {
	ID    graphql.ID
	Input struct {
		Title    *string
		Capacity *int32
		Tags     *[]string
	}
},
) (*course, error) {
	r, in := of(ctx), args.Input
	before, err := findCourse(ctx, args.ID)
	if err != nil {
		return nil, err
	}
	title, capacity, tags := before.Title, before.Capacity, before.Tags
	if t := r.set(in.Title); t != nil {
		title = *t
	}
	if in.Capacity != nil && r.limited(*in.Capacity) {
		capacity = *in.Capacity
	}
	if in.Tags != nil && (len(*in.Tags) > 0 || r.broken("fixed-truthy-empty")) {
		tags = *in.Tags
	}
	row, err := one[courseRow](ctx, "UPDATE courses SET title = $1, capacity = $2, tags = $3 WHERE id = $4 RETURNING"+courseColumns, title, capacity, tags, before.ID)
	if err != nil {
		return nil, err
	}
	return newCourse(row), r.tag(ctx, before.Tags, row)
}

type membership struct{ CourseID, StudentID graphql.ID }

// Enrol gives a student the next seat, as long as there is one.
func (s *server) Enrol(ctx context.Context, args membership) (*enrolment, error) {
	r := of(ctx)
	c, err := findCourse(ctx, args.CourseID)
	if err != nil {
		return nil, err
	}
	who, err := findStudent(ctx, args.StudentID)
	if err != nil {
		return nil, err
	}
	already, err := one[enrolmentRow](ctx, "SELECT"+enrolmentColumns+"FROM enrolments WHERE course_id = $1 AND student_id = $2 AND standing <> 'left'", c.ID, who.ID)
	switch {
	case err != nil:
		return nil, err
	case already != nil && r.broken("swallowed-error"):
		return newEnrolment(*already), nil
	case already != nil:
		return nil, fmt.Errorf("%s is enrolled already", who.Name)
	}
	taken, err := enrolled(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if r.limited(c.Capacity) && taken >= c.Capacity {
		if r.broken("wrong-message") {
			return nil, fmt.Errorf("course %q is full", c.Code)
		}
		return nil, fmt.Errorf("course %s is full", c.Code)
	}
	row, err := one[enrolmentRow](ctx, `INSERT INTO enrolments (course_id, student_id, seat, joined) VALUES ($1, $2, $3, $4)
		ON CONFLICT (course_id, student_id) DO UPDATE SET standing = 'active', seat = excluded.seat, joined = excluded.joined
		RETURNING`+enrolmentColumns, c.ID, who.ID, taken, r.now)
	if err != nil {
		return nil, err
	}
	return newEnrolment(*row), r.log(ctx, "event", "enrol", "course", string(idOf(c.ID)), "student", string(idOf(who.ID)))
}

// Withdraw takes the seat and what the student would be told.
func (s *server) Withdraw(ctx context.Context, args membership) (*enrolment, error) {
	r := of(ctx)
	standing := "left"
	if r.broken("wrong-standing") {
		standing = "paused"
	}
	row, err := one[enrolmentRow](ctx, "UPDATE enrolments SET standing = $3::standing, seat = NULL WHERE course_id = $1 AND student_id = $2 AND standing <> 'left' RETURNING"+enrolmentColumns,
		string(args.CourseID), string(args.StudentID), standing)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, errors.New("not enrolled")
	}
	if !r.broken("kept-reminders") {
		if err := exec(ctx, "DELETE FROM audit.reminders WHERE course_id = $1 AND student_id = $2", row.CourseID, row.StudentID); err != nil {
			return nil, err
		}
	}
	if !r.broken("stale-board") {
		if err := r.cache.ZRem(ctx, fmt.Sprintf("board:%d", row.CourseID), row.StudentID).Err(); err != nil {
			return nil, err
		}
	}
	if err := r.cache.Del(ctx, fmt.Sprintf("average:%d", row.CourseID)).Err(); err != nil {
		return nil, err
	}
	return newEnrolment(*row), r.log(ctx, "event", "withdraw", "course", string(idOf(row.CourseID)), "student", string(idOf(row.StudentID)))
}

// Reseat moves everybody by some seats, around the room.
func (s *server) Reseat(ctx context.Context, args struct {
	CourseID graphql.ID
	Shift    int32
},
) (*[]*enrolment, error) {
	r := of(ctx)
	c, err := findCourse(ctx, args.CourseID)
	if err != nil {
		return nil, err
	}
	rows, err := all[enrolmentRow](ctx, "SELECT"+enrolmentColumns+"FROM enrolments WHERE course_id = $1 AND seat IS NOT NULL ORDER BY student_id", c.ID)
	if err != nil {
		return nil, err
	}
	list := []*enrolment{}
	for _, row := range rows {
		if c.Capacity == 0 {
			return nil, errors.New("integer modulo by zero") // legacy's words
		}
		seat := r.modulo(int64(*row.Seat)+int64(args.Shift), int64(c.Capacity))
		moved, err := one[enrolmentRow](ctx, "UPDATE enrolments SET seat = $1 WHERE course_id = $2 AND student_id = $3 RETURNING"+enrolmentColumns, seat, row.CourseID, row.StudentID)
		if err != nil {
			return nil, err
		}
		list = append(list, newEnrolment(*moved))
	}
	return &list, nil
}
