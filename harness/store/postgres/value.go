package postgres

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// value is the text that the server prints for a value of the type.
func (t typeOf) value(text string) corpus.Value {
	if t.item != nil {
		if list, ok := splitArray(text); ok {
			return t.item.values(list)
		}
		return corpus.Typed{Type: t.shown, Text: text}
	}
	if t.kind == 'e' {
		return text
	}
	switch t.name {
	case "bool":
		return text == "t"
	case "int2", "int4", "int8", "oid":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case "float4", "float8":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	case "text", "varchar", "bpchar", "name", "char", "citext":
		return text
	case "bytea":
		if b, err := hex.DecodeString(strings.TrimPrefix(text, `\x`)); err == nil {
			return b
		}
	case "timestamptz":
		if at, ok := instant(text); ok {
			return at
		}
		return corpus.Typed{Type: t.name, Text: text}
	case "numeric", "date", "time", "timetz", "timestamp", "interval", "uuid", "json", "jsonb", "inet", "cidr",
		"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange":
		return corpus.Typed{Type: t.name, Text: text}
	}
	return corpus.Typed{Type: t.shown, Text: text}
}

func (t typeOf) values(list []*string) corpus.Value {
	out := make([]corpus.Value, len(list))
	for i, s := range list {
		if s != nil {
			out[i] = t.value(*s)
		}
	}
	return out
}

// instant reads what the server prints in UTC, in years of four digits; infinity
// and years before Christ are none.
func instant(text string) (time.Time, bool) {
	at, err := time.Parse("2006-01-02 15:04:05.999999-07", text)
	if err != nil || at.Year() < 1 {
		return time.Time{}, false
	}
	return at.UTC(), true
}

// splitArray takes an array of one dimension that begins at 1 apart; nil is NULL.
func splitArray(text string) ([]*string, bool) {
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, false
	}
	out := []*string{}
	for rest := text[1 : len(text)-1]; rest != ""; {
		item, quoted, after, ok := cutItem(rest)
		if !ok {
			return nil, false
		}
		if !quoted && item == "NULL" {
			out = append(out, nil)
		} else {
			out = append(out, &item)
		}
		if after == "" {
			break
		}
		rest = after[1:]
	}
	return out, true
}

func cutItem(s string) (item string, quoted bool, rest string, ok bool) {
	if s[0] == '{' {
		return "", false, "", false // a further dimension
	}
	if s[0] != '"' {
		end := strings.IndexByte(s, ',')
		if end < 0 {
			end = len(s)
		}
		return s[:end], false, s[end:], true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), true, s[i+1:], true
		case '\\':
			i++
			if i == len(s) {
				return "", false, "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", false, "", false
}

// literal is a value as the server reads it, ok false for NULL.
func literal(v corpus.Value) (text string, ok bool, err error) {
	switch v := v.(type) {
	case nil:
		return "", false, nil
	case bool:
		return strconv.FormatBool(v), true, nil
	case int64:
		return strconv.FormatInt(v, 10), true, nil
	case float64:
		switch {
		case math.IsInf(v, 1):
			return "Infinity", true, nil
		case math.IsInf(v, -1):
			return "-Infinity", true, nil
		}
		return strconv.FormatFloat(v, 'g', -1, 64), true, nil
	case string:
		if strings.ContainsRune(v, 0) {
			return "", false, fmt.Errorf("text with a NUL, which PostgreSQL does not hold")
		}
		return v, true, nil
	case []byte:
		return `\x` + hex.EncodeToString(v), true, nil
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999999") + "+00", true, nil
	case corpus.Typed:
		return v.Text, true, nil
	case []corpus.Value:
		text, err := arrayLiteral(v)
		return text, true, err
	}
	return "", false, fmt.Errorf("%s is no value of PostgreSQL", corpus.ValueText(v))
}

func arrayLiteral(list []corpus.Value) (string, error) {
	items := make([]string, len(list))
	for i, v := range list {
		text, ok, err := literal(v)
		switch {
		case err != nil:
			return "", err
		case !ok:
			items[i] = "NULL"
		default:
			items[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
		}
	}
	return "{" + strings.Join(items, ",") + "}", nil
}
