package postgres

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sidebyside/replay/corpus"
)

func (t *table) selecting() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = quoteName(c.name)
	}
	return "SELECT " + strings.Join(names, ",") + " FROM " + t.from
}

func (t *table) read(r *pgconn.Result) []row {
	out := make([]row, len(r.Rows))
	for i, raw := range r.Rows {
		values := make(row, len(raw))
		for k, text := range raw {
			if text != nil {
				values[k] = t.columns[k].of.value(string(text))
			}
		}
		out[i] = values
	}
	return out
}

func (t *table) primaryNames() []string {
	names := make([]string, len(t.primary))
	for i, at := range t.primary {
		names[i] = t.columns[at].name
	}
	return names
}

// key is that of a row; of a table without a primary key that of any row.
func (t *table) key(r row) corpus.Key {
	values := make([]corpus.Value, len(t.primary))
	for i, at := range t.primary {
		values[i] = r[at]
		if n, ok := values[i].(corpus.Typed); ok {
			values[i] = corpus.Typed{Type: n.Type, Text: canonical(n)}
		}
	}
	if k, ok := corpus.RowKey(t.name, values...); ok {
		return k
	}
	return corpus.AnyRow(t.name)
}

func (t *table) properties(r row) map[string]corpus.Value {
	out := make(map[string]corpus.Value, len(r))
	for i, v := range r {
		out[t.columns[i].name] = v
	}
	return out
}

// effects are the changes to the rows before.
func (t *table) effects(after []row) []corpus.Effect {
	if len(t.primary) == 0 {
		return t.multiset(after)
	}
	var out []corpus.Effect
	before := map[string]row{}
	for _, r := range t.rows {
		before[t.key(r).String()] = r
	}
	for _, r := range after {
		key := t.key(r)
		old, there := before[key.String()]
		delete(before, key.String())
		if !there {
			out = append(out, corpus.Effect{Op: corpus.Insert, Key: key, Properties: t.properties(r)})
		} else if set := t.set(old, r); set != nil {
			out = append(out, corpus.Effect{Op: corpus.Update, Key: key, Set: set})
		}
	}
	for _, r := range before {
		out = append(out, corpus.Effect{Op: corpus.Delete, Key: t.key(r)})
	}
	return out
}

func (t *table) set(before, after row) map[string]corpus.Change {
	var set map[string]corpus.Change
	for i, c := range t.columns {
		if same(before[i], after[i]) {
			continue
		}
		if set == nil {
			set = map[string]corpus.Change{}
		}
		set[c.name] = corpus.Change{From: &before[i], To: &after[i]}
	}
	return set
}

// multiset are the rows that came and went, sorted by what they hold.
func (t *table) multiset(after []row) []corpus.Effect {
	count := map[string]int{}
	rows := map[string]row{}
	for _, r := range after {
		count[rowText(r)]++
		rows[rowText(r)] = r
	}
	for _, r := range t.rows {
		count[rowText(r)]--
		rows[rowText(r)] = r
	}
	var texts []string
	for text := range count {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	var out []corpus.Effect
	for _, text := range texts {
		op, n := corpus.Insert, count[text]
		if n < 0 {
			op, n = corpus.Delete, -n
		}
		for range n {
			out = append(out, corpus.Effect{Op: op, Key: corpus.AnyRow(t.name), Properties: t.properties(rows[text])})
		}
	}
	return out
}

// rowText is the same for rows that the database takes for equal.
func rowText(r row) string {
	var b strings.Builder
	for _, v := range r {
		b.WriteString(strconv.Quote(valueText(v)) + ",")
	}
	return b.String()
}

func valueText(v corpus.Value) string {
	switch v := v.(type) {
	case corpus.Typed:
		return v.Type + " " + canonical(v)
	case []corpus.Value:
		return "[" + rowText(v) + "]"
	}
	return corpus.ValueText(v)
}
