package recorder

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What a line does first, and how much at a time.
func TestLine(t *testing.T) {
	const work = 10 * time.Millisecond
	busy := func() bool { return true }
	tests := []struct {
		reason string
		line   *line
		want   []int64 // weights in the order in which they were begun
		most   int     // at a time
		took   time.Duration
	}{
		{"in the order in which they came", &line{}, []int64{1, 2, 3, 4, 5, 6}, 1, 6 * work},
		{"the latest first, once there is more than one", &line{newest: true}, []int64{1, 6, 5, 4, 3, 2}, 1, 6 * work},
		{"three at a time", &line{hands: 3}, []int64{1, 2, 3, 4, 5, 6}, 3, 2 * work},
		{"one more for each two that wait", &line{hands: 3, patience: 2}, []int64{1, 2, 3, 4, 5, 6}, 3, 2 * work},
		{"no more than are needed", &line{hands: 3, patience: 6}, []int64{1, 2, 3, 4, 5, 6}, 1, 6 * work},
		// Each waits for a quiet moment that does not come, and then looks whether processors are short.
		{"beside many that are in flight", &line{crowded: busy}, []int64{1, 2, 3, 4, 5, 6}, 1, 6 * (20*time.Millisecond + work + 500*time.Microsecond)},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var began []int64
				at, most := 0, 0
				var all sync.WaitGroup
				l := tt.line
				l.do = func(one *take) {
					mu.Lock()
					began = append(began, one.weight)
					at++
					most = max(most, at)
					mu.Unlock()
					time.Sleep(work)
					mu.Lock()
					at--
					mu.Unlock()
					all.Done()
				}
				start := time.Now()
				for i := range tt.want {
					all.Add(1)
					l.push(&take{weight: int64(i + 1)})
					if i == 0 {
						synctest.Wait() // it is under way when the others come
					}
				}
				synctest.Wait()
				all.Wait()
				took := time.Since(start)
				time.Sleep(time.Second) // until the line has stopped
				if tt.line.crowded != nil {
					took += 500 * time.Microsecond // the last one's look is nobody's wait
				}
				if tt.line.hands > 1 {
					slices.Sort(began) // side by side
				}
				if !slices.Equal(began, tt.want) || most != tt.most || took != tt.took {
					t.Errorf("got %v, %d at a time, in %v; want %v, %d, %v", began, most, took, tt.want, tt.most, tt.took)
				}
			})
		})
	}
}

// The oldest is forgotten first, and nothing that is too large is kept.
func TestRemembered(t *testing.T) {
	r := remembered[string, int]{most: 3, mostSize: 10}
	for i, key := range []string{"a", "b", "c", "d"} {
		r.put(key, i, 1)
	}
	r.put("b", 9, 1)
	r.put("huge", 9, 11)
	r.put("large", 4, 9)
	for key, want := range map[string]int{"a": -1, "b": -1, "c": -1, "d": 3, "huge": -1, "large": 4} {
		got, ok := r.get(key)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%s: got %d, want %d", key, got, want)
		}
	}
	if r.size != 10 || len(r.order) != 2 || len(r.of) != 2 {
		t.Errorf("it holds %d entries of %d bytes", len(r.of), r.size)
	}
}
