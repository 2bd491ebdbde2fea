package ledger

import (
	"strings"
	"testing"
)

// acceptedOf is an entry with the given keys besides those that must be there.
func acceptedOf(t *testing.T, keys string) *Accepted {
	t.Helper()
	l, problems := Read("ledger.yaml", []byte("version: 1\naccepted:\n  - {id: a, reason: r, owner: o, expires: 2027-01-01, "+keys+"}\n"), testNames(t))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return l.Accepted[0]
}

func TestFits(t *testing.T) {
	response := Difference{
		Channel: "response", Path: "data.rename.title", Coordinate: "Assignment.title", Kind: "value",
		Class: "rounding", Legacy: `"Old"`, Candidate: "12",
	}
	stored := Difference{
		Channel: "effects", Store: "datastore", Path: "Class/7/Assignment/42.rubric[0].note",
		Coordinate: "Assignment.rubric.note", Kind: "missing", Legacy: "x", Candidate: "absent",
	}
	whole := Difference{Channel: "effects", Store: "datastore", Path: `Class/7/Assignment/"42"`, Coordinate: "Assignment", Kind: "extra"}
	message := Difference{Channel: "response", Path: "errors[1].message", Kind: "value"}
	call := Difference{Channel: "calls", Path: "users[0].body.a", Kind: "value"}
	status := Difference{Channel: "http", Path: "status", Kind: "value", Legacy: "200", Candidate: "422"}
	tests := []struct {
		reason, keys string
		d            Difference
		want         bool
	}{
		{"the coordinate", "match: {coordinate: Assignment.title}", response, true},
		{"another coordinate", "match: {coordinate: Assignment.points}", response, false},
		{"an interface's name of the field", "match: {coordinate: Person.name}", Difference{Channel: "response", Coordinate: "Student.name"}, true},
		{"a coordinate is of the response, not of the store", "match: {coordinate: Assignment.title}", Difference{Channel: "effects", Coordinate: "Assignment.title"}, false},
		{"all of a match must fit", "match: {coordinate: Assignment.title, class: message text}", response, false},
		{"one of several places is enough", "match: [{class: message text}, {coordinate: Assignment.title}]", response, true},
		{"none of several places", "match: [{class: message text}, {coordinate: Assignment.points}]", response, false},
		{"the class", "match: {class: rounding}", response, true},
		{"the channel", "match: {channel: http}", status, true},
		{"another channel", "match: {channel: http}", response, false},
		{"the kind", "match: {channel: http}, kind: value", status, true},
		{"another kind", "match: {channel: http}, kind: type", status, false},

		{"a property", "match: {property: Assignment.rubric.note}", stored, true},
		{"a property and what is below it", "match: {property: Assignment.rubric}", stored, true},
		{"the beginning of a name is not the name", "match: {property: Assignment.rub}, kind: extra", Difference{Channel: "effects", Coordinate: "Assignment.rubric", Kind: "extra"}, false},
		{"of any kind", "match: {property: '*.rubric'}", stored, true},
		{"any property", "match: {property: Assignment.*}", stored, true},
		{"any property is not the entity", "match: {property: Assignment.*}", whole, false},
		{"the entity", "match: {property: Assignment}", whole, true},
		{"the entity is not its properties", "match: {property: Assignment}", stored, false},

		{"a path", "match: {path: 'response:data.rename.title'}", response, true},
		{"a path means that place, not what is below", "match: {path: 'response:data.rename'}", response, false},
		{"what is below", "match: {path: 'response:data.**'}", response, true},
		{"any name", "match: {path: 'response:data.*.title'}", response, true},
		{"one item", "match: {path: 'response:errors[1].message'}", message, true},
		{"another item", "match: {path: 'response:errors[0].message'}", message, false},
		{"any item", "match: {path: 'response:errors[*].message'}", message, true},
		{"a dot is a dot", "match: {path: 'response:errors[*].mess.ge'}", message, false},
		{"a stored path", "match: {path: 'effects:datastore/Class/7/Assignment/*.rubric[*].note'}", stored, true},
		{"any store", "match: {path: 'effects:*/Class/*/Assignment/42.rubric[0].note'}", stored, true},
		{"another store", "match: {path: 'effects:other-store/Class/*/Assignment/42.rubric[0].note'}", stored, false},
		{"any parents", "match: {path: 'effects:datastore/**/Assignment/*'}", whole, true},
		{"a name that looks like an id", "match: {path: 'effects:datastore/Class/7/Assignment/42'}", whole, true},
		{"an id is whole", "match: {path: 'effects:datastore/Class/7/Assignment/4'}", whole, false},
		{"calls", "match: {path: 'calls:users[*].body.a'}", call, true},
		{"status", "match: {path: 'http:status'}", status, true},

		{"the values", "match: {channel: response}, values: {legacy: Old, candidate: 12}", response, true},
		{"one value", "match: {channel: response}, values: {legacy: Old}", response, true},
		{"another value", "match: {channel: response}, values: {legacy: New}", response, false},
		{"part of a value", "match: {channel: response}, values: {legacy: Ol}", response, false},
		{"a number by its value", "match: {channel: response}, values: {candidate: 12.0}", response, true},
		{"a number as the report has it", "match: {channel: response}, values: {candidate: '12'}", response, true},
		{"text as the report has it", `match: {channel: response}, values: {legacy: '"Old"'}`, response, true},
		{"null is no text", "match: {channel: response}, values: {legacy: null}", Difference{Channel: "response", Legacy: `"null"`}, false},
		{"null", "match: {channel: response}, values: {legacy: null}", Difference{Channel: "response", Legacy: "null"}, true},
		{"a number is no text", "match: {channel: response}, values: {legacy: 3}", Difference{Channel: "response", Legacy: `"3"`}, false},
		{"a list that is cut could be any", "match: {channel: response}, values: {legacy: '[" + strings.Repeat("1", 5000) + "'}", Difference{Channel: "response", Legacy: "[" + strings.Repeat("1", 5000)}, false},
		{"a number beyond reason", "match: {channel: response}, values: {legacy: 1e999999999}", Difference{Channel: "response", Legacy: "1e999999998"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			if got := acceptedOf(t, tt.keys).Fits(tt.d); got != tt.want {
				t.Errorf("{%s} fits %+v: %v, want %v", tt.keys, tt.d, got, tt.want)
			}
		})
	}
}
