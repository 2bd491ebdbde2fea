package normalizers

import "strings"

// marker finds the occurrences of generated values in the trees of one side.
type marker struct {
	ids     map[string]knownValue // of both sides
	side    int                   // 0 is left
	foreign map[string]bool       // those met here that only the other side generated
	half    *half                 // learns what occurs, in order
	rank    int
	before  int // above 0 in what rules rewrote, which does not occur any more
	block   []atom
}

// knownValue is a generated value: its number, and why each side generated it.
type knownValue struct {
	id int32
	by [2]origin
}

func (m *marker) tree(t *Tree) {
	t.atoms, t.decoded = nil, nil
	t.live = false
	if !t.Kind.composite() {
		m.scalar(t)
		t.live = len(t.atoms) > 0
	}
	for _, c := range t.Children {
		m.tree(c)
		t.live = t.live || c.live
	}
	if t.history != nil {
		m.before++
		defer func() { m.before-- }()
		for _, s := range t.history.stages {
			m.tree(s.before)
		}
		for _, s := range t.history.dropped {
			m.tree(s.before)
		}
	}
}

func (m *marker) scalar(t *Tree) {
	switch t.Kind {
	case String:
		m.string(t)
	case Number, Int:
		if len(t.Text) >= minPart || t.id || t.named {
			m.whole(t)
		}
	case KeyValue:
		m.key(t)
	default:
		if t.named {
			m.whole(t)
		}
	}
}

// string marks a string that is a generated value, or in which one occurs, as in
// "assignment:123", a URL or a Relay id.
func (m *marker) string(t *Tree) {
	if (len(t.Text) >= minPart || t.id || t.named) && m.whole(t) || len(t.Text) < minPart {
		return
	}
	t.atoms = m.parts(t.Text, 0, nil)
	if t.atoms != nil {
		return
	}
	if d := decodeText(t.Text); d != nil {
		if t.atoms = m.parts(d.text, 0, nil); t.atoms != nil {
			t.decoded = d
		}
	}
}

// whole marks a value that is generated as a whole, whatever it looks like.
func (m *marker) whole(t *Tree) bool {
	id, origin := m.lookup(oneText(t.Text))
	if origin == notGenerated || origin == byShape {
		return false
	}
	t.atoms = m.one(atom{len: len(t.Text), id: id})
	return true
}

// one is a list of one atom: most trees with atoms have one.
func (m *marker) one(a atom) []atom {
	if len(m.block) == 0 {
		m.block = make([]atom, 64)
	}
	out := m.block[:1:1]
	m.block = m.block[1:]
	out[0] = a
	m.occurs(a.id)
	return out
}

// add is a list with one more atom.
func (m *marker) add(atoms []atom, a atom) []atom {
	if atoms == nil {
		return m.one(a)
	}
	m.occurs(a.id)
	return append(atoms, a)
}

func (m *marker) occurs(id int32) {
	if m.before == 0 && !m.half.present[id] {
		m.half.present[id], m.half.first[id] = true, m.rank
		m.rank++
	}
}

// lookup finds a generated value by its text. What is generated on the other
// side only is met here by chance, or because it is not generated at all.
func (m *marker) lookup(text string) (int32, origin) {
	known, ok := m.ids[text]
	if !ok {
		return 0, notGenerated
	}
	if known.by[m.side] == notGenerated {
		m.foreign[text] = true
	}
	return known.id, known.by[m.side]
}

func (m *marker) parts(text string, offset int, atoms []atom) []atom {
	eachPart(text, func(at int, part string, _ bool) bool {
		if len(part) < minPart {
			return false
		}
		id, f, ok := m.part(part)
		if ok {
			atoms = m.add(atoms, atom{at: offset + at, len: len(part), form: f, id: id})
		}
		return ok
	})
	return atoms
}

// part finds a generated value that is a part of a text, by its shape if it has
// one.
func (m *marker) part(part string) (int32, form, bool) {
	if s, canonical, f := readShape(part); s != noShape {
		switch id, origin := m.lookup(canonical); origin {
		case byShape:
			return id, f.shaped(s, len(part)), true
		case byStore, byRule:
			return id, f, true
		case notGenerated:
		}
	}
	id, origin := m.lookup(part)
	return id, asIs, origin == byStore || origin == byRule
}

// key marks ids, however short, and what occurs in names.
func (m *marker) key(t *Tree) {
	text := t.Text
	for at, n := 0, 0; at <= len(text); n++ {
		end := tokenEnd(text, at)
		token := text[at:end]
		if n%2 == 1 && token != "" {
			m.columns(t, at, token)
		}
		at = end + 1
	}
}

// columns marks an id or a name, and each column of the key of a row.
func (m *marker) columns(t *Tree, at int, token string) {
	if id, origin := m.lookup(token); origin == byStore || origin == byRule {
		t.atoms = m.add(t.atoms, atom{at: at, len: len(token), id: id})
		return
	}
	if first, rest, several := strings.Cut(token, ","); several && token[0] != '"' {
		m.columns(t, at, first)
		m.columns(t, at+len(first)+1, rest)
		return
	}
	t.atoms = m.parts(token, at, t.atoms)
}

// tokenEnd is where the element of a key's text ends: at a slash out of quotes.
func tokenEnd(text string, at int) int {
	quoted := false
	for ; at < len(text); at++ {
		switch text[at] {
		case '"':
			quoted = !quoted
		case '\\':
			at++
		case '/':
			if !quoted {
				return at
			}
		}
	}
	return len(text)
}

// body is the text that the atoms stand in.
func (t *Tree) body() string {
	if t.decoded != nil {
		return t.decoded.text
	}
	return t.Text
}

// sameFrame reports whether two scalars are equal but for the generated values
// in them.
func sameFrame(a, b *Tree) bool {
	if a.Kind != b.Kind || len(a.atoms) != len(b.atoms) || (a.decoded == nil) != (b.decoded == nil) {
		return false
	}
	if len(a.atoms) == 0 {
		return a.Text == b.Text
	}
	if a.decoded != nil && a.decoded.encoding != b.decoded.encoding {
		return false
	}
	x, y := a.body(), b.body()
	i, j := 0, 0
	for k, p := range a.atoms {
		q := b.atoms[k]
		if p.form != q.form || x[i:p.at] != y[j:q.at] {
			return false
		}
		i, j = p.at+p.len, q.at+q.len
	}
	return x[i:] == y[j:]
}
