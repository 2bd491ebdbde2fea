package datastore

import (
	"slices"
	"sync"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"github.com/tidwall/btree"
)

// stored is one version of one entity. It never changes.
type stored struct {
	key     string // entityKey of ent.Key
	ent     *pb.Entity
	version int64
	created int64    // microseconds since the epoch
	updated int64    // microseconds since the epoch
	rows    []string // its rows in the index
}

// trees hold the entities in key order and the rows of the built-in indexes in
// index order. Once published they are only read and copied.
type trees struct {
	// copying guards Copy, which marks the tree that it copies; reading needs
	// no lock.
	copying  sync.Mutex
	entities *btree.BTreeG[*stored]
	index    *btree.BTreeG[string]
	graves   *btree.BTreeG[grave]
}

// grave remembers at which version an entity was deleted, so that a mutation
// based on an older version is known to conflict.
type grave struct {
	key     string
	version int64
}

func newTrees() *trees {
	opts := btree.Options{NoLocks: true, Degree: 24}
	return &trees{
		entities: btree.NewBTreeGOptions(func(a, b *stored) bool { return a.key < b.key }, opts),
		index:    btree.NewBTreeGOptions(func(a, b string) bool { return a < b }, opts),
		graves:   btree.NewBTreeGOptions(func(a, b grave) bool { return a.key < b.key }, opts),
	}
}

// fork is a copy that may be written; it costs the same at any size.
func (t *trees) fork() *trees {
	t.copying.Lock()
	defer t.copying.Unlock()
	return &trees{entities: t.entities.Copy(), index: t.index.Copy(), graves: t.graves.Copy()}
}

func (t *trees) get(key string) *stored {
	s, _ := t.entities.Get(&stored{key: key})
	return s
}

// content is the immutable content of one database.
type content struct {
	*trees
	version int64 // of the last commit
	ids     idState

	// base and log let Diff look at changed keys alone: the first logged keys of log
	// were written since base. A nil base means that the way here is not known.
	base   *content
	log    *keyLog
	logged int
}

// keyLog lists the keys that were written on the way from one content to others. Those
// that follow each other share it; what branches off gets a copy, so that nobody's keys
// are changed.
type keyLog struct {
	mu   sync.Mutex
	keys []string
}

// add appends a key after the first n; it returns the log that holds them all.
func (l *keyLog) add(n int, key string) *keyLog {
	if l == nil {
		return &keyLog{keys: []string{key}}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < len(l.keys) {
		return &keyLog{keys: append(slices.Clone(l.keys[:n]), key)}
	}
	l.keys = append(l.keys, key)
	return l
}

// between are the keys from the n-th to the m-th.
func (l *keyLog) between(n, m int) []string {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys[n:m:m]
}

// maxLog bounds the memory of a log; beyond it Diff compares whole trees.
const maxLog = 1 << 17

func newContent() *content { return &content{trees: newTrees()} }

// rooted is the same content as the start of a new log.
func (c *content) rooted() *content {
	if c.base == nil {
		return c
	}
	r := *c
	r.base, r.log, r.logged = nil, nil, 0
	return &r
}

// draft is a content under construction. The trees are forked by the first
// write, so that a draft without writes costs nothing.
type draft struct {
	content
	forked bool
	// indexUpdates counts the rows written and removed.
	indexUpdates int32
	from         *content
}

func (c *content) edit() *draft { return &draft{content: *c, from: c} }

func (d *draft) fork() {
	if d.forked {
		return
	}
	d.forked = true
	d.trees = d.trees.fork()
	if d.base == nil {
		d.base = d.from
	}
	if d.logged >= maxLog {
		d.base, d.log, d.logged = nil, nil, 0
	}
}

func (d *draft) noteKey(key string) {
	if d.base != nil {
		d.log = d.log.add(d.logged, key)
		d.logged++
	}
}

// put writes s and moves its index rows.
func (d *draft) put(s *stored) {
	d.fork()
	old, replaced := d.entities.Set(s)
	d.noteKey(s.key)
	if !replaced {
		for _, r := range s.rows {
			d.index.Set(r)
		}
		return
	}
	d.moveRows(old.rows, s.rows)
}

// moveRows removes and adds what differs; both lists are sorted.
func (d *draft) moveRows(old, rows []string) {
	for len(old) > 0 || len(rows) > 0 {
		switch {
		case len(rows) == 0 || len(old) > 0 && old[0] < rows[0]:
			d.index.Delete(old[0])
			old = old[1:]
		case len(old) == 0 || rows[0] < old[0]:
			d.index.Set(rows[0])
			rows = rows[1:]
		default:
			old, rows = old[1:], rows[1:]
		}
	}
}

// remove deletes an entity that exists.
func (d *draft) remove(key string, version int64) {
	d.fork()
	old, _ := d.entities.Delete(&stored{key: key})
	d.graves.Set(grave{key, version})
	d.noteKey(key)
	for _, r := range old.rows {
		d.index.Delete(r)
	}
}

func (d *draft) done() *content {
	c := d.content
	return &c
}

// nextVersion is the version, in microseconds, of a commit at now: versions
// rise even where the clock does not.
func (d *draft) nextVersion(now int64) int64 {
	d.version = max(d.version+1, now)
	return d.version
}
