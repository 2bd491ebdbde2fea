package main

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// lowestPriority lets a process have the processors that nobody else wants (SCHED_IDLE,
// sched(7)). usualPriority takes that back.
func lowestPriority(pid int) { schedule(pid, unix.SCHED_IDLE) }
func usualPriority(pid int)  { schedule(pid, unix.SCHED_NORMAL) }

// schedule sets the policy of each thread of a process; those that a thread starts have
// its. The second round is for those that were being started in the first. Where it may
// not be set, it stays as it is.
func schedule(pid int, policy uint32) {
	for range 2 {
		tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		for _, t := range tasks {
			if id, err := strconv.Atoi(t.Name()); err == nil {
				_ = unix.SchedSetAttr(id, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy}, 0)
			}
		}
	}
}
