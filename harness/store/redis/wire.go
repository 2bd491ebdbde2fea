package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/sidebyside/replay/corpus"
)

// databases is how many a server has unless it is configured otherwise.
const databases = 16

// attempts bounds how often the content is read again because it changed while
// it was read.
const attempts = 5

// own is the database that stands for number 0.
func (s *Store) own() int { return max(s.only, 0) }

// write replaces the content.
func (s *Store) write(ctx context.Context, want content) error {
	_, err := s.conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		if s.only < 0 {
			p.FlushAll(ctx)
		} else {
			selecting(ctx, p, s.only)
			p.FlushDB(ctx)
		}
		at := -1
		for _, k := range sortedIDs(want) {
			if k.database != at {
				if s.only >= 0 && k.database > 0 {
					return fmt.Errorf("%q is in database %d: an external server has one database for a store", k.name, k.database)
				}
				at = k.database
				selecting(ctx, p, at+s.own())
			}
			writing(ctx, p, k.name, want.keys[k])
		}
		return nil
	})
	return err
}

// sortedIDs is the order in which keys are written, the same every time.
func sortedIDs(c content) []id {
	var out []id
	for k := range c.keys {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b id) int {
		if a.database != b.database {
			return a.database - b.database
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

func selecting(ctx context.Context, p redis.Pipeliner, database int) {
	_ = p.Do(ctx, "SELECT", database) // the pipeline has the error
}

func writing(ctx context.Context, p redis.Pipeliner, name string, e entry) {
	switch v := e.value.(type) {
	case *corpus.Entity:
		for _, field := range sortedNames(v) {
			if score, ok := v.Properties[field].(float64); ok && e.kind == "zset" {
				p.ZAdd(ctx, name, redis.Z{Score: score, Member: field})
			} else {
				p.HSet(ctx, name, field, v.Properties[field])
			}
		}
	case []corpus.Value:
		writeList(ctx, p, name, e.kind, v)
	default:
		p.Set(ctx, name, v, 0)
	}
	if e.ttl > 0 {
		p.PExpire(ctx, name, e.ttl)
	}
}

func writeList(ctx context.Context, p redis.Pipeliner, name, kind string, list []corpus.Value) {
	if kind == "stream" && len(list) == 0 {
		p.XGroupCreateMkStream(ctx, name, "replay", "$")
		p.XGroupDestroy(ctx, name, "replay")
	}
	for _, item := range list {
		switch kind {
		case "set":
			p.SAdd(ctx, name, item)
		case "stream":
			e, _ := item.(*corpus.Entity)
			inner, _ := e.Properties["fields"].(*corpus.Entity)
			var values []any
			for _, field := range sortedNames(inner) {
				values = append(values, field, inner.Properties[field])
			}
			p.XAdd(ctx, &redis.XAddArgs{Stream: name, ID: e.Properties["id"].(string), Values: values})
		default:
			p.RPush(ctx, name, item)
		}
	}
}

func sortedNames(e *corpus.Entity) []string {
	names := make([]string, 0, len(e.Properties))
	for name := range e.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// read is the whole content, at one time: it is read again when a key changed
// its type or went away meanwhile.
func (s *Store) read(ctx context.Context) (content, error) {
	if s.closed {
		return content{}, errClosed
	}
	var err error
	for range attempts {
		var c content
		var moving bool
		if c, moving, err = s.readOnce(ctx); err == nil || !moving {
			return c, err
		}
	}
	return content{}, fmt.Errorf("the content keeps changing: %w", err)
}

func (s *Store) readOnce(ctx context.Context) (c content, moving bool, err error) {
	c = content{keys: map[id]entry{}}
	if s.embedded == nil {
		c.at = time.Now()
	}
	filled, err := s.filled(ctx)
	if err != nil {
		return c, false, err
	}
	for _, database := range filled {
		if err := s.readDatabase(ctx, database, c); err != nil {
			return c, isMoving(err), err
		}
	}
	return c, false, nil
}

// isMoving tells what happens when somebody writes between two of our requests.
func isMoving(err error) bool {
	return errors.Is(err, redis.Nil) || strings.HasPrefix(err.Error(), "WRONGTYPE") || errors.Is(err, errGone)
}

var errClosed = errors.New("the store is closed")

var errGone = errors.New("a key went away while it was read")

// filled are the databases that hold a key.
func (s *Store) filled(ctx context.Context) ([]int, error) {
	switch {
	case s.only >= 0:
		return []int{s.only}, nil
	case s.embedded != nil:
		return s.filledHere(), nil
	}
	var sizes [databases]*redis.IntCmd
	if _, err := s.conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range sizes {
			selecting(ctx, p, i)
			sizes[i] = p.DBSize(ctx)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var out []int
	for i, size := range sizes {
		if size.Val() > 0 {
			out = append(out, i)
		}
	}
	return out, nil
}

// filledHere asks the embedded server directly: it answers a request a command
// at a time.
func (s *Store) filledHere() []int {
	var out []int
	for i := range databases {
		if len(s.embedded.DB(i).Keys()) > 0 {
			out = append(out, i)
		}
	}
	return out
}

func (s *Store) readDatabase(ctx context.Context, database int, into content) error {
	names, err := s.names(ctx, database)
	if err != nil || len(names) == 0 {
		return err
	}
	kinds := make([]*redis.StatusCmd, len(names))
	left := make([]*redis.DurationCmd, len(names))
	if _, err := s.conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			kinds[i], left[i] = p.Type(ctx, name), p.PTTL(ctx, name)
		}
		return nil
	}); err != nil {
		return err
	}
	values := make([]func() (corpus.Value, error), len(names))
	if _, err := s.conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, name := range names {
			if kinds[i].Val() == "none" {
				return errGone
			}
			if values[i], err = reading(ctx, p, kinds[i].Val(), name); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for i, name := range names {
		value, err := values[i]()
		if err := errors.Join(err, checkName(name)); err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		into.keys[id{database - s.own(), name}] = entry{kind: kinds[i].Val(), value: value, ttl: max(0, left[i].Val())}
	}
	return nil
}

// names are those of all keys, each once, sorted.
func (s *Store) names(ctx context.Context, database int) ([]string, error) {
	var names []string
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		var page *redis.ScanCmd
		if _, err := s.conn.Pipelined(ctx, func(p redis.Pipeliner) error {
			selecting(ctx, p, database)
			page = p.Scan(ctx, cursor, "*", 10_000)
			return nil
		}); err != nil {
			return nil, err
		}
		var found []string
		found, cursor = page.Val()
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// hostOf is the host of host:port.
func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}

// withDatabase is the URL with another database.
func withDatabase(text string, database int) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	if u.Scheme == "unix" {
		q := u.Query()
		q.Set("db", strconv.Itoa(database))
		u.RawQuery = q.Encode()
		return u.String()
	}
	u.Path = "/" + strconv.Itoa(database)
	return u.String()
}
