package main

import (
	"context"

	"github.com/graphql-go/graphql"
)

func (a *app) gradeSubmission(p graphql.ResolveParams) (any, error) {
	me, class, err := a.coachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	d, err := a.assignmentByID(p.Context, class, p.Args["assignmentId"].(string))
	if err != nil {
		return nil, err
	}
	student := p.Args["studentId"].(string)
	s, err := a.get(p.Context, named("Submission", student, d.key))
	if err != nil {
		return nil, err
	}
	if s == nil || s.str("state") == "ASSIGNED" {
		return nil, conflict("student %q has submitted nothing", student)
	}
	in := p.Args["input"].(map[string]any)
	score := in["score"].(float64)
	if score < 0 || score > float64(d.num("points")) {
		return nil, badInput("score must be between 0 and %d", d.num("points"))
	}
	s.m["score"], s.m["percent"] = round(score, 1), nil
	if d.num("points") > 0 {
		s.m["percent"] = int64(round(score/float64(d.num("points"))*100, 0))
	}
	if given(p, "input")["feedback"] {
		s.m["feedback"] = in["feedback"]
		// ported bug: blank-feedback. An empty text is stored as null.
		if in["feedback"] == "" {
			s.m["feedback"] = nil
		}
	}
	s.m["state"], s.m["gradedBy"] = "GRADED", me.key
	if err := a.put(p.Context, s); err != nil {
		return nil, err
	}
	return s, nil
}

func (a *app) gradebook(p graphql.ResolveParams) (any, error) {
	_, class, err := a.coachOf(p.Context, p.Args["classId"].(string))
	if err != nil {
		return nil, err
	}
	students, err := a.students(p.Context, class)
	if err != nil {
		return nil, err
	}
	all, err := a.assignmentsOf(p.Context, class)
	if err != nil {
		return nil, err
	}
	rows := []map[string]any{}
	for _, student := range students {
		percents, err := a.percentsOf(p.Context, student, all)
		if err != nil {
			return nil, err
		}
		e, err := a.enrollment(p.Context, class, student.id())
		if err != nil {
			return nil, err
		}
		rows = append(rows, map[string]any{
			"student": student, "graded": len(percents), "average": average(percents, 1), "streak": streak(e, came(p.Context)),
		})
	}
	return rows, nil
}

// percentsOf asks for each assignment one by one.
func (a *app) percentsOf(ctx context.Context, student *doc, all []*doc) ([]int64, error) {
	percents := []int64{}
	for _, d := range all {
		s, err := a.get(ctx, named("Submission", student.id(), d.key))
		if err != nil {
			return nil, err
		}
		if s != nil && s.str("state") == "GRADED" && s.m["percent"] != nil {
			percents = append(percents, s.num("percent"))
		}
	}
	return percents, nil
}

// average is nil of nothing.
func average(percents []int64, decimals int) any {
	if len(percents) == 0 {
		return nil
	}
	sum := int64(0)
	for _, n := range percents {
		sum += n
	}
	return round(float64(sum)/float64(len(percents)), decimals)
}
