package harness

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/normalizers"
)

// The texts of an id by where it comes from.
const (
	givenByStore = "id given out by the store"
	ownID        = "id of its own making"
)

// oddKey is a difference of where the id of a key comes from.
type oddKey struct {
	Difference
	id string
}

// givenOut are the keys that both sides insert although a store gave the id out for
// one of them only. The other counted for itself: it agrees as long as nobody else
// inserts, and the store will give the same id out once more. A recording does not
// tell where its ids come from, and nothing is said beside one.
func givenOut(left, right side) []oddKey {
	if left.recorded || right.recorded {
		return nil
	}
	given := [2]map[corpus.PathElement]bool{left.given(), right.given()}
	if maps.Equal(given[0], given[1]) {
		return nil
	}
	var out []oddKey
	for _, store := range slices.Sorted(maps.Keys(left.obs.Effects)) {
		inserted := map[string]bool{}
		for _, e := range right.obs.Effects[store] {
			inserted[e.Key.String()] = e.Op == corpus.Insert
		}
		for _, e := range left.obs.Effects[store] {
			if e.Op != corpus.Insert || !inserted[e.Key.String()] {
				continue
			}
			id := e.Key.Path[len(e.Key.Path)-1]
			if given[0][id] != given[1][id] {
				d := notGiven(store, e.Key, given[0][id], left.name, right.name)
				out = append(out, oddKey{d, idText(e.Key)})
			}
		}
	}
	return out
}

// given are the ids that the stores know of, with their kinds. Below which parent
// they were asked for does not matter: who asks has not counted for itself.
func (s side) given() map[corpus.PathElement]bool {
	out := make(map[corpus.PathElement]bool, len(s.allocated)+len(s.reserved))
	for _, keys := range [...][]corpus.Key{s.allocated, s.reserved} {
		for _, k := range keys {
			if n := len(k.Path); n > 0 {
				out[k.Path[n-1]] = true
			}
		}
	}
	return out
}

func notGiven(store string, key corpus.Key, toLeft bool, left, right string) Difference {
	d := Difference{
		Channel: EffectsChannel, Store: store, Path: key.String(), Coordinate: key.Kind(), Kind: DifferentValue,
		Legacy: givenByStore, Candidate: ownID, Class: WrongID,
	}
	asked, made := left, right
	if !toLeft {
		d.Legacy, d.Candidate = d.Candidate, d.Legacy
		asked, made = made, asked
	}
	d.Message = fmt.Sprintf("the store gave the id out for %s; %s made it itself, so that they are the same by chance", asked, made)
	return d
}

// addGiven adds the differences of keys to those of effects. Rules count here, too:
// an effect that they ignore is none, and where one says that the id is generated
// it does not matter by whom.
func addGiven(found []Difference, odd []oddKey, l, r *normalizers.Normal) []Difference {
	at := slices.IndexFunc(found, func(d Difference) bool { return d.Channel == CallsChannel })
	if at < 0 {
		at = len(found)
	}
	for _, o := range slices.Backward(odd) {
		both := hasEffect(l, o.Store, o.Path) && hasEffect(r, o.Store, o.Path)
		if both && !l.SaidGenerated(o.id) && !r.SaidGenerated(o.id) {
			found = slices.Insert(found, at, o.Difference)
		}
	}
	return found
}

func hasEffect(n *normalizers.Normal, store, key string) bool {
	bag := n.Effects.Get(store)
	return bag != nil && slices.ContainsFunc(bag.Children, func(e *normalizers.Tree) bool { return e.Get("key").Text == key })
}
