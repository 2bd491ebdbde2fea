package harness

// Class is the likely cause of a difference, in words for people.
type Class string

// The classes.
const (
	Rounding        Class = "rounding"
	TextLength      Class = "byte versus character length"
	TimeFormat      Class = "time zone or format"
	NullOrAbsent    Class = "null versus absent"
	IntOrFloat      Class = "int versus float"
	ListOrder       Class = "list order"
	LostIndexFlag   Class = "lost index flag"
	MissingWrite    Class = "missing write"
	ExtraWrite      Class = "extra write"
	WrongParent     Class = "wrong parent"
	MessageText     Class = "message text"
	InputValidation Class = "validation strictness"
	StaleRead       Class = "stale read"
	UnknownCause    Class = "unknown"
)

func classify(all []Difference) {
	for i := range all {
		all[i].Class = UnknownCause
	}
}
