package main

import (
	"context"
	"net/http"
	"time"
)

const day = 24 * time.Hour

// clock tells the time of a request. What is to be in time counts from when the
// request came; what is written has the time of the write.
type clock struct {
	came    time.Time
	started time.Time // the same by the clock of the machine
}

func (s *server) clockOf(r *http.Request) clock {
	c := clock{started: time.Now()}
	c.came = c.started
	if s.toldTime {
		if told, err := time.Parse(time.RFC3339, r.Header.Get("x-replay-now")); err == nil {
			c.came = told
		}
	}
	return c
}

func came(ctx context.Context) time.Time {
	return ctx.Value(sessionKey{}).(*session).came.UTC().Truncate(time.Microsecond)
}

func now(ctx context.Context) time.Time {
	c := ctx.Value(sessionKey{}).(*session).clock
	return c.came.Add(time.Since(c.started)).UTC().Truncate(time.Microsecond)
}

// dayOf is the day of an instant: its midnight in UTC.
func (s *server) dayOf(at time.Time) time.Time {
	if s.broken("local-day") {
		local := at.In(schoolZone)
		return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	}
	return at.Truncate(day)
}

// countDay counts the days in a row on which a student handed in.
func (s *server) countDay(e *enrollment, at time.Time) {
	today := s.dayOf(at)
	switch {
	case e.LastDay == nil:
		e.Streak = 1
	case e.LastDay.Equal(today):
	case s.dayBefore(today, at, *e.LastDay):
		e.Streak++
	default:
		e.Streak = 1
	}
	e.LastDay = &today
}

// dayBefore reports whether last is the day before today.
func (s *server) dayBefore(today, at, last time.Time) bool {
	if s.broken("day-of-hours") {
		return at.Sub(last) < day
	}
	return last.Equal(today.Add(-day))
}

// streak is 0 for a row of days that has ended.
func (s *server) streak(e *enrollment, at time.Time) int64 {
	if e == nil || e.LastDay == nil {
		return 0
	}
	if e.LastDay.Before(s.dayOf(at).Add(-day)) && !s.broken("endless-streak") {
		return 0
	}
	return e.Streak
}
