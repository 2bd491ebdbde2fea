package container

import (
	"fmt"
	"os"
	"strings"
)

// The machine is known by its boot, the process by its namespace, its id and its
// start: a socket may be shared by several containers that have process ids of
// their own, and ids are used again.

func machine() string { return read("/proc/sys/kernel/random/boot_id") + space() }

// space is the namespace of process ids.
func space() string {
	name, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return " " + name
}

// birth is when a process began, in ticks since the boot; "" for one that is not
// there, or dead and not yet waited for.
func birth(pid int) string {
	// The name in parentheses may hold anything; the state is the first field
	// after it, the start the twentieth (proc(5)).
	stat := read(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return ""
	}
	return fields[19]
}

func read(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
