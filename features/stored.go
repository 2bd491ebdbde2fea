package features

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

func thenStored() []step {
	return []step{
		def("Then", `"KEY" [in "STORE"] is stored`, maybeTable,
			"The entity, row or key is new. A table with `property` and `value` says what it holds, index flags included; properties that it does not name are not looked at.", thenStoredKey),
		def("Then", `a new "KIND" [in "STORE"] is stored`, maybeTable,
			"As above, for one whose key is given out by the store.", thenStoredKind),
		def("Then", `"KEY" [in "STORE"] is changed`, maybeTable,
			"The entity, row or key was there and has changed. A table with `property`, `to` and, where it matters, `from` says how; an empty cell is a property that is absent.", thenChanged),
		def("Then", `"KEY" [in "STORE"] is gone`, nothing, "The entity, row or key was there and is deleted.", thenGone),
		def("Then", `nothing else is changed`, nothing,
			"No store changed but in what the steps before say: other entities, and other properties of those that changed.", thenNothingElse),
		def("Then", `nothing is changed`, nothing, "No store changed at all.", thenNothing),
		def("Then", `the changes are`, docString, "All changes of all stores, in the form of a case.", thenChanges),
	}
}

// claim is a change that a step speaks of.
type claim struct {
	store      string
	key        corpus.Key
	properties []string // nil: all
}

func (w *world) claim(store string, k corpus.Key, properties []string) {
	w.claims = append(w.claims, claim{store, k, properties})
}

// claimed reports whether a step speaks of the entity.
func (w *world) claimed(store string, k corpus.Key) bool {
	return slices.ContainsFunc(w.claims, func(c claim) bool { return c.store == store && c.key.Equal(k) })
}

func thenStoredKey(d *draft, l line) (check, error) {
	store, k, err := d.key(l.args[0], l.args[1])
	if err != nil {
		return nil, err
	}
	return d.effect(l, store, corpus.Effect{Op: corpus.Insert, Key: k})
}

func thenChanged(d *draft, l line) (check, error) {
	store, k, err := d.key(l.args[0], l.args[1])
	if err != nil {
		return nil, err
	}
	return d.effect(l, store, corpus.Effect{Op: corpus.Update, Key: k})
}

func thenGone(d *draft, l line) (check, error) {
	store, k, err := d.key(l.args[0], l.args[1])
	if err != nil {
		return nil, err
	}
	return d.effect(l, store, corpus.Effect{Op: corpus.Delete, Key: k})
}

// effect wants one effect: of that kind, and with what the table says.
func (d *draft) effect(l line, store string, e corpus.Effect) (check, error) {
	happened := func(have *corpus.Observation) string {
		for _, h := range have.Effects[store] {
			if h.Key.Equal(e.Key) && h.Op == e.Op {
				return ""
			}
		}
		return fmt.Sprintf("no %s of %s in %s; %s", e.Op, e.Key, store, effectsText(have.Effects[store]))
	}
	if l.table == nil {
		return func(ctx context.Context, w *world) error {
			w.claim(store, e.Key, nil)
			return w.each(ctx, happened)
		}, nil
	}
	wanted, err := d.tableEffect(l, store, e)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, w *world) error {
		w.claim(store, e.Key, claimedProperties(wanted))
		if err := w.each(ctx, happened); err != nil {
			return err
		}
		return w.measureEffect(ctx, store, wanted, func(corpus.Observation) corpus.Key { return e.Key })
	}, nil
}

// claimedProperties are those of an update; an insert is claimed as a whole.
func claimedProperties(e corpus.Effect) []string {
	if e.Op != corpus.Update {
		return nil
	}
	return slices.Sorted(maps.Keys(e.Set))
}

func effectsText(list []corpus.Effect) string {
	if len(list) == 0 {
		return "nothing changed there"
	}
	var texts []string
	for _, e := range list {
		texts = append(texts, fmt.Sprintf("%s %s", e.Op, e.Key))
	}
	return "what changed there: " + strings.Join(texts, ", ")
}

// tableEffect is the effect that a table says.
func (d *draft) tableEffect(l line, store string, e corpus.Effect) (corpus.Effect, error) {
	names, err := columns(l.table)
	if err != nil {
		return e, err
	}
	if e.Op == corpus.Insert {
		err = want(names, 2, "property", "value")
	} else {
		err = want(names, 2, "property", "to", "from")
	}
	if err != nil {
		return e, err
	}
	if len(l.table.Rows) == 1 {
		return e, fmt.Errorf("the table says nothing; leave it out")
	}
	s, err := effectSheet(l, e, names)
	if err != nil {
		return e, err
	}
	return readEffect(l, s, store)
}

func effectSheet(l line, e corpus.Effect, names []string) (*sheet, error) {
	var s sheet
	s.add(0, "      - %s: %s", e.Op, keyYAML(e.Key))
	s.add(0, "        %s:", map[corpus.Op]string{corpus.Insert: "properties", corpus.Update: "set"}[e.Op])
	var unindexed []string
	at := slices.Index(names, "property")
	for n, row := range l.table.Rows[1:] {
		name, flagged, err := marked(row.Cells[at].Value, "unindexed")
		if err != nil {
			return nil, err
		}
		if flagged {
			unindexed = append(unindexed, fmt.Sprintf("%q", name))
		}
		said := false
		if e.Op == corpus.Update {
			s.add(n+1, "          %q:", name)
		}
		for i, c := range row.Cells {
			switch {
			case i == at || c.Value == "":
				continue
			case e.Op == corpus.Insert:
				s.add(n+1, "          %q: %s", name, c.Value)
			default:
				s.add(n+1, "            %s: %s", names[i], c.Value)
			}
			said = true
		}
		if !said {
			return nil, fmt.Errorf("property %q has no value in the table; leave its row out, or write null or \"\"", name)
		}
	}
	if len(unindexed) > 0 {
		s.add(0, "        unindexed: [%s]", strings.Join(unindexed, ", "))
	}
	return &s, nil
}

// measureEffect compares what an effect says of its properties with what each
// side did with the entity that of names.
func (w *world) measureEffect(ctx context.Context, store string, e corpus.Effect, of func(have corpus.Observation) corpus.Key) error {
	wanted := empty()
	wanted.Effects = map[string][]corpus.Effect{store: {e}}
	return w.measure(ctx, wanted, func(want, have corpus.Observation) (corpus.Observation, corpus.Observation) {
		k := of(have)
		said := want.Effects[store][0]
		said.Key = k
		left, right := empty(), empty()
		left.Effects = map[string][]corpus.Effect{store: {said}}
		for _, h := range have.Effects[store] {
			if h.Key.Equal(k) {
				right.Effects = map[string][]corpus.Effect{store: {narrowed(h, said)}}
			}
		}
		return left, right
	})
}

// narrowed is an effect with nothing but what another one speaks of.
func narrowed(h, said corpus.Effect) corpus.Effect {
	out := corpus.Effect{Op: h.Op, Key: h.Key}
	keep := func(name string) bool {
		_, inserted := said.Properties[name]
		_, changed := said.Set[name]
		return inserted || changed
	}
	for name, v := range h.Properties {
		if keep(name) {
			out.Properties = joined(out.Properties, map[string]corpus.Value{name: v})
		}
	}
	for name, c := range h.Set {
		if !keep(name) {
			continue
		}
		if said.Set[name].From == nil && said.Set[name].To != nil && c.To != nil {
			c.From = nil // the step says only what it is now
		}
		out.Set = joined(out.Set, map[string]corpus.Change{name: c})
	}
	out.Unindexed = slices.DeleteFunc(slices.Clone(h.Unindexed), func(p string) bool { return !keep(root(p)) })
	return out
}

// root is the property that a path of index flags begins with.
func root(path string) string {
	p, err := corpus.ParsePropertyPath(path)
	if err != nil || len(p) == 0 {
		return path
	}
	return p[0].Name
}

func thenStoredKind(d *draft, l line) (check, error) {
	kind := "datastore"
	if strings.Contains(l.args[0], ".") {
		kind = "postgres"
	}
	store, err := d.store(l.args[1], kind)
	if err != nil {
		return nil, err
	}
	wanted := corpus.Effect{Op: corpus.Insert, Key: corpus.Key{Path: []corpus.PathElement{{Kind: l.args[0], ID: 1}}}}
	if l.table != nil {
		if wanted, err = d.tableEffect(l, store, wanted); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, w *world) error {
		// Every side is asked on its own: the keys need not be the same.
		of := func(have corpus.Observation) (corpus.Key, bool) { return w.likest(have, store, l.args[0], wanted) }
		if err := w.each(ctx, func(have *corpus.Observation) string {
			if _, ok := of(*have); ok {
				return ""
			}
			return fmt.Sprintf("no new %s in %s; %s", l.args[0], store, effectsText(have.Effects[store]))
		}); err != nil {
			return err
		}
		if err := w.measureEffect(ctx, store, wanted, func(have corpus.Observation) corpus.Key { k, _ := of(have); return k }); err != nil {
			return err
		}
		var keys []corpus.Key
		for _, s := range w.replayed.Sent() {
			if k, ok := of(*s.Observation); ok {
				keys = append(keys, k)
			}
		}
		for _, k := range keys { // not before both are found
			w.claim(store, k, nil)
		}
		return nil
	}, nil
}

// likest is the new entity of a kind that no other step speaks of and that has
// most of the values that are wanted.
func (w *world) likest(have corpus.Observation, store, kind string, wanted corpus.Effect) (best corpus.Key, ok bool) {
	most := -1
	for _, h := range have.Effects[store] {
		if h.Op != corpus.Insert || h.Key.Kind() != kind || w.claimed(store, h.Key) {
			continue
		}
		n := 0
		for name, v := range wanted.Properties {
			if have, held := h.Properties[name]; held && corpus.ValueText(have) == corpus.ValueText(v) {
				n++
			}
		}
		if n > most {
			best, most = h.Key, n
		}
	}
	return best, most >= 0
}

func thenNothingElse(_ *draft, _ line) (check, error) {
	return func(ctx context.Context, w *world) error {
		if w.effects {
			return nil // all changes were said
		}
		return w.measure(ctx, empty(), func(want, have corpus.Observation) (corpus.Observation, corpus.Observation) {
			part := empty()
			part.Effects = w.unclaimed(have.Effects)
			return want, part
		})
	}, nil
}

// unclaimed are the effects that no step speaks of.
func (w *world) unclaimed(effects map[string][]corpus.Effect) map[string][]corpus.Effect {
	out := map[string][]corpus.Effect{}
	for store, list := range effects {
		for _, e := range list {
			if rest, some := w.rest(store, e); some {
				out[store] = append(out[store], rest)
			}
		}
	}
	return out
}

// rest is what an effect does beyond what steps speak of.
func (w *world) rest(store string, e corpus.Effect) (corpus.Effect, bool) {
	for _, c := range w.claims {
		if c.store != store || !c.key.Equal(e.Key) {
			continue
		}
		if c.properties == nil {
			return e, false
		}
		e.Set = maps.Clone(e.Set)
		for _, name := range c.properties {
			delete(e.Set, name)
		}
		e.Unindexed = slices.DeleteFunc(slices.Clone(e.Unindexed), func(p string) bool { return slices.Contains(c.properties, root(p)) })
		if e.Op == corpus.Update && len(e.Set) == 0 {
			return e, false
		}
	}
	return e, true
}

func thenNothing(_ *draft, _ line) (check, error) {
	return func(ctx context.Context, w *world) error {
		return w.measure(ctx, empty(), func(want, have corpus.Observation) (corpus.Observation, corpus.Observation) {
			part := empty()
			part.Effects = have.Effects
			return want, part
		})
	}, nil
}

func thenChanges(d *draft, l line) (check, error) {
	effects, err := readEffects(l)
	if err != nil {
		return nil, err
	}
	for store := range effects {
		if !d.config.HasStore(store) {
			return nil, d.give(store, corpus.State{}) // which says so
		}
	}
	return func(ctx context.Context, w *world) error {
		w.stated.Effects, w.effects = effects, true
		return w.measureStated(ctx)
	}, nil
}
