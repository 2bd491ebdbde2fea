package normalizers

// rewrite applies the rules of a place, in phases. What they did stays with the
// tree, so that a comparison can tell what each one hid. A tree that is taken
// away comes back as a trace of kind gone.
func (b *builder) rewrite(t *Tree, rules []*Rule, item bool) *Tree {
	if len(rules) == 0 {
		return t
	}
	var stages []stage
	for start := 0; start < len(rules); {
		end := start + 1
		for end < len(rules) && rules[end].phase == rules[start].phase {
			end++
		}
		rule, after := b.agree(t, rules[start:end], item)
		start = end
		if rule == nil {
			continue
		}
		stages = append(stages, stage{rule: rule, before: t})
		if after == nil {
			trace := b.tree(gone)
			trace.history = &history{stages: stages}
			return trace
		}
		t = after
	}
	if len(stages) > 0 {
		t = b.withHistory(t, stages)
	}
	return t
}

func (b *builder) withHistory(t *Tree, stages []stage) *Tree {
	c := b.copy(t)
	if c.history == nil {
		c.history = &history{}
	}
	c.history.stages = stages
	return c
}

// agree applies rules of one phase to the value; those that rewrite it must do
// the same.
func (b *builder) agree(t *Tree, rules []*Rule, item bool) (by *Rule, after *Tree) {
	for _, rule := range rules {
		if !rule.suits(t, item) {
			continue
		}
		out := rule.apply(b.moment, t)
		if out == t {
			continue
		}
		if by != nil && rule.Use == by.Use && !equalTrees(out, after) || by != nil && rule.Use != by.Use {
			b.conflict(by, rule)
			continue
		}
		if by == nil {
			by, after = rule, out
		}
	}
	return by, after
}

func (b *builder) conflict(first, second *Rule) {
	if b.err == nil {
		b.err = &ConflictError{First: first, Second: second, Path: b.where()}
	}
}

func (r *Rule) suits(t *Tree, item bool) bool {
	switch r.target {
	case scalars:
		return !t.Kind.composite() || t.Kind == Meant
	case lists:
		return t.Kind == List && (!item || r.match.path != nil)
	}
	return true
}
