package harness

// Channels lists all of them, in the order of a report.
func Channels() []Channel {
	return []Channel{HTTPChannel, ResponseChannel, EffectsChannel, CallsChannel}
}

// Kinds lists all of them.
func Kinds() []Kind {
	return []Kind{DifferentValue, DifferentType, Missing, Extra, DifferentOrder, DifferentLength}
}

// Classes lists all of them.
func Classes() []Class {
	return []Class{
		Rounding, TextLength, TimeFormat, NullOrAbsent, IntOrFloat, ListOrder, LostIndexFlag, MissingWrite, ExtraWrite,
		WrongParent, MessageText, InputValidation, StaleRead, WrongID, WrongType, WrongFilter, ErrorPath, HTTPStatus,
		LetterCase, WhiteSpace, OffByOne, Calculation, Condition, AccessRights, NullOrError, ErrorCode, LostUpdate,
		LooseWrite, MissingCall, ExtraCall, UnknownCause,
	}
}
