package recorder

import "testing"

func TestTrust(t *testing.T) {
	var tr trust
	want := func(mode Exclusive, reason string) {
		t.Helper()
		if got := tr.mode(); got != mode {
			t.Fatalf("mode %s, want %s: %s", got, mode, reason)
		}
	}
	saw := func(times, calls, marked int) {
		for range times {
			tr.saw(calls, marked)
		}
	}
	want(ExclusiveAll, "nothing is known")
	saw(firstTrust-1, 2, 2)
	want(ExclusiveAll, "so few may be chance")
	saw(1, 3, 2)
	saw(firstTrust-1, 1, 1)
	want(ExclusiveAll, "one call without a trace begins the count anew")
	saw(100, 0, 0)
	want(ExclusiveAll, "operations without calls say nothing")
	saw(1, 1, 1)
	want(ExclusiveNone, "enough in a row")
	saw(1, 4, 3)
	want(ExclusiveAll, "one call without a trace ends it")
	saw(4*firstTrust-1, 1, 1)
	want(ExclusiveAll, "more is needed the second time")
	saw(1, 1, 1)
	want(ExclusiveNone, "but it can be had")
}
