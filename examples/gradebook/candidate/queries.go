package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/graph-gophers/graphql-go"
	"github.com/redis/go-redis/v9"
)

// Student is null where there is none.
func (s *server) Student(ctx context.Context, args struct{ ID graphql.ID }) (*student, error) {
	row, err := one[studentRow](ctx, "SELECT"+studentColumns+"FROM students WHERE id = $1", string(args.ID))
	if row == nil {
		return nil, err
	}
	return of(ctx).student(row), nil
}

// Course is null where there is none.
func (s *server) Course(ctx context.Context, args struct{ ID graphql.ID }) (*course, error) {
	row, err := one[courseRow](ctx, "SELECT"+courseColumns+"FROM courses WHERE id = $1", string(args.ID))
	if row == nil {
		return nil, err
	}
	return newCourse(row), nil
}

// Courses lists those of a tag, or that have seats left.
func (s *server) Courses(ctx context.Context, args struct {
	Tag  *string
	Free *bool
},
) (*[]*course, error) {
	r := of(ctx)
	rows, err := all[courseRow](ctx, "SELECT"+courseColumns+"FROM courses ORDER BY code")
	if err != nil {
		return nil, err
	}
	list := []*course{}
	tag := r.set(args.Tag)
	var tagged []string
	if tag != nil {
		if tagged, err = r.cache.SMembers(ctx, "tag:"+*tag).Result(); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		if tag != nil && !slices.Contains(tagged, strconv.FormatInt(rows[i].ID, 10)) {
			continue
		}
		if args.Free != nil && *args.Free && r.limited(rows[i].Capacity) {
			if n, err := enrolled(ctx, rows[i].ID); err != nil {
				return nil, err
			} else if n >= rows[i].Capacity {
				continue
			}
		}
		list = append(list, newCourse(&rows[i]))
	}
	return &list, nil
}

// Scores lists those of a student.
func (s *server) Scores(ctx context.Context, args struct{ StudentID graphql.ID }) (*[]*score, error) {
	rows, err := all[scoreRow](ctx, "SELECT"+scoreColumns+"FROM scores WHERE student_id = $1 ORDER BY id", string(args.StudentID))
	if err != nil {
		return nil, err
	}
	list := make([]*score, len(rows))
	for i, row := range rows {
		list[i] = of(ctx).score(row)
	}
	return &list, nil
}

// Comments lists those on a score, the oldest first.
func (s *server) Comments(ctx context.Context, args struct{ ScoreID graphql.ID }) (*[]*comment, error) {
	order := "written, id"
	if of(ctx).broken("newest-first") {
		order = "written DESC, id"
	}
	rows, err := all[commentRow](ctx, "SELECT"+commentColumns+"FROM comments WHERE score_id = $1 ORDER BY "+order, string(args.ScoreID))
	if err != nil {
		return nil, err
	}
	list := make([]*comment, len(rows))
	for i, row := range rows {
		list[i] = newComment(row)
	}
	return &list, nil
}

type average struct {
	Mean  *float64 `json:"mean"`
	Count int32    `json:"count"`
}

// Average is kept for an hour, until a score changes.
func (s *server) Average(ctx context.Context, args struct{ CourseID graphql.ID }) (*average, error) {
	r := of(ctx)
	key := "average:" + string(args.CourseID)
	text, ok, err := r.cached(ctx, key)
	if err != nil {
		return nil, err
	}
	if !ok {
		if text, err = r.average(ctx, args.CourseID); err != nil {
			return nil, err
		}
		keep := hour
		if r.broken("short-ttl") {
			keep = hour / 60
		}
		if !r.broken("unfilled-cache") {
			err = r.cache.Set(ctx, key, text, keep).Err()
		}
	}
	var a average
	if err == nil {
		err = json.Unmarshal([]byte(text), &a)
	}
	if err != nil {
		return nil, err
	}
	return &a, nil
}

func (r *request) average(ctx context.Context, id graphql.ID) (string, error) {
	if _, err := findCourse(ctx, id); err != nil {
		return "", err
	}
	rows, err := all[percentRow](ctx, "SELECT s.percent FROM scores s JOIN assessments a ON a.id = s.assessment_id WHERE a.course_id = $1 ORDER BY s.id", string(id))
	if err != nil {
		return "", err
	}
	mean := "null"
	if len(rows) > 0 {
		mean = r.float(r.round(meanOf(rows), 2))
	}
	return fmt.Sprintf(`{"mean": %s, "count": %d}`, mean, len(rows)), nil
}

type percentRow struct{ Percent float64 }

// meanOf adds in the order of the rows, as legacy does.
func meanOf(rows []percentRow) float64 {
	sum := 0.0
	for _, row := range rows {
		sum += row.Percent
	}
	return sum / float64(len(rows))
}

type rank struct {
	Student *student
	Total   float64
}

// Leaderboard lists the best of a course.
func (s *server) Leaderboard(ctx context.Context, args struct {
	CourseID graphql.ID
	Top      int32
},
) (*[]rank, error) {
	r := of(ctx)
	read := r.cache.ZRevRangeWithScores
	if r.broken("worst-first") {
		read = r.cache.ZRangeWithScores
	}
	best, err := read(ctx, "board:"+string(args.CourseID), 0, int64(args.Top)-1).Result()
	if err != nil {
		return nil, err
	}
	return r.ranks(ctx, best)
}

func (r *request) ranks(ctx context.Context, best []redis.Z) (*[]rank, error) {
	list := make([]rank, len(best))
	for i, z := range best {
		row, err := findStudent(ctx, graphql.ID(fmt.Sprint(z.Member)))
		if err != nil {
			return nil, err
		}
		list[i] = rank{r.student(row), z.Score}
	}
	return &list, nil
}

type report struct {
	Lines []string
	Mean  string
}

// Report is what a student takes home.
func (s *server) Report(ctx context.Context, args struct{ StudentID graphql.ID }) (*report, error) {
	r := of(ctx)
	row, err := findStudent(ctx, args.StudentID)
	if err != nil {
		return nil, err
	}
	scores, err := all[struct {
		Title           string
		Weight, Percent float64
		Points          string
	}](ctx, "SELECT a.title, a.weight, s.points::text AS points, s.percent FROM scores s JOIN assessments a ON a.id = s.assessment_id WHERE s.student_id = $1 ORDER BY s.id", row.ID)
	if err != nil {
		return nil, err
	}
	out := &report{Lines: []string{}, Mean: "none"}
	for _, sc := range scores {
		out.Lines = append(out.Lines, fmt.Sprintf("%s: %s, %s%%, counts %s times", sc.Title, r.decimal(sc.Points), r.float(sc.Percent), r.float(sc.Weight)))
	}
	mean, err := r.student(row).Mean(ctx)
	if mean != nil && *mean != "" {
		out.Mean = *mean
	}
	return out, err
}

type reminder struct {
	Course *course
	Text   string
}

// Reminders lists what a student is told.
func (s *server) Reminders(ctx context.Context, args struct{ StudentID graphql.ID }) (*[]reminder, error) {
	rows, err := all[struct {
		CourseID int64
		Text     string
	}](ctx, "SELECT course_id, text FROM audit.reminders WHERE student_id = $1 ORDER BY course_id, text", string(args.StudentID))
	if err != nil {
		return nil, err
	}
	list := make([]reminder, len(rows))
	for i, row := range rows {
		c, err := findCourse(ctx, idOf(row.CourseID))
		if err != nil {
			return nil, err
		}
		list[i] = reminder{newCourse(c), row.Text}
	}
	return &list, nil
}
