package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sidebyside/replay/corpus"
)

// table is a table with its rows as they were seeded.
type table struct {
	name    string // schema.table
	quoted  string
	from    string // what it is read from
	columns []column
	primary []int // columns of the primary key
	rows    []row // before
	spec    string
}

type column struct {
	name      string
	generated bool
	of        typeOf
}

// typeOf is what is known of a type: a domain is the type below it.
type typeOf struct {
	name  string // as pg_type has it
	shown string // as format_type does
	kind  byte   // typtype
	item  *typeOf
}

// row holds a value per column.
type row []corpus.Value

type sequence struct {
	name      string
	increment int64
	start     int64
	table     *table // that owns it, nil for none
	column    int
	// seeded is what it gave out next after the seed, last what it does now.
	seeded, last int64
	placed       bool
}

// relationsSQL: tables with their columns in order. Partitions are read through
// their root.
const relationsSQL = `
SELECT c.oid, n.nspname, c.relname, c.relkind, a.attname, a.attgenerated <> '', a.atttypid,
       CASE WHEN array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts THEN array_position(i.indkey::int2[], a.attnum) ELSE -1 END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'replay') AND n.nspname NOT LIKE 'pg\_temp%'
ORDER BY n.nspname, c.relname, a.attnum;
WITH RECURSIVE used AS (
  SELECT DISTINCT atttypid AS oid FROM pg_attribute WHERE attnum > 0
  UNION SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END FROM used JOIN pg_type t ON t.oid = used.oid
)
SELECT t.oid, t.typname, format_type(t.oid, NULL), t.typtype, t.typcategory, t.typbasetype, t.typelem
FROM used JOIN pg_type t ON t.oid = used.oid;
SELECT s.seqrelid, n.nspname, c.relname, s.seqincrement, s.seqstart, coalesce(d.refobjid, 0), coalesce(a.attname, '')
FROM pg_sequence s
JOIN pg_class c ON c.oid = s.seqrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
  AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE c.relpersistence <> 't'
ORDER BY n.nspname, c.relname`

// describe reads what tables and sequences there are.
func (s *Store) describe(ctx context.Context) error {
	results, err := s.conn.Exec(ctx, relationsSQL).ReadAll()
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	types := typesOf(results[1])
	s.tables, s.byOID = map[string]*table{}, map[string]*table{}
	for _, r := range results[0].Rows {
		oid, name := string(r[0]), string(r[1])+"."+string(r[2])
		t := s.byOID[oid]
		if t == nil {
			if s.tables[name] != nil {
				return fmt.Errorf("two tables are called %s", name)
			}
			t = &table{name: name, quoted: quoteName(string(r[1])) + "." + quoteName(string(r[2]))}
			t.from = "ONLY " + t.quoted
			if string(r[3]) == "p" {
				t.from = t.quoted
			}
			s.tables[name], s.byOID[oid] = t, t
			s.order = append(s.order, t)
		}
		if r[4] == nil {
			continue
		}
		t.addColumn(column{name: string(r[4]), generated: string(r[5]) == "t", of: types[string(r[6])]}, string(r[7]))
	}
	return s.addSequences(results[2])
}

// addColumn adds a column; at is its place in the primary key, from 0, or -1.
func (t *table) addColumn(c column, at string) {
	t.columns = append(t.columns, c)
	place, err := strconv.Atoi(at)
	if err != nil || place < 0 {
		return
	}
	for len(t.primary) <= place {
		t.primary = append(t.primary, -1)
	}
	t.primary[place] = len(t.columns) - 1
}

func typesOf(r *pgconn.Result) map[string]typeOf {
	raw := map[string][][]byte{}
	for _, row := range r.Rows {
		raw[string(row[0])] = row
	}
	out := map[string]typeOf{}
	var read func(oid string, depth int) typeOf
	read = func(oid string, depth int) typeOf {
		r := raw[oid]
		if r == nil || depth > 8 {
			return typeOf{}
		}
		if string(r[3]) == "d" {
			return read(string(r[5]), depth+1)
		}
		t := typeOf{name: string(r[1]), shown: string(r[2]), kind: r[3][0]}
		if string(r[4]) == "A" && strings.HasPrefix(t.name, "_") {
			item := read(string(r[6]), depth+1)
			t.item = &item
		}
		return t
	}
	for oid := range raw {
		out[oid] = read(oid, 0)
	}
	return out
}

func (s *Store) addSequences(r *pgconn.Result) error {
	s.sequences = map[string]*sequence{}
	for _, r := range r.Rows {
		q := &sequence{name: string(r[1]) + "." + string(r[2]), column: -1}
		var err error
		if q.increment, err = strconv.ParseInt(string(r[3]), 10, 64); err != nil {
			return err
		}
		if q.start, err = strconv.ParseInt(string(r[4]), 10, 64); err != nil {
			return err
		}
		if t := s.byOID[string(r[5])]; t != nil {
			q.table = t
			for i, c := range t.columns {
				if c.name == string(r[6]) {
					q.column = i
				}
			}
		}
		s.sequences[string(r[0])] = q
	}
	return nil
}

// triggersSQL notes which tables are written, whoever writes and in whatever
// session_replication_role.
const triggersSQL = `
DROP SCHEMA IF EXISTS replay CASCADE;
CREATE SCHEMA replay;
CREATE UNLOGGED TABLE replay.touched (rel oid);
CREATE FUNCTION replay.touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS
  $$ BEGIN INSERT INTO replay.touched VALUES (TG_RELID); RETURN NULL; END $$;
DO $$
DECLARE t regclass;
BEGIN
  FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'replay') AND n.nspname NOT LIKE 'pg\_temp%'
  LOOP
    EXECUTE format('CREATE TRIGGER zz_replay_touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION replay.touch()', t);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER zz_replay_touch', t);
  END LOOP;
END $$`
