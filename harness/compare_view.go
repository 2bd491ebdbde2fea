package harness

import (
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/sidebyside/replay/normalizers"
)

// viewer lays two normalised observations side by side for go-cmp: objects and
// lists become maps in which what belongs together has one key. Equal parts are
// left out.
type viewer struct {
	joint       *normalizers.Joint
	left, right string // names of the sides
}

// step is the way from a value to a part of it. Steps sort by where they stand.
type step struct {
	at   int
	text string // as in paths
	sort string // tells apart what is said of one place
}

// branch is an object or a list.
type branch map[step]any

// leaf is a value that is compared as a whole.
type leaf struct {
	tree       *normalizers.Tree
	coordinate string
}

// remark is something to say of a whole value: its order, its length, a flag.
type remark struct {
	kind       Kind
	text       string
	coordinate string
}

// differences compares what is laid out.
// It returns how many there are beyond those that are looked at, too.
func (v *viewer) differences() (found []Difference, more int) {
	l, r := v.observations()
	if len(l) == 0 && len(r) == 0 {
		return nil, 0
	}
	c := &collector{viewer: v}
	cmp.Equal(l, r,
		cmp.Comparer(func(a, b leaf) bool { return v.same(a.tree, b.tree) }),
		cmp.Comparer(func(a, b remark) bool { return a == b }),
		cmp.Reporter(c))
	return c.found, c.more
}

func (v *viewer) same(a, b *normalizers.Tree) bool {
	return v.joint.Equal(a, b)
}

// observations lays out the channels, in the order of a report.
func (v *viewer) observations() (l, r branch) {
	l, r = branch{}, branch{}
	a, b := v.joint.Left, v.joint.Right
	if !a.Refused && !b.Refused || a.Refused && b.Refused && crashed(a) != crashed(b) {
		v.member(l, r, step{at: 0, text: string(HTTPChannel)}, a.HTTP, b.HTTP, "")
	}
	switch at := (step{at: 1, text: string(ResponseChannel)}); {
	case a.Refused && b.Refused:
		// The text comes from the GraphQL library.
	case a.Refused || b.Refused:
		l[at], r[at] = v.refusals()
	default:
		v.member(l, r, at, a.Response, b.Response, "")
	}
	v.stores(l, r, step{at: 2, text: string(EffectsChannel)}, a.Effects, b.Effects)
	v.member(l, r, step{at: 3, text: string(CallsChannel)}, a.Calls, b.Calls, "")
	return l, r
}

// crashed tells a server's own error from the refusal of a request.
func crashed(n *normalizers.Normal) bool {
	status := n.HTTP.Get("status")
	return status != nil && status.Text >= "500"
}

// refusals says that one side refused what the other executed.
func (v *viewer) refusals() (l, r branch) {
	side := func(n *normalizers.Normal) branch {
		if n.Refused {
			return branch{{text: "data"}: remark{DifferentValue, refused + strconv.Quote(n.Refusal), ""}}
		}
		text := absent
		if data := n.Response.Get("data"); data != nil {
			text = data.Display()
		}
		return branch{{text: "data"}: remark{DifferentValue, text, ""}}
	}
	return side(v.joint.Left), side(v.joint.Right)
}

// member lays out one part that at least one side has, unless it is equal.
func (v *viewer) member(l, r branch, at step, a, b *normalizers.Tree, coordinate string) {
	if v.joint.Equal(a, b) {
		return
	}
	if a == nil || b == nil {
		v.only(l, r, at, a, b, coordinate)
		return
	}
	l[at], r[at] = v.pair(a, b, coordinate)
}

func (v *viewer) only(l, r branch, at step, a, b *normalizers.Tree, coordinate string) {
	if a != nil {
		l[at] = leaf{a, coordinateOf(a, coordinate)}
	}
	if b != nil {
		r[at] = leaf{b, coordinateOf(b, coordinate)}
	}
}

func coordinateOf(t *normalizers.Tree, outer string) string {
	if t.Coordinate != "" {
		return t.Coordinate
	}
	return outer
}

// pair lays out two values that are not equal.
func (v *viewer) pair(a, b *normalizers.Tree, coordinate string) (any, any) {
	coordinate = coordinateOf(a, coordinate)
	if a.Kind != b.Kind {
		return leaf{a, coordinate}, leaf{b, coordinate}
	}
	switch a.Kind {
	case normalizers.List:
		return v.lists(a, b, coordinate)
	case normalizers.Object:
		return v.objects(a, b, coordinate)
	case normalizers.Entity:
		return v.entities(a, b, coordinate)
	case normalizers.Meant:
		return v.parts(a, b, coordinate)
	case normalizers.Parsed:
		if a.Text != b.Text { // one content, otherwise packed
			return remark{DifferentType, packing(a), coordinate}, remark{DifferentType, packing(b), coordinate}
		}
		return v.pair(a.Children[0], b.Children[0], coordinate)
	}
	return leaf{a, coordinate}, leaf{b, coordinate}
}

func packing(t *normalizers.Tree) string {
	if t.Text == "" {
		return "text"
	}
	return t.Text
}

func (v *viewer) objects(a, b *normalizers.Tree, coordinate string) (l, r branch) {
	l, r = branch{}, branch{}
	v.members(l, r, a, b, coordinate)
	return l, r
}

// entities lays out embedded entities: their properties are those of paths.
func (v *viewer) entities(a, b *normalizers.Tree, coordinate string) (l, r branch) {
	l, r = branch{}, branch{}
	v.member(l, r, step{text: ".__key__"}, a.Get("key"), b.Get("key"), coordinate)
	at := 0
	eachMember(a.Get("properties").Children, b.Get("properties").Children, func(x, y *normalizers.Tree) {
		at++
		name := nameOf(x, y)
		v.member(l, r, step{at: at, text: "." + pathName(name)}, x, y, coordinate+"."+name)
	})
	return l, r
}

// parts lays out a value and its meaning, which have one path.
func (v *viewer) parts(a, b *normalizers.Tree, coordinate string) (l, r branch) {
	l, r = branch{}, branch{}
	for i, name := range [...]string{"meaning", "value"} {
		v.member(l, r, step{at: i, sort: name}, a.Get(name), b.Get(name), coordinate)
	}
	return l, r
}

// members lays out the members of two objects; one that is repeated is compared
// with the repetition of the same rank.
func (v *viewer) members(l, r branch, a, b *normalizers.Tree, coordinate string) {
	at := 0
	eachMember(a.Children, b.Children, func(x, y *normalizers.Tree) {
		at++
		v.member(l, r, step{at: at, text: "." + pathName(nameOf(x, y))}, x, y, coordinate)
	})
}

func nameOf(x, y *normalizers.Tree) string {
	if x != nil {
		return x.Name
	}
	return y.Name
}

// pathName is a name as it stands in a path: in quotes if it holds a sign of
// paths.
func pathName(name string) string {
	if name == "" || strings.ContainsAny(name, `.[]*"`) {
		return strconv.Quote(name)
	}
	return name
}

// eachMember merges members that are sorted by name.
func eachMember(a, b []*normalizers.Tree, visit func(x, y *normalizers.Tree)) {
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Name < b[0].Name:
			visit(a[0], nil)
			a = a[1:]
		case len(a) == 0 || b[0].Name < a[0].Name:
			visit(nil, b[0])
			b = b[1:]
		default:
			visit(a[0], b[0])
			a, b = a[1:], b[1:]
		}
	}
}

// lists lays out two lists: what is said of them as a whole first.
func (v *viewer) lists(a, b *normalizers.Tree, coordinate string) (l, r branch) {
	l, r = branch{}, branch{}
	pairs, moved := v.joint.Align(a, b)
	if n, m := len(a.Children), len(b.Children); n != m {
		at := step{sort: "length"}
		l[at], r[at] = remark{DifferentLength, items(n), coordinate}, remark{DifferentLength, items(m), coordinate}
	}
	if moved {
		at := step{sort: "order"}
		l[at], r[at] = remark{DifferentOrder, a.Display(), coordinate}, remark{DifferentOrder, b.Display(), coordinate}
	}
	for i, p := range pairs {
		var x, y *normalizers.Tree
		index := p.Left
		if p.Left >= 0 {
			x = a.Children[p.Left]
		}
		if p.Right >= 0 {
			y = b.Children[p.Right]
			if p.Left < 0 {
				index = p.Right
			}
		}
		v.member(l, r, step{at: i + 1, text: "[" + strconv.Itoa(index) + "]"}, x, y, coordinate)
	}
	return l, r
}

func items(n int) string {
	if n == 1 {
		return "1 item"
	}
	return strconv.Itoa(n) + " items"
}
