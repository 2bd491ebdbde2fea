package migration

import (
	"fmt"
	"slices"
)

// Move is what a new schema does to the migration of one field.
type Move struct {
	// Field is that of the new schema; of a removed one that of the old schema.
	Field Field
	From  State
	To    State
	// Needs reports whether only a sign-off allows the move.
	Needs bool
	// Refused says why no sign-off allows it; "" for one that is allowed.
	Refused string
	// Note says what else is worth knowing; "" for nothing.
	Note string
}

// Compare lists the fields whose migration differs, those of head in its order,
// then the removed ones. What stays as it was is no move.
func Compare(base, head *Fields) []Move {
	var moves []Move
	for _, f := range head.All {
		if m, ok := compare(base, f); ok {
			moves = append(moves, m)
		}
	}
	for _, f := range base.All {
		if _, ok := head.Find(f.Coordinate); !ok {
			moves = append(moves, Move{Field: f, From: f.State, To: None, Note: "the field is removed"})
		} else if !slices.ContainsFunc(head.All, func(g Field) bool { return g.Coordinate == f.Coordinate }) {
			// A nested field that lost its directive.
			m := Move{Field: f, From: f.State, To: None}
			m.judge()
			moves = append(moves, m)
		}
	}
	return moves
}

// compare is the move of one field of the new schema; false for none.
func compare(base *Fields, now Field) (Move, bool) {
	m := Move{Field: now, To: now.State}
	old, ok := base.Find(now.Coordinate)
	if !ok {
		if m.To >= Canary {
			m.Refused = fmt.Sprintf("a new field cannot begin at %s: no legacy answered it before; begin at manual, or write no @migrate", m.To)
		}
		return m, m.To != None
	}
	m.From = old.State
	if m.From != m.To {
		m.judge()
		return m, true
	}
	if old.From == now.From || m.To < Canary {
		return m, false
	}
	m.Needs = true
	m.Note = fmt.Sprintf("the service it migrates from was %q and is %q", old.From, now.From)
	return m, true
}

// judge says what the move from one state to another one takes.
func (m *Move) judge() {
	from, to := m.From, m.To
	switch {
	case to == None && from == Migrated:
		m.Note = "the migration is over"
	case to == None:
		m.Refused = fmt.Sprintf("without @migrate the field is handed over whole, from %s; move it to %s first, or write state: \"manual\" to take it back", from, m.next())
	case from == None && to >= Canary:
		m.Refused = fmt.Sprintf("it begins at %s; begin at manual", to)
	case to < from:
		m.Note = "it moves back"
	case to > m.next():
		m.Refused = fmt.Sprintf("it skips %s; move there first", m.next())
	default:
		m.Needs = to == Migrated || to == Canary && m.Field.Mutation
	}
}

// next is the state after the present one. A mutation is not sent to both sides
// in production, so that side-by-side may be left out.
func (m *Move) next() State {
	switch {
	case m.From == None:
		return SideBySide // manual may be left out: legacy answers in both
	case m.Field.Mutation && m.From == Manual:
		return Canary
	}
	return min(m.From+1, Migrated)
}
