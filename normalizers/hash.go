package normalizers

import (
	"hash/maphash"
	"math/bits"
)

// Hashes find what may be equal; what is equal is then looked at. So they need
// not be the same from run to run, and order nothing.
var seed = maphash.MakeSeed()

func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^0x9e3779b97f4a7c15, v^0xd1b54a32d192ed03)
	return hi ^ lo ^ bits.RotateLeft64(v, 29)
}

func hashText(s string) uint64 { return maphash.String(seed, s) }

// ownHash is of what a tree is apart from its children and the generated values
// in it.
func (t *Tree) ownHash() uint64 {
	h := mix(uint64(t.Kind)+1, uint64(len(t.atoms)))
	if t.Unordered {
		h = mix(h, 2)
	}
	if t.within != nil {
		return h // numbers near to each other must meet
	}
	if len(t.atoms) == 0 {
		return mix(h, hashText(t.Text))
	}
	text, at := t.body(), 0
	for _, a := range t.atoms {
		h = mix(mix(h, hashText(text[at:a.at])), uint64(a.form))
		at = a.at + a.len
	}
	h = mix(h, hashText(text[at:]))
	if t.decoded != nil {
		h = mix(h, hashText(t.decoded.encoding))
	}
	return h
}

// prepareHash sets what stays the same whatever the colours of generated values,
// and notes where rules did something.
func (t *Tree) prepareHash() {
	t.own = t.ownHash()
	t.ruled = t.history != nil
	for _, c := range t.Children {
		c.prepareHash()
		t.ruled = t.ruled || c.ruled
	}
	if !t.live {
		t.hash = t.combine()
	}
}

// combine is the hash of a tree from those of its children: members count by
// name, items by place, and the items of a bag without order.
func (t *Tree) combine() uint64 {
	h := t.own
	if t.Unordered {
		sum := uint64(len(t.Children))
		for _, c := range t.Children {
			sum += mix(c.hash, 7)
		}
		return mix(h, sum)
	}
	for _, c := range t.Children {
		if c.Name != "" {
			h = mix(h, hashText(c.Name))
		}
		h = mix(h, c.hash)
	}
	return h
}

// recolour computes the hashes under colours of the generated values.
func (t *Tree) recolour(colours []uint64) {
	if !t.live {
		return
	}
	if len(t.atoms) > 0 {
		t.hash = t.own
		for _, a := range t.atoms {
			t.hash = mix(t.hash, colours[a.id])
		}
		return
	}
	for _, c := range t.Children {
		c.recolour(colours)
	}
	t.hash = t.combine()
}

// gather adds to each generated value the contexts in which it occurs. An item
// of a bag is known by its content, or when shallow by its label alone.
func (t *Tree) gather(context uint64, shallow bool, into []uint64) {
	if !t.live {
		return
	}
	for i, a := range t.atoms {
		into[a.id] += mix(mix(context, t.own), uint64(i)+1)
	}
	for i, c := range t.Children {
		if !c.live {
			continue
		}
		inner := mix(context, t.own)
		switch {
		case t.Unordered && shallow:
			inner = mix(inner, c.label())
		case t.Unordered:
			inner = mix(inner, c.hash)
		case c.Name != "":
			inner = mix(inner, hashText(c.Name))
		default:
			inner = mix(inner, uint64(i)+1)
		}
		c.gather(inner, shallow, into)
	}
}

// label is what names an item of a bag: of an effect the frame of its key.
func (t *Tree) label() uint64 {
	if key := t.Get("key"); key != nil && key.Kind == KeyValue {
		return key.own
	}
	return 1
}
