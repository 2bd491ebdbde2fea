//go:build !linux

package main

import "syscall"

// lowestPriority lets a process have the processors after others. usualPriority takes
// that back. Where it may not be set, it stays as it is.
func lowestPriority(pid int) { _ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, 19) }
func usualPriority(pid int)  { _ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, 0) }
