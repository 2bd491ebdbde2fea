package harness

import (
	"github.com/sidebyside/replay/normalizers"
)

// stores lays out the effects of each store, paired by the entity they are on.
func (v *viewer) stores(l, r branch, at step, a, b *normalizers.Tree) {
	if v.joint.Equal(a, b) {
		return
	}
	left, right := branch{}, branch{}
	n := 0
	eachMember(a.Children, b.Children, func(x, y *normalizers.Tree) {
		n++
		if v.joint.Equal(x, y) {
			return
		}
		store := step{at: n, text: nameOf(x, y)}
		left[store], right[store] = v.effects(x, y)
	})
	l[at], r[at] = left, right
}

var noEffects = &normalizers.Tree{Kind: normalizers.List, Unordered: true}

func (v *viewer) effects(a, b *normalizers.Tree) (l, r branch) {
	l, r = branch{}, branch{}
	if a == nil {
		a = noEffects
	}
	if b == nil {
		b = noEffects
	}
	pairs, _ := v.joint.Align(a, b)
	for i, p := range pairs {
		switch {
		case p.Right < 0:
			e := a.Children[p.Left]
			l[keyStep(i, e)] = leaf{e, e.Coordinate}
		case p.Left < 0:
			e := b.Children[p.Right]
			r[keyStep(i, e)] = leaf{e, e.Coordinate}
		default:
			v.effect(l, r, i, a.Children[p.Left], b.Children[p.Right])
		}
	}
	return l, r
}

func keyStep(i int, e *normalizers.Tree) step {
	return step{at: i, text: "/" + e.Get("key").Text}
}

// effect lays out two effects on one entity.
func (v *viewer) effect(l, r branch, i int, a, b *normalizers.Tree) {
	if v.joint.Equal(a, b) {
		return
	}
	at := keyStep(i, a)
	if a.Text != b.Text {
		l[at], r[at] = remark{DifferentValue, effectText(a), a.Coordinate}, remark{DifferentValue, effectText(b), b.Coordinate}
		return
	}
	left, right := branch{}, branch{}
	if x, y := a.Get("key"), b.Get("key"); !v.joint.Equal(x, y) {
		part := step{sort: "key"}
		left[part], right[part] = leaf{x, a.Coordinate}, leaf{y, a.Coordinate}
	}
	v.properties(left, right, a, b)
	v.indexes(left, right, a, b)
	l[at], r[at] = left, right
}

func (v *viewer) properties(l, r branch, a, b *normalizers.Tree) {
	x, y := a.Get("properties"), b.Get("properties")
	if x == nil || y == nil {
		return // of a delete
	}
	at := 0
	eachMember(x.Children, y.Children, func(p, q *normalizers.Tree) {
		at++
		name := nameOf(p, q)
		to, coordinate := step{at: at, text: "." + pathName(name)}, a.Coordinate+"."+name
		if flag, ok := flagOnly(a, b, p, q); ok {
			l[to], r[to] = remark{DifferentValue, flag[0], coordinate}, remark{DifferentValue, flag[1], coordinate}
			return
		}
		v.member(l, r, to, p, q, coordinate)
	})
}

// flagOnly has the index flags of a property of which one side changes the flag
// alone, and the other nothing.
func flagOnly(a, b, p, q *normalizers.Tree) (flags [2]string, ok bool) {
	changed, effect, here := p, a, 0
	if p == nil {
		changed, effect, here = q, b, 1
	}
	if p != nil && q != nil || changed.From == nil || changed.From.Display() != changed.Display() {
		return flags, false
	}
	after, before := indexed, unindexed
	if effect.Get("indexes").Get(changed.Name) != nil {
		after, before = before, after
	}
	flags[here], flags[1-here] = after, before
	return flags, true
}

// indexes lays out the flags of properties that both sides have.
func (v *viewer) indexes(l, r branch, a, b *normalizers.Tree) {
	x, y := a.Get("indexes"), b.Get("indexes")
	eachMember(x.Children, y.Children, func(p, q *normalizers.Tree) {
		path := nameOf(p, q)
		if p != nil && q != nil || !hasProperty(a, path) || !hasProperty(b, path) {
			return
		}
		at := step{at: 1 << 20, text: "." + path, sort: "index"}
		coordinate := a.Coordinate + "." + path
		l[at], r[at] = remark{DifferentValue, indexText(p), coordinate}, remark{DifferentValue, indexText(q), coordinate}
	})
}

// hasProperty reports whether the effect has the outermost property of a path.
func hasProperty(e *normalizers.Tree, path string) bool {
	return e.Get("properties").Get(normalizers.FirstName(path)) != nil
}

func indexText(flag *normalizers.Tree) string {
	if flag != nil {
		return unindexed
	}
	return indexed
}

// The texts of an index flag.
const (
	indexed   = "indexed"
	unindexed = "unindexed"
)

// effectText is an effect for a person: what happened, and the properties.
func effectText(e *normalizers.Tree) string {
	if props := e.Get("properties"); props != nil {
		return e.Text + " " + props.Display()
	}
	return e.Text
}
