package harness

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

// world is a small observation whose equivalence can be decided by trying every
// renaming: entities with allocated ids that link to each other, an ordered and
// an unordered list that name them.
type world struct {
	Entities []worldEntity
	Ordered  []int // ids
	Bag      []worldItem
	Status   int
	Note     string // "" or a composite text around id NoteID
	NoteID   int
}

type worldEntity struct {
	ID, Link int // Link is -1 for none
	Title    string
}

type worldItem struct {
	ID, Also int
	Title    string
}

const worldIDs = 4

func drawWorld(t *rapid.T) world {
	id := rapid.IntRange(0, worldIDs-1)
	title := rapid.SampledFrom([]string{"A", "B"})
	w := world{Status: 200, Note: rapid.SampledFrom([]string{"", "note:"}).Draw(t, "note"), NoteID: id.Draw(t, "note id")}
	for i := range rapid.IntRange(0, worldIDs).Draw(t, "entities") {
		w.Entities = append(w.Entities, worldEntity{i, rapid.IntRange(-1, worldIDs-1).Draw(t, "link"), title.Draw(t, "title")})
	}
	w.Ordered = rapid.SliceOfN(id, 0, 3).Draw(t, "ordered")
	for range rapid.IntRange(0, 4).Draw(t, "items") {
		w.Bag = append(w.Bag, worldItem{id.Draw(t, "item"), id.Draw(t, "also"), title.Draw(t, "title")})
	}
	return w
}

func (w world) clone() world {
	w.Entities, w.Ordered, w.Bag = slices.Clone(w.Entities), slices.Clone(w.Ordered), slices.Clone(w.Bag)
	return w
}

// mutate changes one thing, or nothing.
func (w world) mutate(t *rapid.T) world {
	w = w.clone()
	id := rapid.IntRange(0, worldIDs-1).Draw(t, "new id")
	switch what := rapid.IntRange(0, 6).Draw(t, "mutation"); {
	case what == 0:
	case what == 1 && len(w.Ordered) > 0:
		w.Ordered[rapid.IntRange(0, len(w.Ordered)-1).Draw(t, "at")] = id
	case what == 2 && len(w.Entities) > 0:
		w.Entities[rapid.IntRange(0, len(w.Entities)-1).Draw(t, "at")].Link = id
	case what == 3 && len(w.Entities) > 0:
		w.Entities[rapid.IntRange(0, len(w.Entities)-1).Draw(t, "at")].Title = "B"
	case what == 4 && len(w.Bag) > 0:
		w.Bag[rapid.IntRange(0, len(w.Bag)-1).Draw(t, "at")].Also = id
	case what == 5 && len(w.Bag) > 0:
		w.Bag = w.Bag[1:]
	case what == 6:
		w.NoteID = id
	}
	return w
}

// canonical is the least text over all renamings and orders that are free.
func (w world) canonical() string {
	best := ""
	permute(worldIDs, func(p []int) {
		name := func(id int) int {
			if id < 0 {
				return -1
			}
			return p[id]
		}
		var effects, bag []string
		for _, e := range w.Entities {
			effects = append(effects, fmt.Sprint(name(e.ID), name(e.Link), e.Title))
		}
		for _, i := range w.Bag {
			bag = append(bag, fmt.Sprint(name(i.ID), name(i.Also), i.Title))
		}
		sort.Strings(effects)
		sort.Strings(bag)
		var ordered []int
		for _, id := range w.Ordered {
			ordered = append(ordered, name(id))
		}
		note := ""
		if w.Note != "" {
			note = fmt.Sprint(w.Note, name(w.NoteID))
		}
		if text := fmt.Sprint(effects, bag, ordered, note); best == "" || text < best {
			best = text
		}
	})
	return best
}

func permute(n int, visit func([]int)) {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	var walk func(int)
	walk = func(k int) {
		if k == n {
			visit(p)
			return
		}
		for i := k; i < n; i++ {
			p[k], p[i] = p[i], p[k]
			walk(k + 1)
			p[k], p[i] = p[i], p[k]
		}
	}
	walk(0)
}

// render makes an observation in which the ids are base, base+1, ... in the given
// order, and free lists are turned round.
func (w world) render(name string, base int64, ids []int, turn int) side {
	number := func(id int) int64 { return base + int64(ids[id]) }
	text := func(id int) string { return strconv.FormatInt(number(id), 10) }
	s := side{name: name, obs: &corpus.Observation{HTTP: corpus.HTTP{Status: w.Status}}}
	for i := range ids {
		s.allocated = append(s.allocated, worldKey(number(i)))
	}
	var effects []corpus.Effect
	for _, e := range w.Entities {
		props := map[string]corpus.Value{"title": e.Title}
		if e.Link >= 0 {
			props["link"] = worldKey(number(e.Link))
		}
		effects = append(effects, corpus.Effect{Op: corpus.Insert, Key: worldKey(number(e.ID)), Properties: props})
	}
	slices.SortFunc(effects, func(a, b corpus.Effect) int { return a.Key.Compare(b.Key) })
	s.obs.Effects = map[string][]corpus.Effect{"datastore": effects}
	ordered := []string{}
	for _, id := range w.Ordered {
		ordered = append(ordered, text(id))
	}
	bag := []any{}
	for i := range w.Bag {
		item := w.Bag[(i+turn)%len(w.Bag)]
		bag = append(bag, map[string]any{"id": text(item.ID), "also": number(item.Also), "title": item.Title})
	}
	data := map[string]any{"ordered": ordered, "bag": bag}
	if w.Note != "" {
		data["note"] = w.Note + text(w.NoteID)
	}
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		panic(err)
	}
	if s.obs.Response, err = corpus.ParseJSON(body); err != nil {
		panic(err)
	}
	return s
}

func worldKey(id int64) corpus.Key {
	return corpus.Key{Path: []corpus.PathElement{{Kind: "Class", ID: 7}, {Kind: "Thing", ID: id}}}
}

func worldRules(tb testing.TB) *normalizers.Rules {
	tb.Helper()
	doc, node := strictyaml.Parse("replay.yaml", []byte(`[{match: {path: "response:data.bag"}, use: unordered, reason: test}]`))
	rules := normalizers.Parse(node, nil)
	if err := doc.Problems().Err(); err != nil {
		tb.Fatal(err)
	}
	return rules
}

// TestEquivalenceIsExact compares the verdict with that of trying every renaming:
// equivalent under any consistent renaming and free order, and never otherwise.
func TestEquivalenceIsExact(t *testing.T) {
	c := newComparer(worldRules(t), nil)
	cs := &corpus.Case{}
	identity := []int{0, 1, 2, 3}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		other := w.mutate(t)
		left := w.render("legacy", 100_000_000, identity, 0)
		right := other.render("candidate", 500_000_000, rapid.Permutation(identity).Draw(t, "ids"), rapid.IntRange(0, 3).Draw(t, "turn"))
		want := w.canonical() == other.canonical()
		there := mustCompare(t, c, cs, left, right)
		back := mustCompare(t, c, cs, right, left)
		if have := len(there.Differences) == 0; have != want {
			t.Fatalf("equivalent: %v, want %v\nlegacy    %s %v\ncandidate %s %v\n%+v", have, want,
				left.obs.Response, left.obs.Effects, right.obs.Response, right.obs.Effects, there.Differences)
		}
		if len(back.Differences) == 0 != want {
			t.Fatalf("not symmetric: %+v against %+v", there.Differences, back.Differences)
		}
		if self := mustCompare(t, c, cs, left, left); len(self.Differences) > 0 {
			t.Fatalf("not reflexive: %+v", self.Differences)
		}
	})
}

func mustCompare(t interface{ Fatal(...any) }, c *comparer, cs *corpus.Case, l, r side) comparison {
	got, err := c.compare(cs, l, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range got.Differences {
		if d.Kind == "" || d.Class == "" || strings.Contains(d.Path, "\x00") {
			t.Fatal("incomplete difference: ", d)
		}
	}
	return got
}

// drawJSON is a JSON value with few names and texts, so that two of them are
// often alike in parts.
func drawJSON(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 {
		kind %= 5
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(rapid.SampledFrom([]string{"0", "-0", "1", "1.0", "1e0", "10e-1", "2", "0.1", "0.10", "100000000000000000001", "1e20"}).Draw(t, "number"))
	case 3, 4:
		return rapid.SampledFrom([]string{"", "a", "b", "1", "ä", "é"}).Draw(t, "text")
	case 5:
		list := []any{}
		for range rapid.IntRange(0, 5).Draw(t, "items") {
			list = append(list, drawJSON(t, depth-1))
		}
		return list
	}
	object := corpus.Object{}
	for _, name := range []string{"a", "b", "id", "a.b"} {
		if rapid.Bool().Draw(t, "member") {
			object = append(object, corpus.Member{Name: name, Value: drawJSON(t, depth-1)})
		}
	}
	return object
}

// change replaces one part of the value, or takes an item away or turns a list
// round.
func change(t *rapid.T, v any, depth int) any {
	switch v := v.(type) {
	case corpus.Object:
		if len(v) > 0 && rapid.IntRange(0, 3).Draw(t, "deeper") > 0 {
			out := slices.Clone(v)
			i := rapid.IntRange(0, len(v)-1).Draw(t, "member")
			out[i].Value = change(t, v[i].Value, depth-1)
			return out
		}
	case []any:
		if len(v) > 0 {
			out := slices.Clone(v)
			i := rapid.IntRange(0, len(v)-1).Draw(t, "item")
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				return slices.Delete(out, i, i+1)
			case 1:
				slices.Reverse(out)
				return out
			case 2:
				return slices.Insert(out, i, drawJSON(t, depth-1))
			}
			out[i] = change(t, v[i], depth-1)
			return out
		}
	}
	return drawJSON(t, max(0, depth))
}

// sameJSON is equality of JSON as the design has it, in a few lines.
func sameJSON(a, b any) bool {
	switch x := a.(type) {
	case corpus.Object:
		y, ok := b.(corpus.Object)
		if !ok || len(x) != len(y) {
			return false
		}
		for _, m := range x {
			other, ok := y.Get(m.Name)
			if !ok || !sameJSON(m.Value, other) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, sameJSON)
	case json.Number:
		y, ok := b.(json.Number)
		if !ok {
			return false
		}
		p, _ := new(big.Rat).SetString(string(x))
		q, _ := new(big.Rat).SetString(string(y))
		return p.Cmp(q) == 0
	}
	return a == b
}

// TestResponsesAreComparedByValue compares the verdict on two JSON texts with
// that of a comparison of a few lines, and looks at what is reported.
func TestResponsesAreComparedByValue(t *testing.T) {
	c, cs := newComparer(nil, nil), &corpus.Case{}
	rapid.Check(t, func(t *rapid.T) {
		a := drawJSON(t, 4)
		b := change(t, a, 4)
		got := mustCompare(t, c, cs, responseSide(t, a), responseSide(t, b))
		if want := sameJSON(a, b); want != (len(got.Differences) == 0) {
			t.Fatalf("equal: want %v, have %+v", want, got.Differences)
		}
		seen := map[string]bool{}
		for _, d := range got.Differences {
			if !strings.HasPrefix(d.Path, "data") || d.Legacy == d.Candidate && d.Kind != DifferentLength {
				t.Fatalf("says nothing: %+v", d)
			}
			if key := fmt.Sprint(d.Path, d.Kind); seen[key] {
				t.Fatalf("said twice: %+v", got.Differences)
			} else {
				seen[key] = true
			}
		}
	})
}

func responseSide(t *rapid.T, data any) side {
	body, err := corpus.EncodeJSON(corpus.Object{{Name: "data", Value: data}})
	if err != nil {
		t.Fatal(err)
	}
	return side{name: "side", obs: &corpus.Observation{HTTP: corpus.HTTP{Status: 200}, Response: body}}
}
