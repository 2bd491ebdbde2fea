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
// collected anyway, until stop is called. Not where the environment says how many
// processors there are (GOMAXPROCS).
func collectAside(ctx context.Context) (stop func()) {
	usual := runtime.GOMAXPROCS(0)
	if usual >= ownWorker || os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() {
		for tick := time.Tick(50 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick:
			}
			if collectionIsNear() {
				runtime.GOMAXPROCS(ownWorker) // which the system shares among those that there are
				runtime.GC()
				runtime.GOMAXPROCS(usual)
			}
		}
	})
	return func() { cancel(); ended.Wait() }
}

func collectionIsNear() bool {
	sizes := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/goal:bytes"}}
	metrics.Read(sizes)
	return sizes[0].Value.Uint64() > sizes[1].Value.Uint64()/10*9
}
