package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"github.com/sidebyside/replay/corpus"
)

// ownKey is the one name that a fixture cannot hold as a field.
const ownKey = "__key__"

// reading asks for the value of a key. The result is there when the pipeline was
// executed.
func reading(ctx context.Context, p redis.Pipeliner, kind, name string) (func() (corpus.Value, error), error) {
	switch kind {
	case "string":
		c := p.Get(ctx, name)
		return func() (corpus.Value, error) { return text(c.Val()), c.Err() }, nil
	case "hash":
		c := p.HGetAll(ctx, name)
		return func() (corpus.Value, error) { return fields(c.Val(), c.Err()) }, nil
	case "list":
		c := p.LRange(ctx, name, 0, -1)
		return func() (corpus.Value, error) { return texts(c.Val()), c.Err() }, nil
	case "set":
		c := p.SMembers(ctx, name)
		return func() (corpus.Value, error) { return texts(slices.Sorted(slices.Values(c.Val()))), c.Err() }, nil
	case "zset":
		c := p.ZRangeWithScores(ctx, name, 0, -1)
		return func() (corpus.Value, error) { return scores(c.Val(), c.Err()) }, nil
	case "stream":
		c := p.XRange(ctx, name, "-", "+")
		return func() (corpus.Value, error) { return entries(c.Val(), c.Err()) }, nil
	}
	return nil, fmt.Errorf("%q is of type %q, which is not supported", name, kind)
}

func text(s string) corpus.Value {
	if utf8.ValidString(s) {
		return s
	}
	return []byte(s)
}

func texts(list []string) corpus.Value {
	out := make([]corpus.Value, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return out
}

func checkName(name string) error {
	if !utf8.ValidString(name) || name == ownKey {
		return fmt.Errorf("the name %q cannot be recorded", name)
	}
	return nil
}

func fields(hash map[string]string, err error) (corpus.Value, error) {
	e := &corpus.Entity{}
	for name, s := range hash {
		err = errors.Join(err, checkName(name))
		set(e, name, text(s))
	}
	return e, err
}

func set(e *corpus.Entity, name string, v corpus.Value) {
	if e.Properties == nil {
		e.Properties = map[string]corpus.Value{}
	}
	e.Properties[name] = v
}

func scores(members []redis.Z, err error) (corpus.Value, error) {
	e := &corpus.Entity{}
	for _, m := range members {
		name, _ := m.Member.(string)
		err = errors.Join(err, checkName(name))
		set(e, name, m.Score)
	}
	return e, err
}

func entries(messages []redis.XMessage, err error) (corpus.Value, error) {
	out := make([]corpus.Value, len(messages))
	for i, m := range messages {
		inner := &corpus.Entity{}
		for name, v := range m.Values {
			s, _ := v.(string)
			err = errors.Join(err, checkName(name))
			set(inner, name, text(s))
		}
		out[i] = &corpus.Entity{Properties: map[string]corpus.Value{"id": m.ID, "fields": inner}}
	}
	return out, err
}

// checkValue refuses what a fixture may not say.
func checkValue(kind string, v corpus.Value) error {
	var ok bool
	switch kind {
	case "string":
		ok = isText(v)
	case "hash":
		ok = isMap(v, isText)
	case "zset":
		ok = isMap(v, func(v corpus.Value) bool { _, isFloat := v.(float64); return isFloat })
	case "list", "set":
		list, isList := v.([]corpus.Value)
		ok = isList && len(list) > 0 && !slices.ContainsFunc(list, func(v corpus.Value) bool { return !isText(v) })
	case "stream":
		list, isList := v.([]corpus.Value)
		ok = isList && !slices.ContainsFunc(list, func(v corpus.Value) bool { return !isEntry(v) })
	default:
		return fmt.Errorf("unknown type %q; use string, hash, list, set, zset or stream", kind)
	}
	if !ok {
		return fmt.Errorf("the value is no %s, or an empty one, which Redis does not hold", kind)
	}
	return nil
}

func isText(v corpus.Value) bool {
	switch v.(type) {
	case string, []byte:
		return true
	}
	return false
}

func isMap(v corpus.Value, each func(corpus.Value) bool) bool {
	e, ok := v.(*corpus.Entity)
	if !ok || len(e.Properties) == 0 {
		return false
	}
	for _, one := range e.Properties {
		if !each(one) {
			return false
		}
	}
	return true
}

func isEntry(v corpus.Value) bool {
	e, ok := v.(*corpus.Entity)
	if !ok {
		return false
	}
	id, ok := e.Properties["id"].(string)
	return ok && strings.Contains(id, "-") && isMap(e.Properties["fields"], isText)
}
