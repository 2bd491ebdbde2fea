package harness

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
)

// configuration notes what a changed configuration touches: a rule the cases in
// which it may apply, anything else that a run heeds all of them.
func (f *changeFinder) configuration(ctx context.Context, name string) {
	before, now, ok := f.versions(ctx, name, f.config.File)
	if !ok {
		f.everything("%s is new or was unreadable", name)
		return
	}
	keys := slices.Sorted(maps.Keys(childrenOf(before)))
	for _, key := range slices.Sorted(maps.Keys(childrenOf(now))) {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		switch key {
		case "normalizers", "lanes", "signoff": // rules follow; the others judge nothing
		default:
			if canonical(before.Child(key)) != canonical(now.Child(key)) {
				f.everything("%s: %s changed", name, key)
			}
		}
	}
	for _, r := range itemsBeyond(now.Child("normalizers"), before.Child("normalizers")) {
		f.rule("rule "+name+":"+strconv.Itoa(r.Line), "is new or changed", r)
	}
	for _, r := range itemsBeyond(before.Child("normalizers"), now.Child("normalizers")) {
		f.rule("a rule of "+name, "was removed or changed", r)
	}
}

// versions are a YAML file as it was, and as it is.
func (f *changeFinder) versions(ctx context.Context, name, file string) (before, now strictyaml.Node, ok bool) {
	old, ok := f.git.before(ctx, name)
	if !ok {
		return before, now, false
	}
	_, before = strictyaml.Parse(name, old)
	now = parseFile(file)
	return before, now, before.Mapping() && now.Mapping()
}

func (f *changeFinder) rule(which, what string, rule strictyaml.Node) {
	if use := rule.Child("use"); use.Present() && use.Scalar() {
		which += " (" + use.Value + ")"
	}
	f.because("%s %s: it may apply in %s", which, what, count(f.touch(f.concerned(rule.Child("match"))), "case"))
}

// concerned is a test of the cases that a match of a rule or of the ledger may
// apply in. It may be true of too many: what an implementation will do is not
// known before it is run.
func (f *changeFinder) concerned(match strictyaml.Node) func(*corpus.Case) bool {
	if match.List() {
		var each []func(*corpus.Case) bool
		for _, item := range match.Content {
			each = append(each, f.concerned(match.Of(item)))
		}
		return func(cs *corpus.Case) bool {
			return slices.ContainsFunc(each, func(fits func(*corpus.Case) bool) bool { return fits(cs) })
		}
	}
	for key, value := range childrenOf(match) {
		switch key {
		case "coordinate":
			_, field, _ := strings.Cut(value.Value, ".")
			return mentions(field)
		case "type", "directive":
			if names, ok := f.fieldsOf(key, value.Value); ok {
				return mentions(names...)
			}
		case "property":
			return stores(value.Value)
		}
	}
	return func(*corpus.Case) bool { return true }
}

// mentions tests for the name of a field, argument or input field: it stands in
// the document or the variables of every case that has it.
func mentions(names ...string) func(*corpus.Case) bool {
	return func(cs *corpus.Case) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			return name == "" || name == "*" || hasWord(cs.Request.Document, name) || hasWord(string(cs.Request.Variables), name)
		})
	}
}

// hasWord reports whether a name of GraphQL stands in a text.
func hasWord(text, name string) bool {
	inName := func(i int) bool {
		return i >= 0 && i < len(text) && (text[i] == '_' || '0' <= text[i] && text[i] <= '9' || 'a' <= text[i]|0x20 && text[i]|0x20 <= 'z')
	}
	for from := 0; ; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		from += i + 1
		if !inName(from-2) && !inName(from-1+len(name)) {
			return true
		}
	}
}

// fieldsOf are the names of all fields, arguments and input fields of a type, or
// with a directive on them or their type; ok is false where that cannot be told.
func (f *changeFinder) fieldsOf(key, name string) (names []string, ok bool) {
	s := f.config.Schema
	if s == nil || name == s.Root("query") || name == s.Root("mutation") {
		return nil, false
	}
	if s.Type(name) == nil && key == "type" {
		return nil, false
	}
	means := func(of string) bool { return of == name || slices.Contains(s.Possible(of), name) }
	if key == "directive" {
		means = func(of string) bool { t := s.Type(of); return t != nil && t.Directives.ForName(name) != nil }
	}
	for _, t := range s.Types() {
		for _, field := range s.Type(t).Fields {
			if means(field.Type.Name()) || key == "directive" && field.Directives.ForName(name) != nil {
				names = append(names, field.Name)
			}
			for _, arg := range field.Arguments {
				if means(arg.Type.Name()) {
					names = append(names, arg.Name)
				}
			}
		}
	}
	return names, true
}

// stores tests for entities of the kind of a property: what no fixture has can
// only be inserted, and that shows as an entity.
func stores(property string) func(*corpus.Case) bool {
	return func(cs *corpus.Case) bool {
		for _, name := range cs.StoreNames() {
			state := cs.State(name)
			for i := range state.Entities {
				if ofKind(property, state.Entities[i].Key) {
					return true
				}
			}
			if slices.ContainsFunc(state.Absent, func(k corpus.Key) bool { return ofKind(property, k) }) {
				return true
			}
		}
		for _, effects := range cs.Expect.Effects {
			if slices.ContainsFunc(effects, func(e corpus.Effect) bool { return ofKind(property, e.Key) }) {
				return true
			}
		}
		return false
	}
}

func ofKind(property string, k corpus.Key) bool {
	return strings.HasPrefix(property, "*") || property == k.Kind() || strings.HasPrefix(property, k.Kind()+".")
}
