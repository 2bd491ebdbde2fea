// Package breaks lists the mistakes that the candidate makes on purpose when
// CLASSROOM_BREAK names one: what porters really get wrong, and where a
// comparison must see it. The branches themselves stand in the candidate, each
// where the mistake would be made.
package breaks

import "slices"

// Channel is where a difference shows.
type Channel string

// The channels of the broken server's answers, writes and calls.
const (
	HTTP     Channel = "http"
	Response Channel = "response"
	Effects  Channel = "effects"
	Calls    Channel = "calls"
)

// Break is one mistake.
type Break struct {
	Name string
	// Does says what the candidate then does instead.
	Does string
	// Field is a root field that shows it.
	Field string
	// Channel and Path say where: the path of a reported difference in the
	// channel contains Path.
	Channel Channel
	Path    string
	// Class is the class of the difference.
	Class string
}

// Find returns the break of a name.
func Find(name string) (Break, bool) {
	i := slices.IndexFunc(All, func(b Break) bool { return b.Name == name })
	if i < 0 {
		return Break{}, false
	}
	return All[i], true
}

// Names lists the names of all breaks, in the order of All.
func Names() []string {
	names := make([]string, len(All))
	for i, b := range All {
		names[i] = b.Name
	}
	return names
}
