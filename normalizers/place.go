package normalizers

// bindByPlace pairs unbound values that stand at one place on both sides. The
// store comes first: what it holds is what the other channels have to agree with.
func (j *Joint) bindByPlace() bool {
	bound := false
	for _, name := range [...]string{"effects", "response", "calls"} {
		bound = j.bindIn(j.left.root.Get(name), j.right.root.Get(name)) || bound
	}
	return bound
}

func (j *Joint) bindIn(l, r *Tree) bool {
	if l == nil || r == nil || !l.live || !r.live || l.Kind != r.Kind {
		return false
	}
	if len(l.atoms) > 0 {
		return sameFrame(l, r) && j.bindAtoms(l, r)
	}
	bound := false
	if l.Kind == List {
		pairs, _ := j.Align(l, r)
		for _, p := range pairs {
			if p.Left >= 0 && p.Right >= 0 {
				bound = j.bindIn(l.Children[p.Left], r.Children[p.Right]) || bound
			}
		}
		return bound
	}
	// The key of an effect comes before what else it holds.
	bound = j.bindIn(l.Get("key"), r.Get("key"))
	for _, c := range l.Children {
		bound = j.bindIn(c, r.Get(c.Name)) || bound
	}
	return bound
}

func (j *Joint) bindAtoms(l, r *Tree) bool {
	bound := false
	for i, a := range l.atoms {
		if b := r.atoms[i]; j.left.partner[a.id] < 0 && j.right.partner[b.id] < 0 {
			j.bind(a.id, b.id)
			bound = true
		}
	}
	return bound
}

// Same reports whether two single values are equal under the bijection.
func (j *Joint) Same(l, r *Tree) bool {
	if w := cmpOr(l.within, r.within); w != nil && l.Kind == r.Kind && l.Text != r.Text {
		return w.near(l, r)
	}
	if l.Text != r.Text && len(l.atoms) == 0 || !sameFrame(l, r) {
		return false
	}
	for i, a := range l.atoms {
		if j.left.partner[a.id] != r.atoms[i].id {
			return false
		}
	}
	return true
}

func cmpOr(a, b *tolerance) *tolerance {
	if a != nil {
		return a
	}
	return b
}

// Equal reports whether two trees are equal under the bijection. It looks at
// every value: hashes only say where to look.
func (j *Joint) Equal(l, r *Tree) bool {
	if l == nil || r == nil {
		return l == r
	}
	if l.hash != r.hash || l.Kind != r.Kind || l.Unordered != r.Unordered || len(l.Children) != len(r.Children) {
		return false
	}
	if !l.Kind.composite() {
		return j.Same(l, r)
	}
	if l.Text != r.Text {
		return false
	}
	if l.Unordered {
		pairs, _ := j.Align(l, r)
		for _, p := range pairs {
			if p.Left < 0 || p.Right < 0 || !j.Equal(l.Children[p.Left], r.Children[p.Right]) {
				return false
			}
		}
		return true
	}
	for i, c := range l.Children {
		if c.Name != r.Children[i].Name || !j.Equal(c, r.Children[i]) {
			return false
		}
	}
	return true
}

// Ruled reports whether rules did anything below.
func (t *Tree) Ruled() bool { return t != nil && t.ruled }
