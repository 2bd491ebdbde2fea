package normalizers

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// Why a place is left behind.
const (
	undeclared  = "a date that no type of the schema and no rule declares"
	notRead     = "declared as a date or an instant, but spelled in a way that is not read"
	inText      = "a date inside a text"
	inBase64    = "a date inside a text in base64"
	inKey       = "a date in a key"
	inName      = "a date in the name of a member"
	signed      = "a signed token, in which dates cannot be moved"
	besideDate  = "a weekday beside an instant that was moved by other than whole weeks"
	timeOfDay   = "a time of day, and instants were moved by other than whole days"
	maybeNumber = "a number that may be an instant near the recording; no rule says so"
)

// dated finds the dates that people and programs write into texts.
var dated = regexp.MustCompile(`(?i)\b(?:19|20)\d\d-[01]\d-[0-3]\d(?:\b|T)` +
	`|\b(?:19|20)\d\d[01]\d[0-3]\dT\d{4,6}` +
	`|\b[0-3]?\d\.[01]?\d\.(?:19|20)\d\d\b` +
	`|\b\d{1,2}/\d{1,2}/(?:19|20)\d\d\b` +
	`|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b` +
	`|\b\d{1,2}(?:st|nd|rd|th|\.)? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? (?:19|20)\d\d\b`)

// token is a JWS in its compact form (RFC 7515, section 7.1), or a signed URL of
// the large clouds.
var token = regexp.MustCompile(`\beyJ[\w-]{5,}\.[\w-]+\.[\w-]+|[?&](?:X-Amz-Signature|X-Goog-Signature|sig|Signature)=`)

var clockTime = regexp.MustCompile(`^\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$`)

// note says that a place is left behind; once per text and reason.
func (r *rebaser) note(text, why string) {
	if id := [2]string{text, why}; !r.seen[id] {
		r.seen[id] = true
		r.left = append(r.left, Unshifted{Place: r.where(), Text: clip(text), Why: why})
	}
}

func clip(s string) string {
	const most = 80
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

// text moves a text that is known to be a date, and looks at any other.
func (r *rebaser) text(s string, known said) string {
	if known != timed {
		if known == nothing {
			r.suspect(s)
		}
		return s
	}
	if moved, ok := r.by.Text(s); ok {
		r.moves()
		return moved
	}
	if moved, ok := r.by.Number(s); ok {
		r.moves()
		return moved
	}
	switch {
	case !strings.ContainsAny(s, "0123456789"): // "", or words that mean the same on every day
	case !clockTime.MatchString(s):
		r.note(s, notRead)
	case !r.by.wholeDays():
		r.note(s, timeOfDay)
	}
	return s
}

// nearRecording is how near to the recording a number must lie, read as an
// instant, to be named.
const nearRecording = 2 * 365 * day

func (r *rebaser) number(literal string, known said) string {
	at, _, ok := epoch(literal)
	switch {
	case !ok || known == hushed:
	case known == timed:
		if moved, ok := r.by.Number(literal); ok {
			r.moves()
			return moved
		}
		r.note(literal, notRead)
	case at.Sub(r.recorded).Abs() < nearRecording:
		r.note(literal, maybeNumber)
	}
	return literal
}

// suspect names a text that may belong to the time of the recording.
func (r *rebaser) suspect(s string) {
	if len(s) < len("20061120T") {
		return
	}
	switch d := decodeText(s); {
	case d != nil && Dated(d.text):
		r.note(s, inBase64)
	case spellsDate(s):
		r.note(s, undeclared)
	default:
		r.free(s)
	}
}

// free looks at a text that is none itself.
func (r *rebaser) free(s string) {
	switch {
	case strings.ContainsAny(s, ".=") && token.MatchString(s):
		r.note(s, signed)
	case Dated(s):
		r.note(dated.FindString(s)+" in "+strconv.Quote(clip(s)), inText)
	}
}

// mayDate is a quick look before a slow one: every date that is looked for has a
// year of four digits.
func mayDate(s string) bool {
	for i := 1; i < len(s)-2; i++ {
		if c := s[i-1]; (c == '2' && s[i] == '0' || c == '1' && s[i] == '9') && isDigit(s[i+1]) && isDigit(s[i+2]) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func spellsDate(s string) bool {
	if !Dated(s) {
		return false
	}
	if _, ok := ParseInstant(s); ok {
		return true
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// name looks at the name of a member whose object may be a map.
func (r *rebaser) name(s string) {
	if Dated(s) {
		r.note(s, inName)
	}
}

// keyName looks at the names in a key.
func (r *rebaser) keyName(k corpus.Key) {
	for _, e := range k.Path {
		if Dated(e.Name) {
			r.note(e.Name, inKey)
		}
	}
}

var weekdayNames = func() map[string]bool {
	names := map[string]bool{}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		names[name], names[name[:3]] = true, true
	}
	return names
}()

var weekdayMember = regexp.MustCompile(`(?i)^(week_?day|day_?of_?week|dow)$`)

// weekdays names the weekdays among the values beside a moved instant.
func (r *rebaser) weekdays(names []string, value func(string) any) {
	if r.by.Days%7 == 0 && r.by.wholeDays() {
		return
	}
	for _, name := range names {
		v := value(name)
		text, isText := v.(string)
		switch {
		case isText && weekdayNames[strings.ToLower(text)]:
		case weekdayMember.MatchString(name) && v != nil && !isText:
			text = fmt.Sprint(v)
		default:
			continue
		}
		r.within(name, func() { r.note(text, besideDate) })
	}
}

// Dated reports whether a text spells or holds a date.
func Dated(s string) bool { return mayDate(s) && dated.MatchString(s) }
