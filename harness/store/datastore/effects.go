package datastore

import (
	"bytes"
	"math"
	"slices"
	"time"

	"github.com/sidebyside/replay/corpus"
	emulator "github.com/sidebyside/replay/harness/emulator/datastore"
)

// effects converts the difference of two states, sorted by key.
func (p Partition) effects(changes []emulator.Change) ([]corpus.Effect, error) {
	var out []corpus.Effect
	for _, c := range changes {
		e, changed, err := p.effect(c)
		if err != nil {
			return nil, err
		}
		if changed {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b corpus.Effect) int { return a.Key.Compare(b.Key) })
	return out, nil
}

func (p Partition) effect(c emulator.Change) (effect corpus.Effect, changed bool, err error) {
	if c.After == nil {
		key, err := p.FromKey(c.Before.GetKey())
		return corpus.Effect{Op: corpus.Delete, Key: key}, true, err
	}
	after, err := p.FromEntity(c.After)
	if err != nil {
		return corpus.Effect{}, false, err
	}
	if c.Before == nil {
		return corpus.Effect{
			Op: corpus.Insert, Key: after.Key, Properties: after.Properties, Unindexed: after.Unindexed,
		}, true, nil
	}
	before, err := p.FromEntity(c.Before)
	if err != nil {
		return corpus.Effect{}, false, err
	}
	effect = update(before, after)
	return effect, len(effect.Set) > 0, nil
}

// update says which properties of an entity changed, in value or index flag.
func update(before, after corpus.Entity) corpus.Effect {
	out := corpus.Effect{Op: corpus.Update, Key: after.Key, Set: map[string]corpus.Change{}}
	for name, from := range before.Properties {
		if to, ok := after.Properties[name]; !ok {
			out.Set[name] = corpus.Change{From: &from}
		} else if !same(from, to) || !slices.Equal(flagsOf(name, before.Unindexed), flagsOf(name, after.Unindexed)) {
			out.Set[name] = corpus.Change{From: &from, To: &to}
		}
	}
	for name, to := range after.Properties {
		if _, ok := before.Properties[name]; !ok {
			out.Set[name] = corpus.Change{To: &to}
		}
	}
	for _, path := range after.Unindexed {
		if _, ok := out.Set[firstName(path)]; ok {
			out.Unindexed = append(out.Unindexed, path)
		}
	}
	return out
}

// flagsOf are the paths that begin with the property.
func flagsOf(name string, unindexed []string) []string {
	var out []string
	for _, path := range unindexed {
		if firstName(path) == name {
			out = append(out, path)
		}
	}
	return out
}

// same compares two values bit by bit.
func same(a, b corpus.Value) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	case corpus.Key:
		b, ok := b.(corpus.Key)
		return ok && a.Equal(b)
	case corpus.GeoPoint:
		b, ok := b.(corpus.GeoPoint)
		return ok && same(a.Lat, b.Lat) && same(a.Lng, b.Lng)
	case *corpus.Entity:
		b, ok := b.(*corpus.Entity)
		return ok && a.Key.Equal(b.Key) && sameProperties(a.Properties, b.Properties)
	case []corpus.Value:
		b, ok := b.([]corpus.Value)
		return ok && slices.EqualFunc(a, b, same)
	case corpus.Meant:
		b, ok := b.(corpus.Meant)
		return ok && a.Meaning == b.Meaning && same(a.Value, b.Value)
	}
	return a == b
}

func sameProperties(a, b map[string]corpus.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for name, v := range a {
		if w, ok := b[name]; !ok || !same(v, w) {
			return false
		}
	}
	return true
}
