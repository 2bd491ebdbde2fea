package datastore

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
)

// What an effect says of an entity, done to what was before, gives what is after.
func TestEffectLeadsFromBeforeToAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		change := emulator.Change{Before: protoEntity().Draw(t, "before"), After: protoEntity().Draw(t, "after")}
		change.After.Key = change.Before.Key
		for name := range change.Before.Properties {
			if rapid.Bool().Draw(t, "kept") {
				change.After.Properties[name] = change.Before.Properties[name]
			}
		}
		before, err := demo.FromEntity(change.Before)
		if err != nil {
			t.Fatal(err)
		}
		want, err := demo.FromEntity(change.After)
		if err != nil {
			t.Fatal(err)
		}
		effect, changed, err := demo.effect(change)
		if err != nil {
			t.Fatal(err)
		}
		if changed != (len(effect.Set) > 0) {
			t.Errorf("changed is %t for %v", changed, effect)
		}
		if diff := cmp.Diff(want, apply(t, before, effect), sameFloats, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%v\n%s", effect, diff)
		}
	})
}

func apply(t *rapid.T, e corpus.Entity, effect corpus.Effect) corpus.Entity {
	out := corpus.Entity{Key: effect.Key, Properties: maps.Clone(e.Properties)}
	for name, c := range effect.Set {
		if from, there := e.Properties[name]; there != (c.From != nil) || there && !same(from, *c.From) {
			t.Errorf("%q was not what the effect says", name)
		}
		if c.To == nil {
			delete(out.Properties, name)
		} else {
			out.Properties[name] = *c.To
		}
	}
	for _, path := range e.Unindexed {
		if _, changed := effect.Set[firstName(path)]; !changed {
			out.Unindexed = append(out.Unindexed, path)
		}
	}
	out.Unindexed = append(out.Unindexed, effect.Unindexed...)
	slices.Sort(out.Unindexed)
	return out
}
