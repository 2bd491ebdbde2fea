package main

import (
	"runtime"
	"testing"
	"time"
)

// TestCollectAside: garbage is collected before it would be anyway, and then as many
// processors are in use as before.
func TestCollectAside(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	t.Setenv("GOMAXPROCS", "")
	forced := func() uint32 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.NumForcedGC
	}
	ballast := make([]byte, 64<<20) // leaves a fifth of a second between near and due
	defer runtime.KeepAlive(ballast)
	runtime.GC()
	before := forced()
	stop := collectAside(t.Context())
	var garbage []byte
	for deadline := time.Now().Add(30 * time.Second); forced() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is collected")
		}
		garbage = make([]byte, 64<<10)
	}
	runtime.KeepAlive(garbage)
	stop()
	if n := runtime.GOMAXPROCS(0); n != 1 {
		t.Errorf("%d processors are in use", n)
	}
}

func TestCollectAsideLeavesTheUsersChoice(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	t.Setenv("GOMAXPROCS", "2")
	collectAside(t.Context())()
	if n := runtime.GOMAXPROCS(0); n != 2 {
		t.Errorf("%d processors are in use", n)
	}
}
