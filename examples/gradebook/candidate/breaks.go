package main

import (
	"fmt"
	"strings"

	"github.com/sidebyside/replay/examples/gradebook/breaks"
)

// chosenBreak checks GRADEBOOK_BREAK; "" is none.
func chosenBreak(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	if _, ok := breaks.Find(name); !ok {
		return "", fmt.Errorf("GRADEBOOK_BREAK: unknown name %q; use one of %s", name, strings.Join(breaks.Names(), ", "))
	}
	return name, nil
}

// broken reports whether the server is to make the named mistake. Each branch on it
// is one row of breaks.All.
func (s *server) broken(name string) bool { return s.brk == name }
