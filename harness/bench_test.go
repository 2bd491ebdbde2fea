package harness

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// BenchmarkClassroom replays the classroom corpus on warm processes, and beside
// it sends the same requests to the same processes in a bare loop: the floor of
// what any harness could reach. Both keep as many lanes busy as there are CPUs.
func BenchmarkClassroom(b *testing.B) {
	lanes, cases := benchLanes(b)
	var whole, floor time.Duration
	n := 0
	for b.Loop() {
		n += len(cases)
		whole += timeLanes(b, lanes, cases, func(ctx context.Context, l *lane, cs *corpus.Case) error {
			_, err := l.runCase(ctx, cs)
			return err
		})
		for _, l := range lanes {
			seedUnion(b, l, cases)
		}
		floor += timeLanes(b, lanes, cases, bare)
	}
	b.ReportMetric(float64(n)/whole.Seconds(), "cases/s")
	b.ReportMetric(float64(n)/floor.Seconds(), "floor-cases/s")
	b.ReportMetric(whole.Seconds()/floor.Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// bare sends a case's request to both sides, and does nothing else.
func bare(ctx context.Context, l *lane, cs *corpus.Case) error {
	body, err := requestBody(&cs.Request)
	if err != nil {
		return err
	}
	for _, s := range []*Side{l.legacy, l.candidate} {
		if _, err := s.proc.send(ctx, cs, body, s.clock.told(cs)); err != nil {
			return err
		}
	}
	return nil
}

// timeLanes gives each lane every case, and returns the wall time divided by the
// number of lanes: the time in which all lanes together get through the cases.
func timeLanes(b *testing.B, lanes []*lane, cases []*corpus.Case, do func(context.Context, *lane, *corpus.Case) error) time.Duration {
	b.Helper()
	var wg sync.WaitGroup
	start := time.Now()
	for _, l := range lanes {
		wg.Go(func() {
			for _, cs := range cases {
				if err := do(b.Context(), l, cs); err != nil {
					b.Errorf("%s: %v", cs.Name, err)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start) / time.Duration(len(lanes))
}

// seedUnion seeds both sides with all fixtures at once, so that the bare loop's
// requests find what they ask for.
func seedUnion(b *testing.B, l *lane, cases []*corpus.Case) {
	b.Helper()
	union := corpus.State{}
	seen := map[string]bool{}
	for _, cs := range cases {
		for _, e := range cs.State("datastore").Entities {
			if k := e.Key.String(); !seen[k] {
				seen[k] = true
				union.Entities = append(union.Entities, e)
			}
		}
	}
	for _, s := range []*Side{l.legacy, l.candidate} {
		if err := s.stores["datastore"].Seed(b.Context(), union); err != nil {
			b.Fatal(err)
		}
	}
}

func benchLanes(b *testing.B) ([]*lane, []*corpus.Case) {
	b.Helper()
	c, err := LoadConfig("../examples/classroom")
	if err != nil {
		b.Fatal(err)
	}
	cases, err := corpus.Open(c.Corpus)
	if err != nil {
		b.Fatal(err)
	}
	r, err := newRunner(c, cases, Options{})
	if err != nil {
		b.Fatal(err)
	}
	r.out = b.TempDir()
	if err := r.build(b.Context()); err != nil {
		b.Fatal(err)
	}
	var lanes []*lane
	for n := range c.LaneCount(0) {
		l, err := r.openLane(b.Context(), n)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(l.close)
		lanes = append(lanes, l)
	}
	return lanes, r.cases
}
