package normalizers

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sidebyside/replay/corpus"
)

// PlacePattern is the path of a rule (docs/normalizers.md) for those who match
// the places that a comparison names instead of values.
type PlacePattern struct {
	// Channel is "response", "effects", "calls" or "http".
	Channel string
	// Head is the store or upstream, "*" for any; "" where a channel has none.
	Head string

	path *regexp.Regexp
}

// ParsePlacePattern reads the path of a rule. The error says what is wrong with
// it.
func ParsePlacePattern(text string) (*PlacePattern, error) {
	p, err := parsePattern(text)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("^")
	switch p.channel {
	case "effects":
		writeKeyPattern(&b, p.key)
		writeSteps(&b, p.steps, false)
	case "calls":
		writeName(&b, p.head)
		writeSteps(&b, p.steps, false)
	default:
		writeSteps(&b, p.steps, true)
	}
	b.WriteString("$")
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", text, err)
	}
	return &PlacePattern{Channel: p.channel, Head: p.head, path: re}, nil
}

// Matches reports whether a place is one of the pattern's: exactly there, not
// below. Store is "" outside effects.
func (p *PlacePattern) Matches(channel, store, path string) bool {
	if channel != p.Channel || channel == "effects" && p.Head != "*" && p.Head != store {
		return false
	}
	return p.path.MatchString(path)
}

const (
	anyNameText  = `[^.\[\]]+`
	anyIndexText = `\[\d+\]`
	anyTokenText = `(?:"(?:[^"\\]|\\.)*"|[^/]+)`
)

func writeName(b *strings.Builder, name string) {
	if name == "*" {
		name = anyNameText
	} else {
		name = regexp.QuoteMeta(name)
	}
	b.WriteString(name)
}

func writeSteps(b *strings.Builder, steps []step, first bool) {
	for _, s := range steps {
		dot := `\.`
		if first {
			dot, first = "", false
		}
		switch s.kind {
		case byName:
			b.WriteString(dot + regexp.QuoteMeta(s.name))
		case anyName:
			b.WriteString(dot + anyNameText)
		case byIndex:
			fmt.Fprintf(b, `\[%d\]`, s.index)
		case anyIndex:
			b.WriteString(anyIndexText)
		case anySteps:
			b.WriteString(`(?:` + dot + `.+|` + anyIndexText + `.*)`)
		}
	}
}

// writeKeyPattern writes a pattern of the text of keys (corpus.Key.String).
func writeKeyPattern(b *strings.Builder, tokens []string) {
	b.WriteString(`(?:` + anyTokenText + `:)?`)
	for i, token := range tokens {
		last := i == len(tokens)-1
		switch {
		case token == "**" && last:
			b.WriteString(anyTokenText + `(?:/` + anyTokenText + `)*`)
			return
		case token == "**":
			b.WriteString(`(?:` + anyTokenText + `/` + anyTokenText + `/)*`)
			continue
		case token == "*":
			b.WriteString(anyTokenText)
		default:
			plain := strings.TrimPrefix(token, `"`)
			b.WriteString(`(?:` + regexp.QuoteMeta(plain) + `|` + regexp.QuoteMeta(nameText(plain)) + `)`)
		}
		if !last {
			b.WriteString("/")
		}
	}
}

// nameText is a name as the text of a key has it.
func nameText(name string) string {
	return strings.TrimPrefix(corpus.Key{Path: []corpus.PathElement{{Kind: "K", Name: name}}}.String(), "K/")
}

// CheckCoordinate reports, with the nearest right name, a coordinate Type.field
// at which no response of the schema holds anything.
func (s *Schema) CheckCoordinate(coordinate string) error {
	typeName, name, ok := strings.Cut(coordinate, ".")
	if !ok || typeName == "" || name == "" || strings.Contains(name, ".") {
		return fmt.Errorf("want a coordinate Type.field, have %q", coordinate)
	}
	def := s.types[typeName]
	switch {
	case def == nil:
		return errors.New("the schema has no type \"" + typeName + "\"" + s.nearType(typeName))
	case def.Kind != ast.Object && def.Kind != ast.Interface:
		return fmt.Errorf("%s has no fields that a response could hold", typeName)
	case s.field(typeName, name) == nil:
		return fmt.Errorf("type %s has no field %q%s", typeName, name, s.nearField(typeName, name))
	}
	return nil
}

// Names reports whether a coordinate names the field of a concrete type, by that
// type or by an interface that declares the field.
func (s *Schema) Names(coordinate, concrete string) bool {
	if coordinate == concrete {
		return true
	}
	typeName, field, ok := strings.Cut(concrete, ".")
	if s == nil || !ok {
		return false
	}
	return slices.Contains(s.coordinates(typeName, field), coordinate)
}
