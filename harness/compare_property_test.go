package harness

import (
	"encoding/json"
	"fmt"
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
