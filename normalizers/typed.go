package normalizers

import (
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// ttlTolerance is how far two times to live may lie apart: time passes between
// the write and the observation, and both are cut to whole seconds.
var ttlTolerance = &tolerance{absolute: 2}

// typed is a value of a type that only one sort of store has, as that store
// compares it: a numeric by value, a jsonb by what it holds.
func (b *builder) typed(v corpus.Typed) *Tree {
	switch v.Type {
	case "numeric":
		if v.Text != "NaN" && v.Text != "Infinity" && v.Text != "-Infinity" {
			return b.scalar(Number, canonicalNumber(v.Text), v.Text)
		}
	case "ttl":
		t := b.scalar(Int, v.Text, v.Text)
		t.within = ttlTolerance
		return t
	case "jsonb":
		if tree, err := corpus.JSON(v.Text).Decode(); err == nil {
			t := b.scalar(Parsed, "", v.Text)
			t.Was = String
			t.Children = append(t.Children, b.json(tree))
			return t
		}
	}
	return b.scalar(String, v.Text, v.Text)
}

// typed moves what its type says is a date or an instant.
func (r *rebaser) typed(v corpus.Typed, s said) corpus.Value {
	switch v.Type {
	case "date", "timestamp", "timestamptz":
		s = timed
	case "numeric":
		v.Text = r.number(v.Text, s)
		return v
	case "ttl", "interval", "time", "timetz", "uuid":
		return v
	}
	v.Text = r.text(v.Text, s)
	return v
}

// markIDs says which columns of a row hold ids: those of its key, and those that
// are called so, as columns that point to other rows are.
func markIDs(key corpus.Key, columns *Tree) {
	if columns == nil || !strings.ContainsRune(key.Kind(), '.') {
		return
	}
	for _, c := range columns.Children {
		c.id = c.id || c.Name == "id" || strings.HasSuffix(c.Name, "_id") || keyColumn(key, c)
	}
}

func keyColumn(key corpus.Key, column *Tree) bool {
	for _, e := range key.Path {
		if e.ID != 0 && column.Kind == Int && column.Text == strconv.FormatInt(e.ID, 10) {
			return true
		}
	}
	return false
}
