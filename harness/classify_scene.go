package harness

import (
	"regexp"
	"strings"

	"github.com/sidebyside/replay/normalizers"
)

// scene is all that differs in a case, and what the two sides did.
type scene struct {
	all         []Difference
	left, right *normalizers.Normal
	schema      *normalizers.Schema

	// refusal is the class of what one side refuses and the other does; "" when
	// both do or refuse it. refuses is Missing when legacy refuses.
	refusal Class
	refuses Kind
	failed  bool // both sides answer with errors
	writes  bool // stored data differs
	moved   map[string]bool
	twins   map[twin][]*Difference // entities and properties that one side alone has

	retyped map[string]bool // objects of the response that are of another type
	lacking map[Kind]int    // effects that one side alone has

	// What is known of classes so far.
	numbers    map[[2]float64]Class
	properties map[string]Class // stored ones that differ
	parts      map[string]Class // those of effects that one side alone has
	entities   map[string]Class // those that differ in a time
	writeClass map[Kind]Class
}

// twin is what two effects have in common that may be one, below another parent.
type twin struct {
	store, coordinate string
	kind              Kind
}

// maxTwins bounds how many effects of a kind are looked at for a twin.
const maxTwins = 64

func newScene(all []Difference, left, right *normalizers.Normal, schema *normalizers.Schema) *scene {
	s := &scene{all: all, left: left, right: right, schema: schema, twins: map[twin][]*Difference{}, moved: shiftedLists(all)}
	s.retyped, s.lacking = map[string]bool{}, map[Kind]int{}
	s.failed = hasErrors(left) && hasErrors(right)
	for i := range all {
		d := &all[i]
		if isTypename(d) {
			s.retyped[objectOf(d.Path)] = true
		}
		if d.Channel != EffectsChannel {
			continue
		}
		s.writes = true
		if isWhole(d) {
			s.lacking[d.Kind]++
		}
		if d.Kind == Missing || d.Kind == Extra {
			if id := (twin{d.Store, d.Coordinate, d.Kind}); len(s.twins[id]) < maxTwins {
				s.twins[id] = append(s.twins[id], d)
			}
		}
	}
	s.findRefusal()
	s.index()
	return s
}

func hasErrors(n *normalizers.Normal) bool {
	errors := n.Response.Get("errors")
	return errors != nil && len(errors.Children) > 0
}

// forbidden are the words by which servers say that somebody may not do
// something.
var forbidden = regexp.MustCompile(`(?i)forbidden|unauthenticated|unauthori[sz]ed|not (allowed|authori[sz]ed|permitted)|permission|access denied`)

// findRefusal looks for an error that one side alone has. Where nothing else of
// the answer differs, the other side had null for it.
func (s *scene) findRefusal() {
	data := false
	for i := range s.all {
		d := &s.all[i]
		data = data || d.Channel == ResponseChannel && strings.HasPrefix(d.Path, "data")
		if !isRefusal(d) || s.refusal != "" {
			continue
		}
		s.refusal, s.refuses = InputValidation, Extra
		text := d.Candidate
		if strings.HasPrefix(d.Legacy, refused) || d.Kind == Missing {
			s.refuses, text = Missing, d.Legacy
		}
		if forbidden.MatchString(text) {
			s.refusal = AccessRights
		}
	}
	if s.refusal == InputValidation && !data && !s.writes && !hasErrors(s.otherSide()) {
		s.refusal = NullOrError
	}
}

// otherSide is the one that does not refuse.
func (s *scene) otherSide() *normalizers.Normal {
	if s.refuses == Missing {
		return s.right
	}
	return s.left
}

// notDone: the side that refuses has not done what the other has.
func (s *scene) notDone(d *Difference) bool {
	refuser := s.left
	if s.refuses == Extra {
		refuser = s.right
	}
	if d.Channel == EffectsChannel || d.Channel == CallsChannel {
		return len(refuser.Effects.Children) == 0 && d.Kind != s.refuses && (d.Kind == Missing || d.Kind == Extra)
	}
	null := d.Legacy
	if s.refuses == Extra {
		null = d.Candidate
	}
	return d.Channel == ResponseChannel && strings.HasPrefix(d.Path, "data") && null == "null" && d.Kind == DifferentValue
}

// shiftedLists are the lists that begin one item early or late and end so, too: a
// page at a wrong boundary.
func shiftedLists(all []Difference) map[string]bool {
	extra, missing := map[string][]int{}, map[string][]int{}
	for i := range all {
		d := &all[i]
		if !isOtherItems(d) || !isItem(d) {
			continue
		}
		at, list := lastIndex(d.Path), listOf(d)
		if d.Kind == Extra {
			extra[list] = append(extra[list], at)
		} else {
			missing[list] = append(missing[list], at)
		}
	}
	shifted := map[string]bool{}
	for list, in := range extra {
		if out := missing[list]; len(in) == 1 && len(out) == 1 && min(in[0], out[0]) == 0 && max(in[0], out[0]) > 0 {
			shifted[list] = true
		}
	}
	return shifted
}

// listOf is the path of the list that a difference is of, or of which item; "" in
// other channels.
func listOf(d *Difference) string {
	if d.Channel != ResponseChannel {
		return ""
	}
	return strings.TrimSuffix(d.Path, "]")[:max(0, strings.LastIndexByte(d.Path, '['))]
}

// ofAnotherType: a member that one side has because the object is of another type.
func (s *scene) ofAnotherType(d *Difference) bool {
	return d.Channel == ResponseChannel && (d.Kind == Missing || d.Kind == Extra) && s.retyped[objectOf(d.Path)]
}

// hasOtherParent: the entity that one side lacks has a twin on the other, below
// another parent.
func (s *scene) hasOtherParent(d *Difference) bool {
	if d.Channel != EffectsChannel {
		return false
	}
	other := Missing
	switch d.Kind {
	case DifferentValue:
		return sameLeafOfKey(d.Legacy, d.Candidate)
	case Missing:
		other = Extra
	case Extra:
	default:
		return false
	}
	for _, o := range s.twins[twin{d.Store, d.Coordinate, other}] {
		same := o.Legacy == d.Candidate && o.Candidate == d.Legacy && parent(o.Path) != parent(d.Path)
		if same || parentKinds(o.Path) != parentKinds(d.Path) || sameLeafOfKey(o.Path, d.Path) {
			return true
		}
	}
	return false
}

// wasThere: a stored list lacks an item that it had before the request.
func (s *scene) wasThere(d *Difference) bool {
	if d.Channel != EffectsChannel || !isItem(d) {
		return false
	}
	property := lastName(d.Path)
	found := false
	eachProperty(s.left.Effects, func(p *normalizers.Tree) {
		if found || p.Name != property || p.From == nil || p.From.Kind != normalizers.List {
			return
		}
		for _, item := range p.From.Children {
			found = found || item.Display() == d.Legacy
		}
	})
	return found
}

// eachProperty visits what the effects write.
func eachProperty(effects *normalizers.Tree, visit func(*normalizers.Tree)) {
	for _, store := range effects.Children {
		for _, e := range store.Children {
			if props := e.Get("properties"); props != nil {
				for _, p := range props.Children {
					visit(p)
				}
			}
		}
	}
}

// sameLeafOfKey: two keys of one kind and id, below different parents.
func sameLeafOfKey(a, b string) bool {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	if a == b || len(x) < 2 || len(y) < 2 || strings.ContainsAny(a+b, " {\"") {
		return false
	}
	return x[len(x)-2] == y[len(y)-2] && x[len(x)-1] == y[len(y)-1]
}

// parent is a key's text without its last element.
func parent(key string) string {
	for range 2 {
		key = key[:max(0, strings.LastIndexByte(key, '/'))]
	}
	return key
}

// parentKinds are the kinds of a key's text without its ids.
func parentKinds(key string) string {
	parts := strings.Split(key, "/")
	var kinds []string
	for i := 0; i < len(parts); i += 2 {
		kinds = append(kinds, parts[i])
	}
	return strings.Join(kinds, "/")
}
