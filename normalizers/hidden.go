package normalizers

// Hidden visits the rule of each place that differed before the rule and does
// not after it.
func (j *Joint) Hidden(visit func(*Rule)) {
	w := hiding{Joint: j, visit: func(rule *Rule, _, _ *Tree) { visit(rule) }}
	w.values(j.left.root, j.right.root)
}

// hiding is a walk to the places that rules hid.
type hiding struct {
	*Joint
	path  []way
	visit func(rule *Rule, l, r *Tree)
}

// way leads from a value to a part of it: a member, or an item by its index.
type way struct {
	part *Tree
	item int // -1 of a member
}

func (w *hiding) values(l, r *Tree) {
	if l == nil || r == nil || !l.ruled && !r.ruled {
		return
	}
	if rule := w.hider(l, r); rule != nil {
		w.visit(rule, l, r)
	}
	w.members(l, r)
	if l.Kind == List && r.Kind == List {
		pairs, _ := w.Align(l, r)
		for _, p := range pairs {
			if p.Left >= 0 && p.Right >= 0 {
				w.part(way{l.Children[p.Left], p.Left}, r.Children[p.Right])
			}
		}
		return
	}
	for _, c := range l.Children {
		w.part(way{c, -1}, r.Get(c.Name))
	}
}

func (w *hiding) part(s way, r *Tree) {
	w.path = append(w.path, s)
	w.values(s.part, r)
	w.path = w.path[:len(w.path)-1]
}

// hider is the rule after which two values are equal that were not before it.
func (j *Joint) hider(l, r *Tree) *Rule {
	for p := parsing; p <= ordering; p++ {
		rule := ruleOf(l, p)
		if rule == nil {
			rule = ruleOf(r, p)
		}
		if rule == nil || rule.apply == nil {
			continue
		}
		before := j.equalBefore(l, r, p)
		if rule.Use == "generated" { // what it names would not be free without it
			before = l.at(p).Text == r.at(p).Text
		}
		if !before && j.equalBefore(l, r, p+1) {
			return rule
		}
	}
	return nil
}

func ruleOf(t *Tree, p phase) *Rule {
	if t.history != nil {
		for _, s := range t.history.stages {
			if s.rule.phase == p {
				return s.rule
			}
		}
	}
	return nil
}

// at is the value before the rules of a phase.
func (t *Tree) at(p phase) *Tree {
	if t.history != nil {
		for _, s := range t.history.stages {
			if s.rule.phase >= p {
				return s.before
			}
		}
	}
	return t
}

func (j *Joint) equalBefore(l, r *Tree, p phase) bool {
	l, r = l.at(p), r.at(p)
	if l.Kind != r.Kind || l.Unordered != r.Unordered || len(l.Children) != len(r.Children) {
		return false
	}
	if !l.Kind.composite() {
		return j.Same(l, r)
	}
	if l.Text != r.Text {
		return false
	}
	if l.Unordered {
		return j.Equal(l, r)
	}
	for i, c := range l.Children {
		if c.Name != r.Children[i].Name || !j.Equal(c, r.Children[i]) {
			return false
		}
	}
	return true
}

// members visits the rules that took members away which differed.
func (w *hiding) members(l, r *Tree) {
	left, right := droppedOf(l), droppedOf(r)
	taken := make([]bool, len(right))
	for _, s := range left {
		at := -1
		for i, other := range right {
			if !taken[i] && other.before.Name == s.before.Name {
				at = i
				break
			}
		}
		if at < 0 {
			w.dropped(s.rule, s.before, nil)
			continue
		}
		taken[at] = true
		if !w.alike(s.before, right[at].before) {
			w.dropped(s.rule, s.before, right[at].before)
		}
	}
	for i, s := range right {
		if !taken[i] {
			w.dropped(s.rule, nil, s.before)
		}
	}
}

// dropped visits a member that a rule took away on one side or both.
func (w *hiding) dropped(rule *Rule, l, r *Tree) {
	part := l
	if part == nil {
		part = r
	}
	w.path = append(w.path, way{part, -1})
	w.visit(rule, l, r)
	w.path = w.path[:len(w.path)-1]
}

func droppedOf(t *Tree) []stage {
	if t.history == nil {
		return nil
	}
	return t.history.dropped
}

// alike compares trees that have no hashes, in the order in which they stand.
func (j *Joint) alike(l, r *Tree) bool {
	if l.Kind != r.Kind || len(l.Children) != len(r.Children) {
		return false
	}
	if !l.Kind.composite() {
		return j.Same(l, r)
	}
	for i, c := range l.Children {
		if c.Name != r.Children[i].Name || !j.alike(c, r.Children[i]) {
			return false
		}
	}
	return true
}
