package corpus

import (
	"maps"
	"slices"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// checkAgainstFixture reports effects that cannot happen on the fixture.
func checkAgainstFixture(c *Case, at caseNodes) {
	for _, store := range slices.Sorted(maps.Keys(at.effects)) {
		held := newOverlay()
		held.lay(c.Fixture.State(store))
		checkEffects(held, "the fixture", c.Expect.Effects[store], at.effects[store])
	}
}

// checkEffects reports inserts of what is held and updates or deletes of what is
// not.
func checkEffects(held *overlay, holder string, effects []Effect, at []strictyaml.Node) {
	for i, e := range effects {
		before := held.held(e.Key)
		switch {
		case e.Key.AnyRow() || before == nil && held.unnamed(e.Key.Kind()):
			// Without the columns of the primary key nothing tells which row is meant.
		case e.Op == Insert && before != nil:
			at[i].Problemf("%s already holds %s; an effect on it is an update or a delete", holder, e.Key)
		case e.Op != Insert && before == nil:
			at[i].Problemf("%s does not hold %s; add it there, or make this an insert", holder, e.Key)
		}
	}
}

// checkOverBase reports changes and own entities that do not fit on the base.
func checkOverBase(f Fixture, at fixtureNodes) {
	for _, store := range f.storeNames() {
		below := newOverlay()
		below.lay(f.Shared[store])
		checkEffects(below, "the base", f.Changes[store], at.changes[store])
		checkRows(below, f.Changes[store], at.changes[store])
		for _, e := range f.Changes[store] {
			below.apply(e)
		}
		own, nodes := f.Stores[store], at.stores[store]
		for i, e := range own.Entities {
			if below.heldAs(e) != nil {
				nodes.entities[i].Problemf("the base already holds %s; write what differs as an update under changes", e.Key)
			}
		}
		for i, k := range own.Absent {
			if below.held(k) != nil {
				nodes.absent[i].Problemf("the base holds %s; delete it under changes", k)
			}
		}
	}
}

// checkRows reports changes of a base whose tables do not say what their keys are.
func checkRows(below *overlay, changes []Effect, at []strictyaml.Node) {
	for i, e := range changes {
		table := e.Key.Kind()
		switch {
		case below.form != Tables:
			return
		case e.Key.AnyRow() && below.primary[table] != nil:
			at[i].Problemf("the rows of %s have a primary key; name it", table)
		case !e.Key.AnyRow() && below.primary[table] == nil && below.unnamed(table):
			at[i].Problemf("the base does not say what the primary key of %s is; add primary: {%s: [column]} to it", table, table)
		}
	}
}
