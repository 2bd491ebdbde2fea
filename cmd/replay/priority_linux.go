package main

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lowestPriority lets this process have the processors that nobody else wants
// (SCHED_IDLE, sched(7)). That is each thread's own, and those that a thread starts have
// its; the second round is for those that were being started in the first. Where it may
// not be set, it stays as it is.
func lowestPriority() {
	for range 2 {
		tasks, _ := os.ReadDir("/proc/self/task")
		for _, t := range tasks {
			if id, err := strconv.Atoi(t.Name()); err == nil {
				_ = unix.SchedSetAttr(id, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE}, 0)
			}
		}
	}
}
