package redis_test

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
	"github.com/sidebyside/replay/harness/store/redis"
	"github.com/sidebyside/replay/harness/store/storetest"
)

// inDatabase keeps what is in one database.
func inDatabase(s corpus.State, number int) corpus.State {
	s.Entities = slices.DeleteFunc(slices.Clone(s.Entities), func(e corpus.Entity) bool {
		_, database, _ := corpus.RedisName(e.Key)
		return database != number
	})
	return s
}

func TestRefused(t *testing.T) {
	storetest.Refuses(t, false, redis.ErrRefused, func(address string) error {
		_, err := redis.Open(t.Context(), redis.Options{Driver: redis.External, URL: "redis://" + address + "/0"})
		return err
	})
}

func TestBadOptions(t *testing.T) {
	for reason, o := range map[string]redis.Options{
		"a driver that does not exist": {Driver: "locale"},
		"no URL":                       {Driver: redis.External},
		"a URL of something else":      {Driver: redis.External, URL: "http://127.0.0.1"},
		"nobody there":                 {Driver: redis.External, URL: "redis://127.0.0.1:1/0"},
	} {
		if s, err := redis.Open(t.Context(), o); err == nil {
			t.Errorf("%s: opened %s", reason, s.URL())
		}
	}
}

// TestKilledServer: a server that dies in the middle is an error with its log,
// and leaves nothing behind.
func TestKilledServer(t *testing.T) {
	needServer(t)
	s, err := redis.Open(t.Context(), redis.Options{Driver: redis.Local})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // checked below
	with(t, s, func(c *client.Conn) { c.ShutdownNoSave(t.Context()) })
	_, err = s.Observe(t.Context())
	for range 100 {
		if err != nil && strings.Contains(err.Error(), "last lines of its log") {
			break
		}
		time.Sleep(10 * time.Millisecond)
		_, err = s.Observe(t.Context())
	}
	if err == nil || !strings.Contains(err.Error(), "the server is gone") {
		t.Errorf("want the end of the server with its log, have %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func BenchmarkSeedAndObserve(b *testing.B) {
	for _, driver := range []string{redis.Embedded, redis.Local} {
		b.Run(driver, func(b *testing.B) {
			if driver == redis.Local {
				needServer(b)
			}
			s, err := redis.Open(b.Context(), redis.Options{Driver: driver})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // of the benchmark
			content := state(b, small)
			for b.Loop() {
				if err := s.Seed(b.Context(), content); err != nil {
					b.Fatal(err)
				}
				if _, err := s.Observe(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func needServer(tb testing.TB) {
	tb.Helper()
	_, err := exec.LookPath(redis.Program)
	storetest.Need(tb, "redis", err == nil, "no redis-server is installed (Debian: apt-get install redis-server)")
}

func state(tb testing.TB, text string) corpus.State {
	tb.Helper()
	states, err := corpus.ParseState("state", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return states["cache"]
}

const small = `
cache:
  keys:
    grades:42: {type: string, value: "9.5", ttl: 600}
    plain: {type: string, value: !!binary /w==}
    class:7: {type: hash, value: {name: 7a, size: "20"}}
    queue: {type: list, value: [a, b, a]}
    seen: {type: set, value: [ann, bob]}
    best: {type: zset, value: {ann: 1.5, bob: 2}}
    events: {type: stream, value: [{id: 1-1, fields: {task: grade}}]}
  databases:
    3: {job: {type: string, value: x}}
`

const large = `
cache:
  keys:
    grades:42: {type: list, value: [other, type]}
    other: {type: string, value: ""}
`

func subject(t *testing.T, o redis.Options) storetest.Subject {
	t.Helper()
	return storetest.Subject{
		Open: func(t *testing.T) store.Recordable {
			t.Helper()
			s, err := redis.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		Content: dump,
		Small:   state(t, small), Large: state(t, large),
		Refused: map[string]corpus.State{
			"rows of a table": {Form: corpus.Tables, Entities: []corpus.Entity{{Key: corpus.AnyRow("public.t")}}},
			"no type":         {Form: corpus.Keys, Entities: []corpus.Entity{{Key: corpus.RedisKey("a", 0)}}},
			"an empty hash":   state(t, "cache: {keys: {a: {type: hash, value: {}}}}"),
			"an empty list":   state(t, "cache: {keys: {a: {type: list, value: []}}}"),
			"there and absent": {
				Form:     corpus.Keys,
				Entities: state(t, "cache: {keys: {a: {type: string, value: x}}}").Entities, Absent: []corpus.Key{corpus.RedisKey("a", 0)},
			},
		},
		Writes: writes(),
	}
}

func writes() []storetest.Write {
	v := func(v corpus.Value) *corpus.Value { return &v }
	ttl := func(n int) corpus.Value { return corpus.Typed{Type: "ttl", Text: fmt.Sprint(n)} }
	key := func(name string) corpus.Key { return corpus.RedisKey(name, 0) }
	hash := func(pairs ...string) *corpus.Entity {
		e := &corpus.Entity{Properties: map[string]corpus.Value{}}
		for i := 0; i < len(pairs); i += 2 {
			e.Properties[pairs[i]] = pairs[i+1]
		}
		return e
	}
	update := func(name string, set map[string]corpus.Change) []corpus.Effect {
		return []corpus.Effect{{Op: corpus.Update, Key: key(name), Set: set}}
	}
	value := func(from, to corpus.Value) map[string]corpus.Change {
		return map[string]corpus.Change{"value": {From: &from, To: &to}}
	}
	return []storetest.Write{
		write("a hash field", do("HSET class:7 name 7b"), update("class:7", value(hash("name", "7a", "size", "20"), hash("name", "7b", "size", "20")))),
		write("what was there is written again", do("HSET class:7 name 7a", "SADD seen bob"), nil),
		write("changed and changed back", do("RPUSH queue c", "RPOP queue"), nil),
		write("deleted and made again", do("DEL best", "ZADD best 2 bob 1.5 ann"), nil),
		write("made and deleted", do("SET new x", "DEL new"), nil),
		write("invalidated", do("DEL grades:42"), []corpus.Effect{{Op: corpus.Delete, Key: key("grades:42")}}),
		write("a new key with a time to live", do("SET new x EX 60"), []corpus.Effect{{
			Op: corpus.Insert, Key: key("new"),
			Properties: map[string]corpus.Value{"type": "string", "value": "x", "ttl": ttl(60)},
		}}),
		write("the same time to live", do("EXPIRE grades:42 600"), nil),
		write("a longer time to live", do("EXPIRE grades:42 900"), update("grades:42", map[string]corpus.Change{"ttl": {From: v(ttl(600)), To: v(ttl(900))}})),
		write("written without the time to live", do("SET grades:42 9.5"), update("grades:42", map[string]corpus.Change{"ttl": {From: v(ttl(600))}})),
		write("another type", do("DEL plain", "SADD plain x"), update("plain", map[string]corpus.Change{
			"type": {From: v("string"), To: v("set")}, "value": {From: v([]byte{0xff}), To: v([]corpus.Value{"x"})},
		})),
		write("the order of a list", do("LPOP queue", "RPUSH queue a"), update("queue", value([]corpus.Value{"a", "b", "a"}, []corpus.Value{"b", "a", "a"}))),
		write("a score", do("ZINCRBY best 1 ann"), update("best", value(
			&corpus.Entity{Properties: map[string]corpus.Value{"ann": 1.5, "bob": 2.0}},
			&corpus.Entity{Properties: map[string]corpus.Value{"ann": 2.5, "bob": 2.0}},
		))),
		write("an entry of a stream", do("XADD events 2-0 task hand"), update("events", value(
			[]corpus.Value{&corpus.Entity{Properties: map[string]corpus.Value{"id": "1-1", "fields": hash("task", "grade")}}},
			[]corpus.Value{
				&corpus.Entity{Properties: map[string]corpus.Value{"id": "1-1", "fields": hash("task", "grade")}},
				&corpus.Entity{Properties: map[string]corpus.Value{"id": "2-0", "fields": hash("task", "hand")}},
			},
		))),
		write("another database", do("SELECT 3", "SET job y", "SELECT 0"), []corpus.Effect{{
			Op: corpus.Update, Key: corpus.RedisKey("job", 3), Set: value("x", "y"),
		}}),
		write("several keys, in their order", do("SET z 1", "SET a 1", "DEL seen"), []corpus.Effect{
			{Op: corpus.Insert, Key: key("a"), Properties: map[string]corpus.Value{"type": "string", "value": "1"}},
			{Op: corpus.Delete, Key: key("seen")},
			{Op: corpus.Insert, Key: key("z"), Properties: map[string]corpus.Value{"type": "string", "value": "1"}},
		}),
	}
}

func write(reason string, do func(*testing.T, store.Recordable), want []corpus.Effect) storetest.Write {
	return storetest.Write{Reason: reason, Do: do, Want: want}
}

func do(commands ...string) func(*testing.T, store.Recordable) {
	return func(t *testing.T, s store.Recordable) {
		t.Helper()
		with(t, s, func(c *client.Conn) {
			for _, text := range commands {
				var args []any
				for word := range strings.FieldsSeq(text) {
					args = append(args, word)
				}
				if err := c.Do(t.Context(), args...).Err(); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
			}
		})
	}
}

func with(t *testing.T, s store.Recordable, f func(*client.Conn)) {
	t.Helper()
	o, err := client.ParseURL(s.Env()["REDIS_URL"])
	if err != nil {
		t.Fatal(err)
	}
	o.DisableIdentity = true
	c := client.NewClient(o)
	defer c.Close() //nolint:errcheck // of the test
	conn := c.Conn()
	defer conn.Close() //nolint:errcheck // of the test
	f(conn)
}

// dump is the content by commands that the store does not use.
func dump(t *testing.T, s store.Recordable) string {
	t.Helper()
	var lines []string
	with(t, s, func(c *client.Conn) {
		ctx := t.Context()
		for _, database := range []int{-1, 3} {
			if database > 0 {
				if !strings.HasSuffix(s.URL(), "/0") {
					continue
				}
				c.Select(ctx, database)
			}
			for _, name := range c.Keys(ctx, "*").Val() {
				lines = append(lines, fmt.Sprint(database, name, " ", anything(ctx, c, name), c.TTL(ctx, name).Val().Round(5*time.Second)))
			}
		}
	})
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func anything(ctx context.Context, c *client.Conn, name string) any {
	switch c.Type(ctx, name).Val() {
	case "string":
		return c.StrLen(ctx, name).String() + c.GetRange(ctx, name, 0, -1).Val()
	case "hash":
		keys := c.HKeys(ctx, name).Val()
		sort.Strings(keys)
		return fmt.Sprint(keys, c.HMGet(ctx, name, keys...).Val())
	case "list":
		return c.LRange(ctx, name, 0, 100).Val()
	case "set":
		all := c.SUnion(ctx, name).Val()
		sort.Strings(all)
		return all
	case "zset":
		return c.ZRevRangeWithScores(ctx, name, 0, -1).Val()
	}
	return c.XRevRange(ctx, name, "+", "-").Val()
}
