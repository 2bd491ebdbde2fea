package harness

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"github.com/sidebyside/replay/corpus"
	"github.com/sidebyside/replay/harness/store"
)

// ownOrder is a number that does not come from the sequence.
const ownOrder = "number of its own making"

// notCounted are the rows that both sides insert with the number of a sequence that
// only one of them asked. A number that stands in no such row proves nothing: a
// sequence goes on when an insert is taken back, too.
func notCounted(left, right side) []oddKey {
	if left.recorded || right.recorded {
		return nil
	}
	var out []oddKey
	for _, q := range left.counted {
		if !right.asked(q.Name) {
			out = append(out, uncounted(q, left, right, true)...)
		}
	}
	for _, q := range right.counted {
		if !left.asked(q.Name) {
			out = append(out, uncounted(q, right, left, false)...)
		}
	}
	return out
}

func (s side) asked(sequence string) bool {
	return slices.ContainsFunc(s.counted, func(q store.Sequence) bool { return q.Name == sequence })
}

// uncounted are the rows with a number of the sequence that the other side inserts
// without it. The first of both names is that of left where toLeft says so.
func uncounted(q store.Sequence, asked, made side, toLeft bool) []oddKey {
	var out []oddKey
	for _, name := range slices.Sorted(maps.Keys(asked.obs.Effects)) {
		numbers := map[string]numbered{} // by key
		for _, e := range made.obs.Effects[name] {
			if n, ok := countedIn(q, e); ok {
				numbers[e.Key.String()] = n
			}
		}
		for _, e := range asked.obs.Effects[name] {
			n, ok := countedIn(q, e)
			if !ok || numbers[e.Key.String()] != n {
				continue
			}
			d := Difference{
				Channel: EffectsChannel, Store: name, Path: e.Key.String(), Coordinate: e.Key.Kind(), Kind: DifferentValue,
				Legacy: "number given out by " + q.Name, Candidate: ownOrder, Class: WrongID,
				Message: fmt.Sprintf("sequence %s gave the number %d out for %s; %s made it itself, so that they are the same by chance", q.Name, n.number, asked.name, made.name),
			}
			if !toLeft {
				d.Legacy, d.Candidate = d.Candidate, d.Legacy
			}
			out = append(out, oddKey{d, n.text})
		}
	}
	return out
}

// numbered is the number of a sequence, and the value that it stands in.
type numbered struct {
	number int64
	text   string
}

// countedIn is the number of the sequence that an inserted row has: in the column
// that the sequence is for, else in its key, by itself or as the only number of a
// text such as R-000042.
func countedIn(q store.Sequence, e corpus.Effect) (numbered, bool) {
	if e.Op != corpus.Insert {
		return numbered{}, false
	}
	if q.Column != "" {
		n, ok := e.Properties[q.Column].(int64)
		return numbered{n, strconv.FormatInt(n, 10)}, ok && e.Key.Kind() == q.Table && slices.Contains(q.Numbers, n)
	}
	for _, part := range e.Key.Path {
		n, text := part.ID, strconv.FormatInt(part.ID, 10)
		if digits := digitRuns.FindAllString(part.Name, 2); n == 0 && len(digits) == 1 {
			text = part.Name
			n, _ = strconv.ParseInt(digits[0], 10, 64) // out of range is no number of a sequence
		}
		if n != 0 && slices.Contains(q.Numbers, n) {
			return numbered{n, text}, true
		}
	}
	return numbered{}, false
}

var digitRuns = regexp.MustCompile(`\d+`)
