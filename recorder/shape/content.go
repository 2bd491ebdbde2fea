package shape

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// fixture describes the data that an operation meets, without that of a base, which
// all cases of a recording share.
func fixture(f corpus.Fixture) []string {
	var lines []string
	if f.Base != "" {
		lines = append(lines, "base "+f.Base)
	}
	for _, store := range slices.Sorted(maps.Keys(f.Changes)) {
		lines = append(lines, effects("changes "+store, f.Changes[store])...)
	}
	for _, store := range slices.Sorted(maps.Keys(f.Stores)) {
		lines = append(lines, state("fixture "+store, f.Stores[store])...)
	}
	return lines
}

// state has a line for each kind: how many there are, and which types their
// properties have; and one for each kind of which something is absent.
func state(prefix string, s corpus.State) []string {
	counts, properties := tally{}, map[string][]string{}
	for i := range s.Entities {
		e := &s.Entities[i]
		kind := kindOf(e.Key)
		counts[kind]++
		properties[kind] = append(properties[kind], members(e.Properties, e.Unindexed)...)
	}
	var lines []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, prefix+" "+class(counts[kind])+" "+kind+" {"+set(properties[kind], ",")+"}")
	}
	absent := tally{}
	for _, k := range s.Absent {
		absent[kindOf(k)]++
	}
	return append(lines, absent.lines(prefix+" absent")...)
}

// members are properties with their types; those that are not indexed end in "!".
func members(properties map[string]corpus.Value, unindexed []string) []string {
	out := make([]string, 0, len(properties)+len(unindexed))
	for name, v := range properties {
		out = append(out, name+":"+stored(v))
	}
	for _, name := range unindexed {
		out = append(out, name+"!")
	}
	return out
}

// effects has a line for each sort of change: what it is, to which kind, of which
// properties from what to what type, and how many there are.
func effects(prefix string, list []corpus.Effect) []string {
	counts := tally{}
	for i := range list {
		e := &list[i]
		text := members(e.Properties, e.Unindexed)
		for name, change := range e.Set {
			text = append(text, name+":"+side(change.From)+">"+side(change.To))
		}
		counts[string(e.Op)+" "+kindOf(e.Key)+" {"+set(text, ",")+"}"]++
	}
	return counts.lines(prefix)
}

func side(v *corpus.Value) string {
	if v == nil {
		return "absent"
	}
	return stored(*v)
}

// kindOf is a key without what says which one: its namespace's presence and the
// kinds of its path. Keys of Redis have one kind; there the name says what they hold,
// apart from the numbers and hashes in it.
func kindOf(k corpus.Key) string {
	kinds := make([]string, len(k.Path))
	for i, e := range k.Path {
		kinds[i] = e.Kind
	}
	text := strings.Join(kinds, "/")
	if name, _, ok := corpus.RedisName(k); ok {
		text = identifier.ReplaceAllString(name, "#")
	}
	if k.Namespace != "" {
		text = "in " + text
	}
	return text
}

// identifier is a part of a name that says which one: a number, a UUID, a hash.
var identifier = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{8,}\b|\d+`)
