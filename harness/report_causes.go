package harness

// cause says of a class what is likely behind it and what mends it.
type cause struct {
	class    Class
	why, fix string
}

// causes are those of all classes, the most telling ones first: what a case with
// several classes is shown under.
var causes = []cause{
	{AccessRights, "one side refuses for want of rights what the other does", "check the same rights at the same place as legacy, and answer with its error"},
	// A call that was never recorded is refused, and what differs after that follows from it.
	{ExtraCall, "the candidate asks another service for something that legacy does not", "do not send what legacy does not: it happens twice, or to somebody who did not expect it"},
	{InputValidation, "one side refuses what the other accepts", "accept and refuse what legacy does, limits and their edges included"},
	{NullOrError, "one side answers an error where the other answers null", "tell \"there is none\" from \"that is wrong\" where legacy does"},
	{LooseWrite, "something stays stored although the request failed", "write within the transaction, or after everything that can fail"},
	{WrongParent, "an entity is stored below another parent", "build the key from legacy's ancestors: a key is an identity, and ancestor queries go by it"},
	{LostUpdate, "a list loses what it held before the request", "read the list and add to it; do not write a new one"},
	{LostIndexFlag, "a property is indexed on one side and not on the other", "exclude from indexes what legacy excludes (noindex), and nothing else: queries find only what is indexed, and long text is refused there"},
	{IntOrFloat, "an integer is stored as a float, or the other way round", "store the type that legacy stores: readers and queries tell 1 from 1.0"},
	{WrongType, "a value or an object is of another type", "store and answer the type that legacy does: a key is no text, a timestamp no number"},
	{StaleRead, "an answer shows what was stored before the request", "answer from what the request wrote where legacy does, and from what it read where legacy does that"},
	{WrongID, "a value stands where another generated one belongs", "answer and store the id that the store gave out, the same everywhere"},
	{Rounding, "a number is rounded by another rule, or at another step", "round where legacy rounds and as it does: Python's round goes half to even, most others half away from zero"},
	{TextLength, "text is cut or counted in bytes on one side and in characters on the other", "use legacy's unit: len counts bytes in Go, characters in Python 3"},
	{TimeFormat, "a time is in another zone, precision or spelling", "keep legacy's zone, precision and layout; Datastore keeps microseconds"},
	{LetterCase, "text differs in upper and lower case alone", "change the case of text only where legacy does"},
	{WhiteSpace, "text differs in white space alone", "trim what legacy trims: its language may know another set of spaces"},
	{NullOrAbsent, "null, nothing and an empty value are not kept apart", "tell an absent input from null, and write null, an empty value or nothing as legacy does"},
	{OffByOne, "a count, a position or a page is one too far", "compare where counting begins, and whether limits include their end"},
	{ListOrder, "the same items come in another order", "sort by what legacy sorts by, also among equals; a map has no order"},
	{WrongFilter, "a query finds other items", "compare filter, limit and what is visible with legacy's, entity by entity"},
	{Condition, "a condition decides otherwise", "compare the condition with legacy's at its edges: equal values, null, zero"},
	{Calculation, "a number is calculated otherwise", "compare what goes into the number, and in which order"},
	{MessageText, "an error has another message", "answer legacy's message: clients may show it or look for it"},
	{ErrorCode, "an error has other extensions", "answer legacy's code: clients decide by it"},
	{ErrorPath, "an error points to another place of the answer", "report the error at the field at which legacy does"},
	{HTTPStatus, "the HTTP status differs", "answer legacy's status, errors included"},
	{MissingCall, "legacy asks another service for something that the candidate does not", "send the call, or take the work over and say so in the ledger"},
	{MissingWrite, "legacy stores something that the candidate does not", "write what legacy writes: all entities, all properties, also in loops that end early"},
	{ExtraWrite, "the candidate stores something that legacy does not", "write nothing more than legacy: not what is unchanged, not in a query, not twice on a retry"},
	{UnknownCause, "nothing that is known by its looks", "follow the value through both implementations"},
}

// causeOf is the cause of a class.
func causeOf(class Class) cause {
	for _, c := range causes {
		if c.class == class {
			return c
		}
	}
	return causes[len(causes)-1]
}

// mainClass is the most telling class of the differences, "" of none.
func mainClass(all []Difference) Class {
	for _, c := range causes {
		for i := range all {
			if all[i].Class == c.class {
				return c.class
			}
		}
	}
	if len(all) > 0 {
		return UnknownCause
	}
	return ""
}
