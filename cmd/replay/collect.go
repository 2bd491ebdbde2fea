package main

import (
	"context"
	"os"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

// ownWorker is how many processors Go's garbage collector wants before it has a worker
// of its own. With fewer it takes a quarter of each, up to ten milliseconds at once, in
// which a processor does nothing else (runtime/mgcpacer.go, fractionalUtilizationGoal):
// an answer waits for that even where another processor of the machine is idle.
const ownWorker = 4

// collectAside collects garbage with a worker of its own, shortly before it would be
// collected anyway, and where the queue is long sooner, until stop is called. Where the
// environment says how many processors there are (GOMAXPROCS), so many do it.
func collectAside(ctx context.Context) (stop func()) {
	usual := runtime.GOMAXPROCS(0)
	few := usual < ownWorker && os.Getenv("GOMAXPROCS") == ""
	ctx, cancel := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() {
		for tick := time.Tick(50 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick:
			}
			if !collectionIsDue() {
				continue
			}
			if few {
				runtime.GOMAXPROCS(ownWorker) // which the system shares among those that there are
			}
			runtime.GC()
			if few {
				runtime.GOMAXPROCS(usual)
			}
		}
	})
	return func() { cancel(); ended.Wait() }
}

// collectionIsDue bounds what is there beside what is in use: the collector alone would
// let the one grow to as much as the other.
func collectionIsDue() bool {
	sizes := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/goal:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(sizes)
	objects, goal, live := sizes[0].Value.Uint64(), sizes[1].Value.Uint64(), sizes[2].Value.Uint64()
	return objects > goal/10*9 || objects > live+recordBallast
}
