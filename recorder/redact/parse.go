package redact

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// Known is what rules may name beside the schema.
type Known struct {
	Schema    Schema // nil: rules by type or coordinate are refused
	Upstreams []string
	// Headers are those that a recording keeps, in lower case.
	Headers []string
}

// ParseRules reads the configuration's list of rules (docs/redaction.md):
//
//   - {match: {property: User.email}, as: email}
//
// Problems are recorded with the node's file; the rules are then of no use.
func ParseRules(node strictyaml.Node, known Known) *Rules {
	r := &ruleReader{Known: known}
	if node.Present() && !node.IsNull() {
		node.Items(func(_ int, item strictyaml.Node) { r.rule(item) })
	}
	return newRules(r.list)
}

type ruleReader struct {
	Known
	list []*Rule
}

func (r *ruleReader) rule(n strictyaml.Node) {
	rule := &Rule{At: position(n)}
	var matchNode, orderNode, detectNode strictyaml.Node
	var as string
	detect := true
	n.Object(strictyaml.Fields{
		"match": func(n strictyaml.Node) { matchNode = n },
		"as":    func(n strictyaml.Node) { n.OneOf(&as, byRule...) },
		"reason": func(n strictyaml.Node) {
			if n.String(&rule.Reason) && strings.TrimSpace(rule.Reason) == "" {
				n.Problemf("the reason is empty; say why")
			}
		},
		"order":  func(n strictyaml.Node) { orderNode = n; n.Bool(&rule.Order) },
		"detect": func(n strictyaml.Node) { detectNode = n; n.Bool(&detect) },
	}, "match", "as")
	if as == "" || !matchNode.Present() {
		return
	}
	rule.As, rule.Blind = As(as), !detect
	switch {
	case rule.As == Keep && rule.Reason == "":
		n.Problemf("as: keep needs a reason: say why these values are not personal")
	case rule.Order && !slices.Contains([]As{Name, Email, Text, ID}, rule.As):
		orderNode.Problemf("order goes with as: name, email, text or id")
	case detectNode.Present() && rule.As != Keep:
		detectNode.Problemf("detect goes with as: keep; other values are replaced whatever is in them")
	}
	if r.match(matchNode, rule) && !r.repeats(n, rule) {
		r.list = append(r.list, rule)
	}
}

// position is the file's name and line.
func position(n strictyaml.Node) string {
	file := n.Position()
	for range 2 {
		file = file[:max(0, strings.LastIndexByte(file, ':'))]
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), n.Line)
}

func (r *ruleReader) repeats(n strictyaml.Node, rule *Rule) bool {
	for _, other := range r.list {
		if other.match.by == rule.match.by && other.match.text == rule.match.text {
			n.Problemf("%s matches the same; remove one of them", other.At)
			return true
		}
	}
	return false
}

func (r *ruleReader) match(n strictyaml.Node, rule *Rule) bool {
	var keys []string
	ok := true
	fields := strictyaml.Fields{}
	for key, check := range map[string]func(strictyaml.Node, *Rule) bool{
		"type": r.checkType, "coordinate": r.checkCoordinate, "property": checkProperty,
		"header": r.checkHeader, "key": checkKey, "path": r.checkPath,
	} {
		fields[key] = func(n strictyaml.Node) {
			keys = append(keys, key)
			rule.match.by = key
			ok = n.String(&rule.match.text) && check(n, rule) && ok
		}
	}
	n.Object(fields)
	if len(keys) != 1 {
		have := "nothing"
		if len(keys) > 0 {
			have = strings.Join(keys, " and ")
		}
		n.Problemf("match by one of type, coordinate, property, header, key or path, not by %s", have)
		return false
	}
	return ok
}

func (r *ruleReader) needsSchema(n strictyaml.Node, by string) bool {
	if r.Schema == nil {
		n.Problemf("a match by %s needs a schema; add schema: FILE to the configuration", by)
	}
	return r.Schema != nil
}

func (r *ruleReader) noDrop(n strictyaml.Node, rule *Rule) bool {
	if rule.As == Drop {
		n.Problemf("a place of the response cannot be dropped; drop goes with property, header, and path: request: or calls:")
	}
	return rule.As != Drop
}

func (r *ruleReader) checkType(n strictyaml.Node, rule *Rule) bool {
	if !r.needsSchema(n, "type") || !r.noDrop(n, rule) {
		return false
	}
	name := rule.match.text
	switch def := r.Schema.Type(name); {
	case def == nil:
		n.Problemf("the schema has no scalar %q%s", name, r.near(name, func(d *ast.Definition) bool { return d.Kind == ast.Scalar }))
	case def.Kind != ast.Scalar:
		n.Problemf("%s is no scalar, so no value has it; name a field with coordinate", name)
	default:
		return true
	}
	return false
}

// checkCoordinate checks a schema coordinate: Type.field, Input.field or
// Type.field(argument:).
func (r *ruleReader) checkCoordinate(n strictyaml.Node, rule *Rule) bool {
	if !r.needsSchema(n, "coordinate") || !r.noDrop(n, rule) {
		return false
	}
	field, argument, hasArgument := strings.Cut(rule.match.text, "(")
	typeName, name, ok := strings.Cut(field, ".")
	argument, closed := strings.CutSuffix(argument, ":)")
	if !ok || typeName == "" || name == "" || hasArgument && (!closed || argument == "") {
		n.Problemf("want a coordinate Type.field, Input.field or Type.field(argument:), have %q", rule.match.text)
		return false
	}
	def := r.Schema.Type(typeName)
	if def == nil {
		n.Problemf("the schema has no type %q%s", typeName, r.near(typeName, func(d *ast.Definition) bool { return len(d.Fields) > 0 }))
		return false
	}
	f := def.Fields.ForName(name)
	if f == nil {
		var known []string
		for _, f := range def.Fields {
			known = append(known, f.Name)
		}
		n.Problemf("type %s has no field %q%s", typeName, name, strictyaml.Suggest(name, known))
		return false
	}
	of := f.Type
	if hasArgument {
		a := f.Arguments.ForName(argument)
		if a == nil {
			n.Problemf("%s has no argument %q%s", field, argument, strictyaml.Suggest(argument, argumentNames(f)))
			return false
		}
		of = a.Type
	}
	return r.checkLeaf(n, rule, of)
}

// checkLeaf refuses a coordinate that no value has, and one that must not change.
func (r *ruleReader) checkLeaf(n strictyaml.Node, rule *Rule, of *ast.Type) bool {
	def := r.Schema.Type(of.Name())
	switch {
	case def == nil || def.Kind == ast.Scalar:
		return true
	case def.Kind == ast.Enum:
		n.Problemf("%s is an enum, whose values are never replaced; remove the rule", rule.match.text)
	default:
		n.Problemf("%s is a %s, and rules are for single values; name a field of it", rule.match.text, of)
	}
	return false
}

// near suggests types of a sort.
func (r *ruleReader) near(name string, sort func(*ast.Definition) bool) string {
	return strictyaml.Suggest(name, slices.DeleteFunc(r.Schema.Types(), func(t string) bool {
		return strings.HasPrefix(t, "_") || t == "FieldSet" || !sort(r.Schema.Type(t))
	}))
}

func argumentNames(f *ast.FieldDefinition) []string {
	var names []string
	for _, a := range f.Arguments {
		names = append(names, a.Name)
	}
	return names
}

func checkProperty(n strictyaml.Node, rule *Rule) bool {
	kind, name, ok := strings.Cut(rule.match.text, ".")
	if !ok || kind == "" || name == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
		n.Problemf("want a property Kind.name or Kind.outer.inner, have %q", rule.match.text)
		return false
	}
	return true
}

func (r *ruleReader) checkHeader(n strictyaml.Node, rule *Rule) bool {
	rule.match.text = strings.ToLower(strings.TrimSpace(rule.match.text))
	if rule.As != Drop && r.Headers != nil && !slices.Contains(r.Headers, rule.match.text) {
		n.Problemf("header %q is not kept, so it is never written; add it to record.headers or remove the rule%s",
			rule.match.text, strictyaml.Suggest(rule.match.text, r.Headers))
		return false
	}
	return true
}

func checkKey(n strictyaml.Node, rule *Rule) bool {
	switch {
	case rule.match.text == "":
		n.Problemf("want the kind of a key")
	case rule.As == Drop:
		n.Problemf("keys cannot be dropped; use as: id")
	default:
		return true
	}
	return false
}

// checkPath reads request:variables.input.email, response:errors.message or
// calls:users.request.body.email.
func (r *ruleReader) checkPath(n strictyaml.Node, rule *Rule) bool {
	channel, rest, ok := strings.Cut(rule.match.text, ":")
	channels := []string{"request", "response", "calls"}
	if !ok || !slices.Contains(channels, channel) {
		n.Problemf("path %q names no channel; write request:, response: or calls: before it", rule.match.text)
		return false
	}
	names := strings.Split(strings.NewReplacer("[*]", "").Replace(rest), ".")
	if slices.Contains(names, "") || strings.ContainsAny(rest, "[]") && !strings.Contains(rest, "[*]") {
		n.Problemf("want names between dots, * for any, ** for any number, have %q; items of a list count as the list", rest)
		return false
	}
	p := &pattern{channel: channel, names: names}
	if channel == "calls" {
		if p.upstream, p.names = names[0], names[1:]; p.upstream == "**" {
			p.upstream, p.names = "*", names
		}
		if p.upstream != "*" && r.Upstreams != nil && !slices.Contains(r.Upstreams, p.upstream) {
			n.Problemf("there is no upstream %q%s", p.upstream, strictyaml.Suggest(p.upstream, r.Upstreams))
			return false
		}
	}
	if first := first(p.names); first != "*" && first != "**" && !slices.Contains(parts[channel], first) {
		n.Problemf("a path of %s begins with %s, not with %q", channel, strings.Join(parts[channel], ", "), first)
		return false
	}
	rule.match.path = p
	return channel != "response" || r.noDrop(n, rule)
}

var parts = map[string][]string{
	"request":  {"variables", "extensions", "document"},
	"response": {"data", "errors", "extensions"},
	"calls":    {"request", "response"},
}

func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
