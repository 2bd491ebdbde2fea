package harness

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// Shard is one of several parts of a run, so that many machines can share it.
// The zero value is the whole.
type Shard struct {
	// Index is from 1 to Of.
	Index, Of int
	// By is what said so, for reports: "--shard", the name of a variable.
	By string
}

// ParseShard reads "I/N".
func ParseShard(text string) (Shard, error) {
	i, n, ok := strings.Cut(text, "/")
	index, err1 := strconv.Atoi(i)
	of, err2 := strconv.Atoi(n)
	if !ok || err1 != nil || err2 != nil || index < 1 || index > of {
		return Shard{}, fmt.Errorf("%q: want I/N with I from 1 to N, for example 1/3, or auto", text)
	}
	return Shard{Index: index, Of: of}, nil
}

func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// cut is a selection cut into shards, of which one is run.
type cut struct {
	cases    []*corpus.Case // of this shard
	selected int            // of all shards together
	plan     string         // sha256 of which case is where
}

// cutFor keeps the cases of a shard.
func (s Shard) cutFor(all []*corpus.Case, t *Timings) cut {
	c := cut{cases: all, selected: len(all)}
	if s.Of == 0 {
		return c
	}
	homes := split(all, s.Of, t)
	plan := sha256.New()
	c.cases = nil
	for i, cs := range all {
		if homes[i] == s.Index-1 {
			c.cases = append(c.cases, cs)
		}
		_, _ = fmt.Fprintf(plan, "%s\x00%d\n", cs.Name, homes[i])
	}
	c.plan = hex.EncodeToString(plan.Sum(nil))
	return c
}

const (
	// A case is heavy that takes more than 1/20 of a part, and more than 4 times
	// the mean: cutting a row of cases into parts could not balance it.
	heavyShare, heavyMeans = 20, 4
	// Heavy cases fill a part up to 21/20 of its share.
	fullNum, fullDen = 21, 20
)

// weighed is a case to be split: where it is in the corpus, a number from its
// name that puts it anywhere, and its time in microseconds.
type weighed struct {
	at     int
	hash   uint64
	weight int64
}

// split says for each case which of the parts, from 0, it is in. It depends on
// names and timings alone, so that all shards agree. The parts take equal time,
// and a case that is added moves few others:
//
//   - Light cases stand in a row, ordered by a hash of their names, that is cut
//     into parts. One more case shifts each cut by at most its own weight.
//   - Heavy ones are placed before: each in the part that it prefers by its hash,
//     or the next one with room. The cuts of the row make up for them.
//
// All numbers are integers, as floating point differs between processors.
func split(cases []*corpus.Case, parts int, t *Timings) []int {
	var light, heavy []weighed
	total := int64(0)
	all := make([]weighed, len(cases))
	for i, cs := range cases {
		sum := sha256.Sum256([]byte(cs.Name))
		all[i] = weighed{i, binary.BigEndian.Uint64(sum[:8]), t.of(cs)}
		total += all[i].weight
	}
	share := fairShare(all, total, int64(parts))
	for _, w := range all {
		if w.weight > share/heavyShare && w.weight > heavyMeans*total/int64(len(all)) {
			heavy = append(heavy, w)
		} else {
			light = append(light, w)
		}
	}
	homes := make([]int, len(cases))
	loads := make([]int64, parts)
	placeHeavy(heavy, share*fullNum/fullDen, loads, homes)
	placeLight(light, loads, homes)
	return homes
}

// fairShare is what a part takes, the ones left out that a single case fills.
func fairShare(all []weighed, total, parts int64) int64 {
	weights := make([]int64, len(all))
	for i, w := range all {
		weights[i] = w.weight
	}
	slices.Sort(weights)
	for _, w := range slices.Backward(weights) {
		if parts == 1 || w <= total/parts {
			break
		}
		total, parts = total-w, parts-1
	}
	return total / parts
}

// placeHeavy fills parts up to full, the heaviest case first.
func placeHeavy(list []weighed, full int64, loads []int64, homes []int) {
	slices.SortFunc(list, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.hash, b.hash))
	})
	for _, w := range list {
		best, fits := 0, false
		for part := range loads {
			room := loads[part]+w.weight <= full
			switch {
			case room && !fits,
				room && w.prefers(part, best),
				!room && !fits && loads[part] < loads[best]:
				best, fits = part, room
			}
		}
		homes[w.at] = best
		loads[best] += w.weight
	}
}

// prefers ranks the parts for each case in an order of its own (rendezvous
// hashing): a part more changes few first choices.
func (w weighed) prefers(a, b int) bool { return w.rank(a) > w.rank(b) }

func (w weighed) rank(part int) uint64 {
	x := w.hash + uint64(part+1)*0x9e3779b97f4a7c15 // splitmix64
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// placeLight cuts a row of cases so that all parts get as much in the end.
func placeLight(list []weighed, loads []int64, homes []int) {
	slices.SortFunc(list, func(a, b weighed) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.at, b.at)) })
	total := int64(0)
	for _, w := range list {
		total += w.weight
	}
	level := fill(loads, total)
	part, before, end := 0, int64(0), max(0, level-loads[0])
	for _, w := range list {
		for middle := before + w.weight/2; middle >= end && part < len(loads)-1; {
			part++
			end += max(0, level-loads[part])
		}
		homes[w.at] = part
		before += w.weight
	}
}

// fill is the level to which the loads rise when total is poured over them.
func fill(loads []int64, total int64) int64 {
	sorted := slices.Sorted(slices.Values(loads))
	under := total
	for i, load := range sorted {
		under += load
		if level := under / int64(i+1); i == len(sorted)-1 || level <= sorted[i+1] {
			return level
		}
	}
	return 0
}
