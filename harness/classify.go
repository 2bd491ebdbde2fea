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
	LetterCase      Class = "letter case"
	WhiteSpace      Class = "white space"
	OffByOne        Class = "off by one"
	Calculation     Class = "calculation"
	Condition       Class = "condition"
	AccessRights    Class = "access rights"
	NullOrError     Class = "null versus error"
	ErrorCode       Class = "error code"
	LostUpdate      Class = "lost update"
	LooseWrite      Class = "write outside the transaction"
	MissingCall     Class = "missing call"
	ExtraCall       Class = "extra call"
	UnknownCause    Class = "unknown"
)

// classify names the likely cause of each difference: from what it looks like and
// what the two sides did; else from what else differs; and at last from what it
// looks like alone, where that may have several causes.
func classify(all []Difference, left, right *normalizers.Normal, schema *normalizers.Schema) {
	s := newScene(all, left, right, schema)
	for _, step := range []func(*scene, *Difference) Class{
		(*scene).strong, (*scene).shown, (*scene).weakWrite, (*scene).shown, (*scene).within, (*scene).weak, (*scene).shown,
	} {
		s.each(step)
	}
	s.agree()
	for i := range all {
		if all[i].Class == "" {
			all[i].Class = UnknownCause
		}
	}
}

// agree calls numbers of one place by one class: where some are further apart,
// those next to each other are so by chance.
func (s *scene) agree() {
	apart := map[string]bool{}
	for i := range s.all {
		if d := &s.all[i]; d.Class == Calculation {
			apart[d.Coordinate] = true
		}
	}
	for i := range s.all {
		if d := &s.all[i]; d.Class == OffByOne && d.Coordinate != "" && d.Kind == DifferentValue && apart[d.Coordinate] {
			d.Class = Calculation
		}
	}
}

// each classifies what has no class yet. What one step finds is used by the next.
func (s *scene) each(classOf func(*scene, *Difference) Class) {
	found := make([]Class, len(s.all))
	for i := range s.all {
		if s.all[i].Class == "" {
			found[i] = classOf(s, &s.all[i])
		}
	}
	for i, class := range found {
		if class != "" {
			s.all[i].Class = class
		}
	}
	s.index()
}

type likely struct {
	class Class
	fits  bool
}

func first(classes ...likely) Class {
	for _, c := range classes {
		if c.fits {
			return c.class
		}
	}
	return ""
}

// strong are the classes that show.
func (s *scene) strong(d *Difference) Class {
	return first(
		likely{HTTPStatus, d.Channel == HTTPChannel && d.Path == "status"},
		likely{LostIndexFlag, d.Legacy == unindexed || d.Candidate == unindexed},
		likely{s.refusal, s.refusal != "" && (isRefusal(d) || s.notDone(d))},
		likely{ListOrder, d.Kind == DifferentOrder},
		likely{MessageText, isMessage(d)},
		likely{ErrorPath, isError(d) && strings.Contains(d.Path, ".path")},
		likely{ErrorCode, isError(d) && strings.Contains(d.Path, ".extensions")},
		likely{MissingCall, d.Channel == CallsChannel && d.Kind == Missing && !strings.Contains(d.Path, ".")},
		likely{ExtraCall, d.Channel == CallsChannel && d.Kind == Extra && !strings.Contains(d.Path, ".")},
		likely{WrongType, isTypename(d) || s.ofAnotherType(d)},
		likely{NullOrAbsent, isNullOrAbsent(d)},
		likely{WrongParent, s.hasOtherParent(d)},
		likely{LooseWrite, s.failed && isWrite(d) && d.Kind == Extra},
		likely{MissingWrite, isWrite(d) && d.Kind == Missing},
		likely{ExtraWrite, isWrite(d) && d.Kind == Extra},
		likely{LostUpdate, d.Kind == Missing && s.wasThere(d)},
		likely{IntOrFloat, d.Kind == DifferentType && isNumber(d.Legacy) && isNumber(d.Candidate)},
		likely{TimeFormat, d.Kind == DifferentValue && isTimeShift(d.Legacy, d.Candidate)},
		likely{LetterCase, isLetterCase(d.Legacy, d.Candidate)},
		likely{WhiteSpace, isWhiteSpace(d.Legacy, d.Candidate)},
		likely{TextLength, isTextLength(d.Legacy, d.Candidate)},
		likely{StaleRead, isStale(d, s.left, s.right)},
		likely{Rounding, d.Kind == DifferentValue && isRounding(d.Legacy, d.Candidate) && !isCount(d)},
		likely{WrongType, d.Kind == DifferentType},
		likely{OffByOne, s.moved[listOf(d)]},
		likely{WrongFilter, isOtherItems(d) && !s.writes},
	)
}

// weakWrite is weak for what is stored: the answer follows from it.
func (s *scene) weakWrite(d *Difference) Class {
	if d.Channel != EffectsChannel {
		return ""
	}
	return s.weak(d)
}

// weak are the classes of what one value looks like beside another.
func (s *scene) weak(d *Difference) Class {
	if d.Kind != DifferentValue {
		return first(
			likely{MissingWrite, d.Channel == EffectsChannel && d.Kind == Missing},
			likely{ExtraWrite, d.Channel == EffectsChannel && d.Kind == Extra},
		)
	}
	return first(
		likely{WrongID, idName.MatchString(lastName(d.Path))},
		likely{OffByOne, isOffByOne(d.Legacy, d.Candidate)},
		likely{Calculation, isNumber(d.Legacy) && isNumber(d.Candidate)},
		likely{Condition, s.isCondition(d.Legacy, d.Candidate)},
	)
}

// isOtherItems: a list of the response has other items, or another number.
func isOtherItems(d *Difference) bool {
	return d.Channel == ResponseChannel && strings.HasPrefix(d.Path, "data") && (d.Kind == DifferentLength || isItem(d))
}

// isItem: one side has an item of a list that the other has not.
func isItem(d *Difference) bool {
	return (d.Kind == Missing || d.Kind == Extra) && strings.HasSuffix(d.Path, "]")
}

// isWrite: an effect or a property, but no item of a list.
func isWrite(d *Difference) bool {
	return d.Channel == EffectsChannel && !strings.HasSuffix(d.Path, "]")
}

func isError(d *Difference) bool {
	return d.Channel == ResponseChannel && strings.HasPrefix(d.Path, "errors[")
}

func isMessage(d *Difference) bool {
	return isError(d) && strings.HasSuffix(d.Path, ".message") && d.Kind == DifferentValue
}

// isTypename: an object of another type.
func isTypename(d *Difference) bool {
	return d.Channel == ResponseChannel && strings.HasSuffix(d.Coordinate, ".__typename") && d.Kind == DifferentValue
}

// isRefusal: one side refuses, by a request error or an execution error, what the
// other accepts.
func isRefusal(d *Difference) bool {
	if d.Channel != ResponseChannel {
		return false
	}
	return strings.HasPrefix(d.Legacy, refused) || strings.HasPrefix(d.Candidate, refused) || isLoneError(d)
}

// isLoneError: one side has an error, or all of them, that the other has not.
func isLoneError(d *Difference) bool {
	one := d.Channel == ResponseChannel && (d.Kind == Missing || d.Kind == Extra)
	return one && (d.Path == "errors" || strings.HasPrefix(d.Path, "errors[") && strings.Count(d.Path, ".") == 0)
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
