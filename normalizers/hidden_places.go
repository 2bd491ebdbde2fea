package normalizers

import "strconv"

// HiddenPlace is a place that differed before a rule and does not after it.
type HiddenPlace struct {
	Rule *Rule
	// Path leads from the observation to the place: the channel first, then names
	// of members, of stores and of properties, "[3]" for an item, and the key of
	// an effect.
	Path []string
	// Left and Right are the values before any rule, for a person; "" where a side
	// has none.
	Left, Right string
}

// HiddenPlaces visits each place that [Joint.Hidden] counts.
func (j *Joint) HiddenPlaces(visit func(HiddenPlace)) {
	w := hiding{Joint: j}
	w.visit = func(rule *Rule, l, r *Tree) {
		visit(HiddenPlace{Rule: rule, Path: w.names(), Left: l.first().Display(), Right: r.first().Display()})
	}
	w.values(j.left.root, j.right.root)
}

// first is the value before any rule.
func (t *Tree) first() *Tree {
	if t == nil {
		return nil
	}
	return t.at(parsing)
}

func (w *hiding) names() []string {
	names := make([]string, 0, len(w.path))
	for i, s := range w.path {
		switch {
		case s.item >= 0 && s.part.isEffect():
			names = append(names, s.part.Get("key").Text)
		case s.item >= 0:
			names = append(names, "["+strconv.Itoa(s.item)+"]")
		case i > 0 && s.part.Name == "properties" && w.path[i-1].part.isEffect():
			// Properties stand below their entity.
		default:
			names = append(names, s.part.Name)
		}
	}
	return names
}

// isEffect reports whether the tree is an effect on an entity.
func (t *Tree) isEffect() bool { return t.Get("key") != nil && t.Get("indexes") != nil }
