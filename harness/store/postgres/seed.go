package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/harness/store"
)

// Seed replaces the whole content by the state. Only tables that were touched, or
// that shall hold something else, are written.
func (s *Store) Seed(ctx context.Context, state corpus.State) error {
	if err := s.seed(ctx, state); err != nil {
		s.lost = true
		return fmt.Errorf("seed postgres: %w", err)
	}
	return nil
}

func (s *Store) seed(ctx context.Context, state corpus.State) error {
	want, err := s.wanted(state)
	if err != nil {
		return err
	}
	err = s.idle(ctx)
	if errors.Is(err, errBusy) {
		err = s.idle(ctx) // who was left over from the case before is cut off now
	}
	if err != nil {
		return err
	}
	if s.lost {
		if err := s.readAll(ctx); err != nil {
			return err
		}
	}
	var write []*table
	for _, t := range s.order {
		if s.dirty[t] || t.spec != want.spec[t] {
			write = append(write, t)
		}
	}
	if err := s.empty(ctx, write); err != nil {
		return err
	}
	if err := s.fill(ctx, write, want); err != nil {
		return err
	}
	return s.placeSequences(ctx, state.Sequences)
}

// wanted is a state by table, checked as far as the schema allows.
type wanted struct {
	rows map[*table][]corpus.Entity
	spec map[*table]string // the statement that fills the table
}

func (s *Store) wanted(state corpus.State) (wanted, error) {
	w := wanted{map[*table][]corpus.Entity{}, map[*table]string{}}
	if state.Form != corpus.Tables && len(state.Entities) > 0 {
		return w, errors.New("the fixture holds no rows; write tables: {schema.table: [{column: value}]}")
	}
	for _, e := range state.Entities {
		t := s.tables[e.Key.Kind()]
		if t == nil {
			return w, fmt.Errorf("there is no table %q%s", e.Key.Kind(), strictyaml.Suggest(e.Key.Kind(), slices.Collect(maps.Keys(s.tables))))
		}
		w.rows[t] = append(w.rows[t], e)
	}
	for name, columns := range state.Primary {
		if t := s.tables[name]; t != nil && !slices.Equal(columns, t.primaryNames()) {
			return w, fmt.Errorf("the primary key of %s is %q, the fixture says %q", name, t.primaryNames(), columns)
		}
	}
	for t, rows := range w.rows {
		sql, err := t.inserting(rows)
		if err != nil {
			return w, err
		}
		w.spec[t] = sql
	}
	return w, s.checkSequences(state.Sequences)
}

func (s *Store) checkSequences(next map[string]int64) error {
	var known []string
	for _, q := range s.sequences {
		known = append(known, q.name)
	}
	for name := range next {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no sequence %q%s", name, strictyaml.Suggest(name, known))
		}
	}
	return nil
}

// inserting is one statement per set of columns, in the order of the rows: a
// column that a row does not say has its default.
func (t *table) inserting(rows []corpus.Entity) (string, error) {
	var sql strings.Builder
	last := ""
	for _, e := range rows {
		names, values, err := t.cells(e)
		if err != nil {
			return "", fmt.Errorf("%s: %w", e.Key, err)
		}
		head := "INSERT INTO " + t.quoted + " (" + strings.Join(names, ",") + ") OVERRIDING SYSTEM VALUE VALUES "
		if len(names) == 0 {
			head = "INSERT INTO " + t.quoted + " DEFAULT VALUES"
		}
		switch {
		case head == last && len(names) > 0:
			sql.WriteString(",")
		default:
			if last != "" {
				sql.WriteString(";")
			}
			sql.WriteString(head)
		}
		if len(names) > 0 {
			sql.WriteString("(" + strings.Join(values, ",") + ")")
		}
		last = head
	}
	return sql.String(), nil
}

// cells are the columns that a row gives a value.
func (t *table) cells(e corpus.Entity) (names, values []string, err error) {
	left := len(e.Properties)
	for _, c := range t.columns {
		v, said := e.Properties[c.name]
		if !said {
			continue
		}
		left--
		if c.generated {
			continue // the database computes it, and the check compares
		}
		text, ok, err := literal(v)
		if err != nil {
			return nil, nil, fmt.Errorf("column %q: %w", c.name, err)
		}
		names = append(names, quoteName(c.name))
		if ok {
			values = append(values, quoteText(text))
		} else {
			values = append(values, "NULL")
		}
	}
	if left > 0 {
		return nil, nil, t.unknownColumn(e)
	}
	return names, values, nil
}

func (t *table) unknownColumn(e corpus.Entity) error {
	var known []string
	for _, c := range t.columns {
		known = append(known, c.name)
	}
	for name := range e.Properties {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no column %q%s", name, strictyaml.Suggest(name, known))
		}
	}
	return nil
}

// quietly keeps triggers and foreign keys from what a seed writes: the rows are
// what was there, in whatever order.
const quietly = "BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off;"

// empty deletes rows and their traces, so that what is written next stands in the
// file as in a new table: the order of a query without ORDER BY must not depend
// on what was there before.
func (s *Store) empty(ctx context.Context, tables []*table) error {
	var used []*table
	for _, t := range tables {
		if len(t.rows) > 0 || s.dirty[t] {
			used = append(used, t)
		}
	}
	if len(used) == 0 {
		return nil
	}
	var sql strings.Builder
	sql.WriteString(quietly)
	names := []string{"replay.touched"}
	for _, t := range used {
		sql.WriteString("DELETE FROM " + t.from + ";")
		names = append(names, t.quoted)
	}
	sql.WriteString("DELETE FROM replay.touched; COMMIT")
	if _, err := s.exec(ctx, sql.String()); err != nil {
		return s.failed(ctx, err)
	}
	_, err := s.exec(ctx, "VACUUM (INDEX_CLEANUP ON, TRUNCATE ON, PROCESS_TOAST ON) "+strings.Join(names, ","))
	return err
}

// failed ends the transaction of statements that failed.
func (s *Store) failed(ctx context.Context, err error) error {
	_, _ = s.exec(ctx, "ROLLBACK") // the first error counts
	return err
}

// fill writes rows, reads them back, and compares.
func (s *Store) fill(ctx context.Context, tables []*table, want wanted) error {
	if len(tables) == 0 {
		return nil
	}
	var sql strings.Builder
	sql.WriteString(quietly)
	for _, t := range tables {
		if want.spec[t] != "" {
			sql.WriteString(want.spec[t] + ";")
		}
	}
	sql.WriteString("DELETE FROM replay.touched; COMMIT")
	if _, err := s.exec(ctx, sql.String()); err != nil {
		return s.failed(ctx, err)
	}
	have, err := s.readRows(ctx, tables)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := t.check(want.rows[t], have[t]); err != nil {
			return err
		}
		t.rows, t.spec = have[t], want.spec[t]
		delete(s.dirty, t)
	}
	return nil
}

// check compares what was read back with what the fixture says of each row.
func (t *table) check(want []corpus.Entity, have []row) error {
	if len(want) != len(have) {
		return fmt.Errorf("%s has %d rows, the fixture %d: is another client writing?", t.name, len(have), len(want))
	}
	// A table gives its rows in the order in which they came, unless it has
	// partitions.
	taken := make([]bool, len(have))
	for i, e := range want {
		at := i
		if column := t.differs(e, have[i]); taken[i] || column != "" {
			if at = t.find(e, have, taken); at < 0 {
				return t.wrong(e, have[i], column)
			}
		}
		taken[at] = true
	}
	return nil
}

func (t *table) find(e corpus.Entity, have []row, taken []bool) int {
	for i, r := range have {
		if !taken[i] && t.differs(e, r) == "" {
			return i
		}
	}
	return -1
}

// differs names the first column that is not as the fixture says.
func (t *table) differs(e corpus.Entity, r row) string {
	for k, c := range t.columns {
		if said, ok := e.Properties[c.name]; ok && !c.of.same(said, r[k]) {
			return c.name
		}
	}
	return ""
}

func (t *table) wrong(e corpus.Entity, r row, column string) error {
	for k, c := range t.columns {
		if c.name == column {
			return fmt.Errorf("%s.%s is %s in the fixture, and the database makes %s of it: write what it holds",
				e.Key, column, corpus.ValueText(e.Properties[column]), corpus.ValueText(r[k]))
		}
	}
	return fmt.Errorf("%s is in the fixture, and not in the database after the seed", e.Key)
}

// same compares what a fixture says with what the database holds: a fixture by
// hand may write a number or a text for any type.
func (t typeOf) same(said, held corpus.Value) bool {
	if same(said, held) {
		return true
	}
	text, ok, err := literal(said)
	if err != nil || !ok || held == nil {
		return false
	}
	if same(t.value(text), held) {
		return true
	}
	shown, _, err := literal(held)
	return err == nil && (shown == text || t.name == "bpchar" && strings.TrimRight(shown, " ") == strings.TrimRight(text, " "))
}

// note takes where a sequence is; NULL is one that gave out nothing.
func (q *sequence) note(last []byte) error {
	if last == nil {
		q.last = q.seeded
		return nil
	}
	n, err := strconv.ParseInt(string(last), 10, 64)
	q.last = n + q.increment
	return err
}

// placeSequences moves sequences to what they give out next: what the fixture
// says, else the number after the greatest of the column that they are for.
func (s *Store) placeSequences(ctx context.Context, said map[string]int64) error {
	var sql strings.Builder
	for _, oid := range slices.Sorted(maps.Keys(s.sequences)) {
		q := s.sequences[oid]
		next, ok := said[q.name]
		if !ok {
			next = q.after()
		}
		if next == q.last && q.placed {
			q.seeded = next
			continue
		}
		// A sequence that has given out nothing stands at its start.
		fmt.Fprintf(&sql, "SELECT setval(%s::oid::regclass, %d, false);", oid, next)
		q.seeded, q.last, q.placed = next, next, true
	}
	if sql.Len() == 0 {
		return nil
	}
	_, err := s.exec(ctx, sql.String())
	return err
}

// after is the number after the greatest in the column.
func (q *sequence) after() int64 {
	next := q.start
	if q.table == nil || q.column < 0 {
		return next
	}
	for _, r := range q.table.rows {
		n, ok := r[q.column].(int64)
		if ok && (q.increment > 0 && n+q.increment > next || q.increment < 0 && n+q.increment < next) {
			next = n + q.increment
		}
	}
	return next
}

// maxAllocated bounds how many numbers of one sequence are told.
const maxAllocated = 1000

// allocated are the numbers that sequences gave out: keys of rows where the
// sequence is for a key, else of the sequence, which is in counted, too.
func (s *Store) allocated() (keys []corpus.Key, counted []store.Sequence) {
	for _, oid := range slices.Sorted(maps.Keys(s.sequences)) {
		q := s.sequences[oid]
		kind, numbers := q.name, q.numbers()
		if q.forKey() {
			kind = q.table.name
		} else if len(numbers) > 0 {
			counted = append(counted, q.counted(numbers))
		}
		for _, n := range numbers {
			if k, ok := corpus.RowKey(kind, n); ok {
				keys = append(keys, k)
			}
		}
	}
	return keys, counted
}

// forKey: the sequence is for the whole key of a table.
func (q *sequence) forKey() bool {
	return q.table != nil && len(q.table.primary) == 1 && q.table.primary[0] == q.column
}

func (q *sequence) numbers() []int64 {
	var out []int64
	for n := q.seeded; n != q.last && len(out) < maxAllocated; n += q.increment {
		out = append(out, n)
	}
	return out
}

func (q *sequence) counted(numbers []int64) store.Sequence {
	out := store.Sequence{Name: q.name, Numbers: numbers}
	if q.table != nil && q.column >= 0 {
		out.Table, out.Column = q.table.name, q.table.columns[q.column].name
	}
	return out
}
