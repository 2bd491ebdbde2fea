package harness

import (
	"strings"

	"github.com/sidebyside/replay/normalizers"
)

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
	WrongID         Class = "wrong id"
	WrongType       Class = "wrong type"
	WrongFilter     Class = "wrong filter"
	ErrorPath       Class = "error path"
	HTTPStatus      Class = "http status"
	UnknownCause    Class = "unknown"
)

// classify names the likely cause of each difference, from what it looks like,
// what else differs, and what the two sides did.
func classify(all []Difference, left, right *normalizers.Normal) {
	for i := range all {
		if all[i].Class == "" {
			all[i].Class = classOf(&all[i], all, left, right)
		}
	}
	for i := range all {
		if all[i].Class == UnknownCause {
			all[i].Class = bySiblings(&all[i], all)
		}
	}
}

func classOf(d *Difference, all []Difference, left, right *normalizers.Normal) Class {
	for _, c := range []struct {
		class Class
		fits  bool
	}{
		{HTTPStatus, d.Channel == HTTPChannel && d.Path == "status"},
		{LostIndexFlag, d.Legacy == unindexed || d.Candidate == unindexed},
		{ListOrder, d.Kind == DifferentOrder},
		{MessageText, isMessage(d)},
		{InputValidation, isRefusal(d)},
		{NullOrAbsent, isNullOrAbsent(d)},
		{WrongParent, hasOtherParent(d, all)},
		{MissingWrite, isWrite(d) && d.Kind == Missing},
		{ExtraWrite, isWrite(d) && d.Kind == Extra},
		{IntOrFloat, d.Kind == DifferentType && isNumber(d.Legacy) && isNumber(d.Candidate)},
		{TimeFormat, isTimeShift(d.Legacy, d.Candidate)},
		{TextLength, isTextLength(d.Legacy, d.Candidate)},
		{StaleRead, isStale(d, left, right)},
		{Rounding, d.Kind == DifferentValue && isRounding(d.Legacy, d.Candidate)},
		{ErrorPath, strings.HasPrefix(d.Path, "errors[") && strings.Contains(d.Path, ".path")},
		{WrongType, d.Kind == DifferentType},
		{WrongFilter, isOtherItems(d) && !writesDiffer(all)},
	} {
		if c.fits {
			return c.class
		}
	}
	return UnknownCause
}

// bySiblings gives what nothing is known of the class of what caused it: a
// response shows what the store holds, and null where an error is.
func bySiblings(d *Difference, all []Difference) Class {
	for i := range all {
		o := &all[i]
		switch {
		case o.Class == UnknownCause || o == d:
		case o.Class == InputValidation && d.Channel == ResponseChannel && (d.Legacy == "null" || d.Candidate == "null"):
			return o.Class
		case d.Kind == DifferentValue && o.Kind == DifferentValue && sameNumber(d.Legacy, o.Legacy) && sameNumber(d.Candidate, o.Candidate):
			return o.Class
		case d.Channel == ResponseChannel && o.Channel == EffectsChannel && shows(o, lastName(d.Path)):
			return o.Class
		}
	}
	return UnknownCause
}

// lastName is the last name of a path, without indices.
func lastName(path string) string {
	for strings.HasSuffix(path, "]") {
		path = path[:max(0, strings.LastIndexByte(path, '['))]
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}

// shows reports whether a difference of effects is of a property, or of an
// effect that has it.
func shows(o *Difference, property string) bool {
	if lastName(o.Path) == property && strings.Contains(o.Path, ".") {
		return true
	}
	return strings.Contains(o.Legacy+o.Candidate, "{"+property+": ") || strings.Contains(o.Legacy+o.Candidate, ", "+property+": ")
}

// isOtherItems: a list of the response has other items, or another number.
func isOtherItems(d *Difference) bool {
	return d.Channel == ResponseChannel && strings.HasPrefix(d.Path, "data") &&
		(d.Kind == DifferentLength || (d.Kind == Missing || d.Kind == Extra) && strings.HasSuffix(d.Path, "]"))
}

func writesDiffer(all []Difference) bool {
	for i := range all {
		if all[i].Channel == EffectsChannel {
			return true
		}
	}
	return false
}

// isWrite: an effect or a property, but no item of a list.
func isWrite(d *Difference) bool {
	return d.Channel == EffectsChannel && !strings.HasSuffix(d.Path, "]")
}

func isMessage(d *Difference) bool {
	return d.Channel == ResponseChannel && strings.HasPrefix(d.Path, "errors[") &&
		strings.HasSuffix(d.Path, ".message") && d.Kind == DifferentValue
}

// isRefusal: one side refuses, by a request error or an execution error, what the
// other accepts.
func isRefusal(d *Difference) bool {
	if d.Channel != ResponseChannel {
		return false
	}
	one := d.Kind == Missing || d.Kind == Extra
	return strings.HasPrefix(d.Legacy, refused) || strings.HasPrefix(d.Candidate, refused) ||
		one && (d.Path == "errors" || strings.HasPrefix(d.Path, "errors[") && strings.Count(d.Path, ".") == 0)
}

// isNullOrAbsent: one side has null where the other has nothing or an empty
// value, or writes null where the other leaves the property alone.
func isNullOrAbsent(d *Difference) bool {
	nothing := func(s string) bool {
		return s == absent || s == `""` || s == "[]" || strings.HasSuffix(s, unchanged)
	}
	empty := func(a, b string) bool { return a == "null" && nothing(b) || a == "[]" && b == absent }
	return empty(d.Legacy, d.Candidate) || empty(d.Candidate, d.Legacy)
}

// hasOtherParent: the entity that one side lacks has a twin on the other, below
// another parent.
func hasOtherParent(d *Difference, all []Difference) bool {
	if d.Channel != EffectsChannel {
		return false
	}
	if d.Kind == DifferentValue {
		return sameLeafOfKey(d.Legacy, d.Candidate)
	}
	for i := range all {
		o := &all[i]
		if o.Channel != d.Channel || o.Store != d.Store || o.Coordinate != d.Coordinate || o.Kind == d.Kind {
			continue
		}
		if o.Kind != Missing && o.Kind != Extra || d.Kind != Missing && d.Kind != Extra {
			continue
		}
		twins := o.Legacy == d.Candidate && o.Candidate == d.Legacy && parent(o.Path) != parent(d.Path)
		if twins || parentKinds(o.Path) != parentKinds(d.Path) || sameLeafOfKey(o.Path, d.Path) {
			return true
		}
	}
	return false
}

// sameLeafOfKey: two keys of one kind and id, below different parents.
func sameLeafOfKey(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	if a == b || len(x) < 2 || len(y) < 2 || strings.ContainsAny(a+b, " {\"") {
		return false
	}
	return x[len(x)-2] == y[len(y)-2] && x[len(x)-1] == y[len(y)-1]
}

// parent is a key's text without its last element.
func parent(key string) string {
	for range 2 {
		key = key[:max(0, strings.LastIndexByte(key, '/'))]
	}
	return key
}

// parentKinds are the kinds of a key's text without its ids.
func parentKinds(key string) string {
	parts := strings.Split(key, "/")
	var kinds []string
	for i := 0; i < len(parts); i += 2 {
		kinds = append(kinds, parts[i])
	}
	return strings.Join(kinds, "/")
}
