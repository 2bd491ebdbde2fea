package redis

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// id is a key of one database.
type id struct {
	database int
	name     string
}

// content is everything that a server holds. at is when; the zero time stands
// for a clock that stands still.
type content struct {
	keys map[id]entry
	at   time.Time
}

// entry is what one key holds. ttl is 0 for one that does not expire.
type entry struct {
	kind  string
	value corpus.Value
	ttl   time.Duration
}

// contentOf reads a fixture.
func contentOf(state corpus.State) (content, error) {
	c := content{keys: map[id]entry{}}
	if state.Form != corpus.Keys && len(state.Entities) > 0 {
		return c, fmt.Errorf("the fixture holds no keys of Redis; write keys: {name: {type:, value:}}")
	}
	for _, e := range state.Entities {
		name, database, ok := corpus.RedisName(e.Key)
		if !ok {
			return c, fmt.Errorf("%s is no key of Redis", e.Key)
		}
		at := id{database, name}
		if _, twice := c.keys[at]; twice {
			return c, fmt.Errorf("%s is there twice: remove one", e.Key)
		}
		value, err := entryOf(e.Properties)
		if err != nil {
			return c, fmt.Errorf("%s: %w", e.Key, err)
		}
		c.keys[at] = value
	}
	for _, k := range state.Absent {
		name, database, _ := corpus.RedisName(k)
		if _, there := c.keys[id{database, name}]; there {
			return c, fmt.Errorf("%s is both there and absent: remove one", k)
		}
	}
	return c, nil
}

func entryOf(properties map[string]corpus.Value) (entry, error) {
	var e entry
	e.kind, _ = properties["type"].(string)
	e.value = properties["value"]
	if err := checkValue(e.kind, e.value); err != nil {
		return e, err
	}
	if t, ok := properties["ttl"].(corpus.Typed); ok {
		seconds, err := strconv.ParseInt(t.Text, 10, 64)
		if err != nil || seconds < 1 || seconds > int64(maxTTL/time.Second) {
			return e, fmt.Errorf("time to live %q is not a number of seconds from 1", t.Text)
		}
		e.ttl = time.Duration(seconds) * time.Second
	}
	return e, nil
}

// maxTTL is what a Duration of whole seconds holds, with room to add to it.
const maxTTL = 100 * 365 * 24 * time.Hour

func (c content) state() corpus.State {
	s := corpus.State{Form: corpus.Keys}
	for at, e := range c.keys {
		s.Entities = append(s.Entities, corpus.Entity{Key: corpus.RedisKey(at.name, at.database), Properties: e.properties()})
	}
	slices.SortFunc(s.Entities, func(a, b corpus.Entity) int { return a.Key.Compare(b.Key) })
	return s
}

func (e entry) properties() map[string]corpus.Value {
	out := map[string]corpus.Value{"type": e.kind, "value": e.value}
	if e.ttl > 0 {
		out["ttl"] = e.ttlValue()
	}
	return out
}

// ttlValue is the time to live in seconds, rounded up: what was set to 60 a
// moment ago is 60.
func (e entry) ttlValue() corpus.Value {
	seconds := (e.ttl + time.Second - 1) / time.Second
	return corpus.Typed{Type: "ttl", Text: strconv.FormatInt(int64(seconds), 10)}
}
