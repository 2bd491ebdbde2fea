package status

import (
	"fmt"
	"strings"
	"time"

	"github.com/sidebyside/replay/harness/migration"
)

// The chart's measures, in units of its view box.
const (
	chartWidth, chartHeight = 960.0, 280.0
	chartLeft, chartBottom  = 44.0, 36.0
	chartTop, chartRight    = 12.0, 12.0
)

// chart is the burndown: how many fields were still to migrate, by state, over
// time. Coordinates are ready for SVG.
type chart struct {
	Width, Height, Left, Right, Top, Bottom float64
	Bands                                   []band
	// Rows are the horizontal lines, Days the dates below.
	Rows, Days         []tick
	From, To           string
	Most, Left0, Left1 int
}

// band is the area of one state.
type band struct {
	State  string
	Points string
	Now    int
}

// tick is a line with its label.
type tick struct {
	At    float64
	Label string
}

// burndown draws the history; nil where there is none.
func burndown(points []Point) *chart {
	if len(points) == 0 {
		return nil
	}
	first, last := day(points[0].Day), day(points[len(points)-1].Day)
	span := last.Sub(first).Hours() / 24
	c := &chart{
		Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartWidth - chartRight, Top: chartTop, Bottom: chartHeight - chartBottom,
		From: points[0].Day, To: points[len(points)-1].Day, Most: 1, Left0: points[0].Left(), Left1: points[len(points)-1].Left(),
	}
	for i := range points {
		c.Most = max(c.Most, points[i].Left())
	}
	x := func(d string) float64 {
		if span == 0 {
			return c.Left
		}
		return c.Left + (c.Right-c.Left)*day(d).Sub(first).Hours()/24/span
	}
	c.stack(points, x)
	c.ticks(first, span)
	return c
}

// stack lays the bands on one another: what is nearest to its end at the bottom.
func (c *chart) stack(points []Point, x func(string) float64) {
	below := make([]int, len(points))
	for s := migration.Canary; s >= migration.Manual; s-- {
		var up, down []string
		for i := range points {
			n := points[i].States[s.String()]
			up = append(up, c.at(x(points[i].Day), below[i]+n))
			down = append([]string{c.at(x(points[i].Day), below[i])}, down...)
			below[i] += n
		}
		if len(points) == 1 || points[0].Day == points[len(points)-1].Day {
			// One day is drawn as a block.
			end := len(points) - 1
			up = append(up, c.at(c.Right, below[end]))
			down = append([]string{c.at(c.Right, below[end]-points[end].States[s.String()])}, down...)
		}
		c.Bands = append(c.Bands, band{s.String(), strings.Join(append(up, down...), " "), points[len(points)-1].States[s.String()]})
	}
}

func (c *chart) at(x float64, fields int) string { return fmt.Sprintf("%.1f,%.1f", x, c.y(fields)) }

func (c *chart) y(fields int) float64 {
	return c.Bottom - (c.Bottom-c.Top)*float64(fields)/float64(c.Most)
}

// ticks are about four lines, and about five days.
func (c *chart) ticks(first time.Time, span float64) {
	step := max(1, (c.Most+3)/4)
	for n := 0; n <= c.Most; n += step {
		c.Rows = append(c.Rows, tick{c.y(n), fmt.Sprint(n)})
	}
	if span == 0 {
		c.Days = []tick{{c.Left, c.From}}
		return
	}
	parts := min(4, int(span))
	for i := range parts + 1 {
		share := float64(i) / float64(parts)
		c.Days = append(c.Days, tick{c.Left + (c.Right-c.Left)*share, first.AddDate(0, 0, int(span*share+0.5)).Format("2 Jan 2006")})
	}
}

// day is a date that was checked when it was read.
func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
