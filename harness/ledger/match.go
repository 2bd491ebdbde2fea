package ledger

import (
	"math/big"
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

// property is a stored property with all that is below it; with no name the
// entity as a whole.
type property struct{ kind, name string }

// newProperty reads Kind, Kind.name, Kind.outer.inner or *.name.
func newProperty(text string) (*property, bool) {
	for part := range strings.SplitSeq(text, ".") {
		if part == "" {
			return nil, false
		}
	}
	kind, name, _ := strings.Cut(text, ".")
	return &property{kind, name}, true
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
	return name == p.name || p.name != "" && strings.HasPrefix(name, p.name+".")
}

// Value is one side of a difference as a ledger has it.
type Value struct {
	text   string
	string bool // it is a string, not a number, boolean, null or instant
}

// is reports whether a difference's text says the value: it is the text itself,
// the string that the text quotes, or the same number.
func (v *Value) is(text string) bool {
	if strings.HasPrefix(text, `"`) && v.string {
		s, err := strconv.Unquote(text)
		return err == nil && s == v.text || text == v.text
	}
	if len(text) > maxCompared {
		return false // such a text is cut: two values may look alike
	}
	return text == v.text || !v.string && sameNumber(text, v.text)
}

// maxCompared is the length from which on the text of an object or list is cut
// (normalizers.Tree.Display).
const maxCompared = 4096

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
