package migration

// State is how far the migration of a field is.
type State int

// The states, in their order. A field without @migrate is in None: its migration
// has not begun, is over, or never was.
const (
	None       State = iota
	Manual           // legacy answers
	SideBySide       // legacy answers, the candidate is asked too
	Canary           // the candidate answers some of production
	Migrated         // the candidate answers all
)

var stateNames = [...]string{"none", "manual", "side-by-side", "canary", "migrated"}

// States lists all of them in order.
func States() []State { return []State{None, Manual, SideBySide, Canary, Migrated} }

func (s State) String() string { return stateNames[s] }

// MarshalText is the name, as in schemas.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// stateOf is the state of a name that a schema may hold.
func stateOf(name string) (State, bool) {
	for s := Manual; s <= Migrated; s++ {
		if s.String() == name {
			return s, true
		}
	}
	return None, false
}
