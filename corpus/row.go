package corpus

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// RowKey is the key of a row of a table, from the values of the columns of its
// primary key. ok is false where one of them is null or no single value.
//
// A whole number other than 0 is an id, every other value a name: the text that
// the store writes. Texts that would read as something else (an empty one, "*")
// are a name in single quotes.
func RowKey(table string, columns ...Value) (k Key, ok bool) {
	for i, v := range columns {
		e, ok := keyColumn(v)
		if !ok {
			return Key{}, false
		}
		if i == 0 {
			e.Kind = table
		}
		k.Path = append(k.Path, e)
	}
	return k, len(columns) > 0
}

func keyColumn(v Value) (e PathElement, ok bool) {
	switch v := v.(type) {
	case int64:
		if v == 0 {
			return PathElement{Name: "0"}, true
		}
		return PathElement{ID: v}, true
	case string:
		return PathElement{Name: keyName(v)}, true
	case Typed:
		return PathElement{Name: v.Text}, v.Text != ""
	case bool:
		return PathElement{Name: strconv.FormatBool(v)}, true
	case float64:
		return PathElement{Name: floatText(v)}, true
	case time.Time:
		return PathElement{Name: v.UTC().Format(timestampForm)}, true
	case []byte:
		return PathElement{Name: `\x` + hex.EncodeToString(v)}, true
	}
	return PathElement{}, false
}

// keyName is the name in a key for any text, distinct for distinct texts.
func keyName(s string) string {
	if s == "" || s == anyRow || strings.HasPrefix(s, "'") {
		return "'" + s + "'"
	}
	return s
}

// anyRow is the name in the key of rows that no primary key tells apart.
const anyRow = "*"

// AnyRow is the key of every row of a table whose rows no primary key tells
// apart: they count as a multiset.
func AnyRow(table string) Key { return Key{Path: []PathElement{{Kind: table, Name: anyRow}}} }

// AnyRow reports whether the key is that of every row of its table.
func (k Key) AnyRow() bool {
	return len(k.Path) == 1 && k.Path[0].Name == anyRow && strings.ContainsRune(k.Path[0].Kind, '.')
}

// RedisKey is the key of a key of Redis. database is its number, 0 where nobody
// selects another one.
func RedisKey(name string, database int) Key {
	k := Key{Path: []PathElement{{Kind: redisKind, Name: keyName(name)}}}
	if database != 0 {
		k.Namespace = databasePrefix + strconv.Itoa(database)
	}
	return k
}

const databasePrefix = "db"

// RedisName takes the key of a key of Redis apart; ok is false for any other.
func RedisName(k Key) (name string, database int, ok bool) {
	if len(k.Path) != 1 || k.Path[0].Kind != redisKind || k.Path[0].Name == "" {
		return "", 0, false
	}
	if k.Namespace != "" {
		digits, found := strings.CutPrefix(k.Namespace, databasePrefix)
		n, err := strconv.Atoi(digits)
		if !found || err != nil || n < 1 || strconv.Itoa(n) != digits {
			return "", 0, false
		}
		database = n
	}
	name = k.Path[0].Name
	if strings.HasPrefix(name, "'") && strings.HasSuffix(name, "'") && len(name) > 1 {
		name = name[1 : len(name)-1]
	}
	return name, database, true
}

// redisKind is the kind of every key of Redis.
const redisKind = "key"

// keyed is the row with the key that its table's primary key gives it. missing
// is the column that it lacks, "" for none.
func (e Entity) keyed(primary map[string][]string) (out Entity, missing string) {
	table := e.Key.Kind()
	columns := primary[table]
	if len(columns) == 0 || !e.Key.AnyRow() {
		return e, ""
	}
	values := make([]Value, len(columns))
	for i, name := range columns {
		values[i] = e.Properties[name]
		if _, ok := keyColumn(values[i]); !ok {
			return e, name
		}
	}
	e.Key, _ = RowKey(table, values...)
	return e, ""
}
