package redact

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

func TestProblemsOfRules(t *testing.T) {
	for _, row := range []struct {
		reason, rule string
		want         string // "" for none
	}{
		{"by coordinate", `{match: {coordinate: Owner.name}, as: name}`, ""},
		{"by that of an argument", `{match: {coordinate: "Mutation.adopt(by:)"}, as: email}`, ""},
		{"an unknown kind", `{match: {property: Owner.name}, as: nam}`, `3:39: unknown value "nam"; did you mean "name"?`},
		{"no kind", `{match: {property: Owner.name}}`, `3:3: missing key "as"`},
		{"an unknown key", `{match: {property: Owner.name}, as: name, raison: x}`, `3:45: unknown key "raison"; did you mean "reason"?`},
		{"two matches", `{match: {property: Owner.name, key: Owner}, as: id}`, `3:11: match by one of type, coordinate, property, header, key or path, not by property and key`},
		{"no match", `{match: {}, as: id}`, `3:11: match by one of type, coordinate, property, header, key or path, not by nothing`},
		{"an unknown type of a coordinate", `{match: {coordinate: Ownr.name}, as: name}`, `3:24: the schema has no type "Ownr"; did you mean "Owner"?`},
		{"an unknown field", `{match: {coordinate: Owner.nam}, as: name}`, `3:24: type Owner has no field "nam"; did you mean "name"?`},
		{"an unknown argument", `{match: {coordinate: "Mutation.adopt(bi:)"}, as: name}`, `3:24: Mutation.adopt has no argument "bi"; did you mean "by"?`},
		{"no coordinate", `{match: {coordinate: "Owner"}, as: name}`, `3:24: want a coordinate Type.field, Input.field or Type.field(argument:), have "Owner"`},
		{"an object", `{match: {coordinate: Owner.pet}, as: name}`, `3:24: Owner.pet is a Pet, and rules are for single values; name a field of it`},
		{"an enum", `{match: {coordinate: AdoptInput.kind}, as: text}`, `3:24: AdoptInput.kind is an enum, whose values are never replaced; remove the rule`},
		{"an unknown scalar", `{match: {type: Dat}, as: text}`, `3:18: the schema has no scalar "Dat"; known: Boolean, Float, ID, Int, String`},
		{"a type with fields", `{match: {type: Owner}, as: text}`, `3:18: Owner is no scalar, so no value has it; name a field with coordinate`},
		{"a property without kind", `{match: {property: name}, as: name}`, `3:22: want a property Kind.name or Kind.outer.inner, have "name"`},
		{"a header that is not kept", `{match: {header: x-usr}, as: id}`, `3:20: header "x-usr" is not kept, so it is never written; add it to record.headers or remove the rule; did you mean "x-user"?`},
		{"a key that is dropped", `{match: {key: Owner}, as: drop}`, `3:17: keys cannot be dropped; use as: id`},
		{"a place of the answer that is dropped", `{match: {path: "response:data.x"}, as: drop}`, `3:18: a place of the response cannot be dropped; drop goes with property, header, and path: request: or calls:`},
		{"a path without channel", `{match: {path: data.x}, as: text}`, `3:18: path "data.x" names no channel; write request:, response: or calls: before it`},
		{"a path that nothing has", `{match: {path: "response:dta.x"}, as: text}`, `3:18: a path of response begins with data, errors, extensions, not with "dta"`},
		{"an unknown upstream", `{match: {path: "calls:maler.request.body"}, as: text}`, `3:18: there is no upstream "maler"; did you mean "mailer"?`},
		{"one item of a list", `{match: {path: "response:data.x[0]"}, as: text}`, `3:18: want names between dots, * for any, ** for any number, have "data.x[0]"; items of a list count as the list`},
		{"kept without reason", `{match: {property: Owner.name}, as: keep}`, `3:3: as: keep needs a reason: say why these values are not personal`},
		{"an empty reason", `{match: {property: Owner.name}, as: name, reason: " "}`, `3:53: the reason is empty; say why`},
		{"order of phones", `{match: {property: Owner.phone}, as: phone, order: true}`, `3:54: order goes with as: name, email, text or id`},
		{"detectors of what is replaced", `{match: {property: Owner.phone}, as: phone, detect: false}`, `3:55: detect goes with as: keep; other values are replaced whatever is in them`},
		{"the same twice", `{match: {property: Owner.email}, as: text}`, `3:3: replay.yaml:2 matches the same; remove one of them`},
	} {
		t.Run(row.reason, func(t *testing.T) {
			text := "# rules\n- {match: {property: Owner.email}, as: email}\n- " + row.rule + "\n"
			doc, node := strictyaml.Parse("replay.yaml", []byte(text))
			ParseRules(node, Known{Schema: petSchemaOf(t), Upstreams: []string{"mailer"}, Headers: []string{"x-user"}})
			have := ""
			if err := doc.Problems().Err(); err != nil {
				have = strings.ReplaceAll(err.Error(), "replay.yaml:3", "3")
			}
			if diff := cmp.Diff(row.want, have); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRulesBySchemaNeedOne(t *testing.T) {
	doc, node := strictyaml.Parse("replay.yaml", []byte("- {match: {coordinate: A.b}, as: id}\n- {match: {type: T}, as: id}\n"))
	ParseRules(node, Known{})
	want := "replay.yaml:1:24: a match by coordinate needs a schema; add schema: FILE to the configuration\n" +
		"replay.yaml:2:18: a match by type needs a schema; add schema: FILE to the configuration"
	if diff := cmp.Diff(want, doc.Problems().Err().Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
