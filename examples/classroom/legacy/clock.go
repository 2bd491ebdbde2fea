package main

import (
	"context"
	"net/http"
	"os"
	"time"
)

const clockKey ctxKey = "clock"

const day = 24 * time.Hour

// clock is the clock of a request: when it came, and when that was by the clock
// of the machine.
type clock struct{ came, started time.Time }

// withClock starts the clock of a request: at the header x-replay-now where
// CLASSROOM_CLOCK says that it is to be obeyed, else at the present time.
func withClock(ctx context.Context, r *http.Request) context.Context {
	c := clock{started: time.Now()}
	c.came = c.started
	if os.Getenv("CLASSROOM_CLOCK") == "header" {
		if told, err := time.Parse(time.RFC3339, r.Header.Get("x-replay-now")); err == nil {
			c.came = told
		}
	}
	return context.WithValue(ctx, clockKey, c)
}

func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// came is what counts for whoever has to be in time.
func came(ctx context.Context) time.Time { return micros(ctx.Value(clockKey).(clock).came) }

// now is what is kept as the time of a write.
func now(ctx context.Context) time.Time {
	c := ctx.Value(clockKey).(clock)
	return micros(c.came.Add(time.Since(c.started)))
}

// countDay counts the days in a row on which a student handed in. A day is one of
// UTC.
func countDay(e *doc, at time.Time) {
	today, last := at.Truncate(day), e.at("lastDay")
	switch {
	case last.Equal(today):
	case last.Equal(today.Add(-day)):
		e.m["streak"] = e.num("streak") + 1
	default:
		e.m["streak"] = int64(1)
	}
	e.m["lastDay"] = today
}

// streak is 0 for a row of days that has ended.
func streak(e *doc, at time.Time) int64 {
	if e == nil || e.at("lastDay").Before(at.Truncate(day).Add(-day)) {
		return 0
	}
	return e.num("streak")
}
