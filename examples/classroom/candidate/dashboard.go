package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"cloud.google.com/go/datastore"
)

const upcomingMost = 5

// dashboard is what a coach looks at in the morning.
type dashboard struct {
	s        *server
	coach    *user
	classes  []*class
	toGrade  []*submissionResolver
	upcoming []*assignmentResolver
	percents []int64
	means    []float64 // of each class, for a mistake
}

func (d *dashboard) Coach() *personResolver          { return d.s.person(d.coach) }
func (d *dashboard) Classes() []*classResolver       { return *d.s.classes(d.classes) }
func (d *dashboard) ToGrade() []*submissionResolver  { return d.toGrade }
func (d *dashboard) Upcoming() []*assignmentResolver { return d.upcoming }

// AveragePercent is null while nothing is graded.
func (d *dashboard) AveragePercent() *float64 {
	if d.s.broken("mean-of-means") && len(d.means) > 0 {
		sum := 0.0
		for _, m := range d.means {
			sum += m
		}
		mean := d.s.round(sum/float64(len(d.means)), 2)
		return &mean
	}
	return d.s.average(d.percents, 2)
}

// Dashboard is a root query.
func (s *server) Dashboard(ctx context.Context) (*dashboard, error) {
	me, err := s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	if me.Role != roleCoach {
		return nil, forbidden("only coaches have a dashboard")
	}
	d := &dashboard{s: s, coach: me, toGrade: []*submissionResolver{}}
	if d.classes, err = s.led(ctx, me.Key, false); err != nil {
		return nil, err
	}
	var soon []*assignment
	at := came(ctx)
	for _, c := range d.classes {
		if err := d.addWork(ctx, c); err != nil {
			return nil, err
		}
		next, err := s.dueAfter(ctx, c, at)
		if err != nil {
			return nil, err
		}
		soon = append(soon, next...)
	}
	slices.SortStableFunc(soon, func(x, y *assignment) int {
		return cmp.Or(x.Due.Compare(*y.Due), cmp.Compare(x.Key.ID, y.Key.ID))
	})
	d.upcoming = s.assignmentsIn(nil, soon[:min(upcomingMost, len(soon))])
	return d, nil
}

// addWork adds what the students of a class handed in.
func (d *dashboard) addWork(ctx context.Context, c *class) error {
	work, err := query[submission](ctx, d.s, datastore.NewQuery("Submission").Ancestor(c.Key))
	if err != nil {
		return err
	}
	var percents []int64
	for _, w := range work {
		switch {
		case w.State == workSubmitted, w.State == workLate && !d.s.broken("forgotten-late"):
			d.toGrade = append(d.toGrade, d.s.submission(w, nil))
		case w.State == workGraded && w.Percent != nil:
			percents = append(percents, *w.Percent)
		}
	}
	d.percents = append(d.percents, percents...)
	if mean := d.s.average(percents, 2); mean != nil {
		d.means = append(d.means, *mean)
	}
	return nil
}

// dueAfter lists the open assignments of a class that are due next.
func (s *server) dueAfter(ctx context.Context, c *class, at time.Time) ([]*assignment, error) {
	return query[assignment](ctx, s, datastore.NewQuery("Assignment").Ancestor(c.Key).
		FilterField("state", "=", string(stateOpen)).FilterField("due", ">", at).Order("due").Limit(upcomingMost))
}
