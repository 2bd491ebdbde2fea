//go:build !linux

package main

import "syscall"

// lowestPriority lets this process have the processors after others. Where it may not
// be set, it stays as it is.
func lowestPriority() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) }
