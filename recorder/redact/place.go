package redact

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// step is one step into the file of a case: a name, or an index.
type step struct {
	name  string
	index int // -1: by name
}

// place is where a value stands: what rules and messages know of it.
type place struct {
	steps []step // from the top of the file

	// path is what rules by path see: the channel, of calls the upstream, and how
	// many of the steps are left out.
	channel, upstream string
	skip              int

	fields   []string // schema coordinates: Type.field, Input.field, Type.field(argument:)
	typeName string   // of the schema; "" for none
	property string   // Kind.name, nested ones dotted
	header   string
	key      string // kind of a key
	name     string // the nearest name, for detectors
	// aka is what else the value is called: by the field behind an alias, by the
	// arguments that a variable is given to.
	aka []string
	of  string // the nearest name further out that says credentials

	fixed  bool // never changes: __typename, enum values, paths of errors
	strict bool // strict mode wants a rule
	echoes bool // within errors of a response, whose texts repeat what was sent
}

// String is the place in the file: fixture.datastore.entities[2].properties.email.
func (p *place) String() string { return pathText(p.steps) }

func pathText(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		switch {
		case s.index >= 0:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case i > 0:
			b.WriteString("." + s.name)
		default:
			b.WriteString(s.name)
		}
	}
	return b.String()
}

// target is the most telling match by which a rule could classify the place.
func (p *place) target() string {
	switch {
	case p.property != "":
		return "property: " + p.property
	case p.key != "":
		return "key: " + p.key
	case p.header != "":
		return "header: " + p.header
	case len(p.fields) > 0:
		return "coordinate: " + p.fields[0]
	}
	var names []string
	for _, s := range p.pathSteps() {
		names = append(names, s.name)
	}
	path := p.channel + ":"
	if p.upstream != "" {
		path += p.upstream + "."
	}
	return "path: " + path + strings.Join(names, ".")
}

// pathSteps are the steps that rules by path see: names alone.
func (p *place) pathSteps() []step {
	var names []step
	for _, s := range p.steps[min(p.skip, len(p.steps)):] {
		if s.index < 0 {
			names = append(names, s)
		}
	}
	return names
}

// at is the place one name further.
func (p *place) at(name string) place {
	next := *p
	next.steps = append(slices.Clip(p.steps), step{name, -1})
	next.named(name)
	return next
}

// named gives a place a nearer name.
func (p *place) named(name string) {
	if of := p.called(); sensitive(of) {
		p.of = of
	}
	p.name, p.aka = name, nil
}

// nameless takes away what names tell of a place.
func (p *place) nameless() { p.name, p.of, p.aka = "", "", nil }

// called is the name that tells most of the value: the nearest, or one of the others.
func (p *place) called() string {
	for _, tells := range [...]func(string) bool{sensitive, namesPhone} {
		if tells(p.name) {
			break
		}
		if i := slices.IndexFunc(p.aka, tells); i >= 0 {
			return p.aka[i]
		}
	}
	return p.name
}

// holding are names of members that hold what the name of the object says.
var holding = words("value hash key secret text raw plain data current old new confirm confirmation repeat again code string")

// tells is the name by which detectors judge a value. Within an object that has a
// sensitive name, what is made like a key is one; texts of errors about such a
// place are none.
func (p *place) tells(v string) string {
	name := p.called()
	if p.of != "" && !sensitive(name) && (holding[strings.ToLower(name)] || random(v)) {
		name = p.of
	}
	if p.echoes && sentence(v) && sensitive(name) {
		return ""
	}
	return name
}

// item is the place of a list's item.
func (p *place) item(i int) place {
	next := *p
	next.steps = append(slices.Clip(p.steps), step{"", i})
	return next
}

// pattern is a path with places left open: * is any name, ** any number of them.
// Indices of lists do not count.
type pattern struct {
	channel, upstream string
	names             []string
}

func (m *pattern) matches(p *place) bool {
	if m.channel != p.channel || m.upstream != "*" && m.upstream != p.upstream {
		return false
	}
	return matchNames(m.names, p.pathSteps())
}

func matchNames(names []string, steps []step) bool {
	for len(names) > 0 {
		if names[0] == "**" {
			for i := range len(steps) + 1 {
				if matchNames(names[1:], steps[i:]) {
					return true
				}
			}
			return false
		}
		if len(steps) == 0 || names[0] != "*" && names[0] != steps[0].name {
			return false
		}
		names, steps = names[1:], steps[1:]
	}
	return len(steps) == 0
}

// A pair says in one member what the other holds: {name: password, value: engine}.
var pairNames, pairValues = words("name key field header"), words("value values val")

// paired gives the value of a pair the name that the pair gives it.
func (p *place) paired(o corpus.Object) {
	if !pairValues[p.name] {
		return
	}
	for _, m := range o {
		if name, ok := m.Value.(string); ok && pairNames[m.Name] && sensitive(name) {
			p.name = name
		}
	}
}
