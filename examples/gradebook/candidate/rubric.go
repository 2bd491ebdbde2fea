package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/graph-gophers/graphql-go"
	"github.com/redis/go-redis/v9"
)

type criterion struct {
	Name   string
	Weight float64
	whole  string // the text of a weight that is an integer
}

// readRubric reads an object in its order.
func readRubric(text string) ([]criterion, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if _, err := d.Token(); err != nil { // the brace
		return nil, fmt.Errorf("rubric: %w", err)
	}
	var list []criterion
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("rubric: %w", err)
		}
		var weight json.Number
		if err := d.Decode(&weight); err != nil {
			return nil, fmt.Errorf("rubric: %w", err)
		}
		c := criterion{Name: fmt.Sprint(name)}
		if !strings.ContainsAny(weight.String(), ".eE") {
			c.whole = weight.String()
		}
		if c.Weight, err = weight.Float64(); err != nil {
			return nil, fmt.Errorf("rubric: %w", err)
		}
		list = append(list, c)
	}
	return list, nil
}

// writeRubric is json.dumps of a dict.
func (r *request) writeRubric(list []criterion) string {
	members := make([]string, len(list))
	for i, c := range list {
		weight := c.whole
		if weight == "" {
			weight = r.float(c.Weight)
		}
		members[i] = pyJSON(c.Name) + ": " + weight
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// SetRubric replaces the criteria by which a course scores.
func (s *server) SetRubric(ctx context.Context, args struct {
	CourseID graphql.ID
	Criteria []struct {
		Name   string
		Weight float64
	}
},
) (*course, error) {
	r := of(ctx)
	before, err := findCourse(ctx, args.CourseID)
	if err != nil {
		return nil, err
	}
	var list []criterion
	for _, c := range args.Criteria {
		list = r.place(list, criterion{Name: c.Name, Weight: c.Weight})
	}
	text := r.writeRubric(list)
	stored := text
	if r.broken("text-for-json") {
		stored = pyJSON(text)
	}
	row, err := one[courseRow](ctx, "UPDATE courses SET rubric = $1::jsonb WHERE id = $2 RETURNING"+courseColumns, stored, before.ID)
	if err != nil {
		return nil, err
	}
	keep := week
	if r.broken("lost-ttl") {
		keep = redis.KeepTTL
		r.cache.Persist(ctx, fmt.Sprintf("rubric:%d", row.ID))
	}
	return newCourse(row), r.cache.Set(ctx, fmt.Sprintf("rubric:%d", row.ID), text, keep).Err()
}

// place adds a criterion to a dict.
//
// ported bug: dict-order
func (r *request) place(list []criterion, c criterion) []criterion {
	at := slices.IndexFunc(list, func(old criterion) bool { return old.Name == c.Name })
	switch {
	case at < 0:
		return append(list, c)
	case r.broken("fixed-dict-order"): // the last one counts as a whole
		return append(slices.Delete(list, at, at+1), c)
	}
	list[at].Weight = c.Weight
	return list
}
