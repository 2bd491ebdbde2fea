package normalizers

// Hidden visits the rule of each place that differed before the rule and does
// not after it.
func (j *Joint) Hidden(visit func(*Rule)) {
	j.hidden(j.left.root, j.right.root, visit)
}

func (j *Joint) hidden(l, r *Tree, visit func(*Rule)) {
	if l == nil || r == nil || !l.ruled && !r.ruled {
		return
	}
	if rule := j.hider(l, r); rule != nil {
		visit(rule)
	}
	j.hiddenMembers(l, r, visit)
	if l.Kind == List && r.Kind == List {
		pairs, _ := j.Align(l, r)
		for _, p := range pairs {
			if p.Left >= 0 && p.Right >= 0 {
				j.hidden(l.Children[p.Left], r.Children[p.Right], visit)
			}
		}
		return
	}
	for _, c := range l.Children {
		j.hidden(c, r.Get(c.Name), visit)
	}
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

// hiddenMembers visits the rules that took members away which differed.
func (j *Joint) hiddenMembers(l, r *Tree, visit func(*Rule)) {
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
			visit(s.rule)
			continue
		}
		taken[at] = true
		if !j.alike(s.before, right[at].before) {
			visit(s.rule)
		}
	}
	for i, s := range right {
		if !taken[i] {
			visit(s.rule)
		}
	}
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
