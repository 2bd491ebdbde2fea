package ledger

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/normalizers"
)

// Matches says where differences are: in one of the places, or anywhere when
// nil.
type Matches []*Match

// Fit reports whether the difference is in one of the places.
func (m Matches) Fit(d Difference) bool {
	if m == nil {
		return true
	}
	for _, one := range m {
		if one.Fits(d) {
			return true
		}
	}
	return false
}

// Match is a place; everything that is said of it must fit.
type Match struct {
	channel, class string
	coordinate     string
	property       *property
	path           *normalizers.PlacePattern

	schema *normalizers.Schema
}

// Fits reports whether the difference is in the place.
func (m *Match) Fits(d Difference) bool {
	switch {
	case m.channel != "" && m.channel != d.Channel:
	case m.class != "" && m.class != d.Class:
	case m.coordinate != "" && (d.Channel != "response" || !m.schema.Names(m.coordinate, d.Coordinate)):
	case m.property != nil && !m.property.fits(d):
	case m.path != nil && !m.path.Matches(d.Channel, d.Store, d.Path):
	default:
		return true
	}
	return false
}

// property is a stored property, also one within embedded entities, or with no
// name the entity as a whole.
type property struct {
	kind, name string // either may be "*"
	within     *regexp.Regexp
}

// newProperty reads Kind, Kind.name, Kind.outer.inner or *.name.
func newProperty(text string) (*property, bool) {
	kind, name, dotted := strings.Cut(text, ".")
	p := &property{kind: kind, name: name}
	if kind == "" || dotted && name == "" {
		return nil, false
	}
	steps := strings.Split(name, ".")
	if len(steps) == 1 {
		return p, true
	}
	p.name = steps[0]
	var b strings.Builder
	for _, s := range steps {
		if s == "" {
			return nil, false
		}
		b.WriteString(`\.` + regexp.QuoteMeta(s) + `(?:\[\d+\])*`)
	}
	p.within = regexp.MustCompile(b.String() + `(?:\.|$)`)
	return p, true
}

func (p *property) fits(d Difference) bool {
	if d.Channel != "effects" {
		return false
	}
	kind, name, _ := strings.Cut(d.Coordinate, ".")
	if p.kind != "*" && p.kind != kind {
		return false
	}
	if p.name == "*" {
		return name != ""
	}
	return p.name == name && (p.within == nil || p.within.MatchString(d.Path))
}

// Value is one side of a difference as a ledger has it.
type Value struct {
	text   string
	string bool // it is a string, not a number, boolean, null or instant
}

// is reports whether a difference's text says the value. A string is meant as
// the report quotes it, or is a text that the report does not quote.
func (v *Value) is(text string) bool {
	if len(text) > maxCompared && text[0] != '"' {
		return false // such a text is cut: two values may look alike
	}
	if v.string && strings.HasPrefix(text, `"`) {
		s, err := strconv.Unquote(text)
		return err == nil && s == v.text
	}
	if text == v.text {
		return !v.string || !isLiteral(text)
	}
	return !v.string && sameNumber(text, v.text)
}

// maxCompared is the length from which on the text of an object or list is cut
// (normalizers.Tree.Display).
const maxCompared = 4096

// isLiteral reports whether a text is a number, boolean or null.
func isLiteral(text string) bool {
	switch text {
	case "null", "true", "false":
		return true
	}
	return number(text) != nil
}

// number is the value of a JSON number; nil for other texts, and for exponents
// beyond reason.
func number(text string) *big.Rat {
	if text == "" || len(text) > 100 || strings.Trim(text, "0123456789+-.eE") != "" {
		return nil
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 && len(text)-i > len("e-999") {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

func sameNumber(a, b string) bool {
	x, y := number(a), number(b)
	return x != nil && y != nil && x.Cmp(y) == 0
}
