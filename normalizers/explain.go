package normalizers

import (
	"fmt"
	"strings"
)

// Explain says what is wrong where two values hold generated values that do not
// belong together; "" where that is not the difference. channel names where they
// stand, left and right the sides.
func (j *Joint) Explain(channel string, l, r *Tree, left, right string) string {
	if l == nil || r == nil || l.Kind.composite() || r.Kind.composite() {
		return ""
	}
	if text := explainNow(l, r, left, right); text != "" {
		return text
	}
	if len(l.atoms) == 0 || len(r.atoms) == 0 || !sameFrame(l, r) {
		return j.explainOne(l, r, left, right)
	}
	for i, a := range l.atoms {
		b := r.atoms[i]
		if j.left.partner[a.id] == b.id {
			continue
		}
		if want := j.left.partner[a.id]; want >= 0 {
			return j.wrongValue(channel, right, j.texts[b.id], want, j.right)
		}
		if want := j.right.partner[b.id]; want >= 0 {
			return j.wrongValue(channel, left, j.texts[a.id], want, j.left)
		}
	}
	return ""
}

func (j *Joint) wrongValue(channel, side, have string, want int32, h *half) string {
	belongs := j.texts[want]
	key := h.keyOf(want)
	if key != "" {
		belongs += " (" + key + ")"
	}
	switch {
	case channel == "response" && key != "":
		return fmt.Sprintf("the response returns generated id %s (%s), the store holds %s", have, side, belongs)
	case channel == "calls" && key != "":
		return fmt.Sprintf("a call sends generated id %s (%s), the store holds %s", have, side, belongs)
	}
	return fmt.Sprintf("generated id %s stands here (%s), where %s belongs", have, side, belongs)
}

// explainNow says that one side has the time of its request where the other has
// another time.
func explainNow(l, r *Tree, left, right string) string {
	isNow := func(t *Tree) bool { return t.Kind == Token && strings.HasPrefix(t.Text, nowToken) }
	if isNow(r) {
		l, r, left, right = r, l, right, left
	}
	if !isNow(l) {
		return ""
	}
	if isNow(r) {
		return "both are the time of the request, written differently"
	}
	if _, _, ok := nowOf(r); !ok {
		return fmt.Sprintf("%s has the time of its request here, %s has not", left, right)
	}
	return fmt.Sprintf("%s has the time of its request here, %s a time that lies outside its request", left, right)
}

// explainOne says which side has a generated value where the other has none.
func (j *Joint) explainOne(l, r *Tree, left, right string) string {
	if text := j.Left.explainConstant(l, left); text != "" {
		return text
	}
	if text := j.Right.explainConstant(r, right); text != "" {
		return text
	}
	switch {
	case len(l.atoms) > 0 && len(r.atoms) == 0:
		return fmt.Sprintf("%s has a generated value here, %s one that was not generated for this request", left, right)
	case len(r.atoms) > 0 && len(l.atoms) == 0:
		return fmt.Sprintf("%s has a generated value here, %s one that was not generated for this request", right, left)
	case len(l.atoms) > 0 && l.body()[:l.atoms[0].at] == r.body()[:r.atoms[0].at]:
		return "both are generated values, written differently"
	}
	return ""
}

// explainConstant says why a value that looks generated is compared literally.
func (n *Normal) explainConstant(t *Tree, side string) string {
	if t.Kind != String && t.Kind != KeyValue || len(t.atoms) > 0 {
		return ""
	}
	text := ""
	eachShaped(t.Text, func(part string, _ look, canonical string, _ form) {
		switch {
		case text != "" || n.of.given()[canonical]:
		case n.repeated[canonical], n.side.Again != nil && n.side.Again().shapedValues()[canonical]:
			text = fmt.Sprintf("%s gives %s in another run of the case, too: it is not made up for the request", side, part)
		case n.side.Recorded && n.side.Again == nil:
			text = fmt.Sprintf("whether %s makes %s up cannot be told from one run; a generated rule for the place would say so", side, part)
		}
	})
	return text
}

// keyOf is the key of the effect in whose key the value occurs.
func (h *half) keyOf(id int32) string {
	effects := h.root.Get("effects")
	if effects == nil {
		return ""
	}
	for _, bag := range effects.Children {
		for _, e := range bag.Children {
			key := e.Get("key")
			for _, a := range key.atoms {
				if a.id == id {
					return key.Text
				}
			}
		}
	}
	return ""
}
