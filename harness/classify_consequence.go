package harness

import (
	"strconv"
	"strings"
)

// index notes by what a difference can be told to follow from another one.
func (s *scene) index() {
	s.numbers, s.writeClass = map[[2]float64]Class{}, map[Kind]Class{}
	s.properties, s.parts, s.entities = map[string]Class{}, map[string]Class{}, map[string]Class{}
	for i := range s.all {
		d := &s.all[i]
		if d.Class == "" {
			continue
		}
		if pair, ok := numbersOf(d); ok {
			note(s.numbers, pair, d.Class)
		}
		switch {
		case d.Channel != EffectsChannel:
		case isWhole(d):
			note(s.writeClass, d.Kind, d.Class)
			for _, name := range namesIn(d.Legacy + d.Candidate) {
				note(s.parts, name, d.Class)
			}
		default:
			note(s.properties, lastName(d.Path), d.Class)
			if d.Class == TimeFormat {
				note(s.entities, entityOf(d.Path), d.Class)
			}
		}
	}
}

// note keeps the first class of a key.
func note[K comparable](classes map[K]Class, key K, class Class) {
	if classes[key] == "" {
		classes[key] = class
	}
}

// isWhole: an effect that one side alone has.
func isWhole(d *Difference) bool {
	return d.Channel == EffectsChannel && (d.Kind == Missing || d.Kind == Extra) && !strings.Contains(d.Coordinate, ".")
}

// shown is the class of a difference that shows again: one number stands in
// several places, a response shows what the store holds, and what is counted by
// the day depends on when the day begins.
func (s *scene) shown(d *Difference) Class {
	if pair, ok := numbersOf(d); ok && s.numbers[pair] != "" {
		return s.numbers[pair]
	}
	switch d.Channel {
	case EffectsChannel:
		if isNumber(d.Legacy) && isNumber(d.Candidate) {
			return s.entities[entityOf(d.Path)]
		}
		if d.Kind == DifferentLength {
			return s.properties[lastName(d.Path)]
		}
	case ResponseChannel:
		return s.properties[lastName(d.Path)]
	case HTTPChannel, CallsChannel:
	}
	return ""
}

// within is the class of the effects that one side lacks, for what a response
// shows of them: a property, their number, items of a list.
func (s *scene) within(d *Difference) Class {
	if d.Channel != ResponseChannel {
		return ""
	}
	if class := s.parts[lastName(d.Path)]; class != "" {
		return class
	}
	apart := float64(s.lacking[Missing] - s.lacking[Extra])
	if pair, ok := numbersOf(d); ok && apart != 0 && pair[0]-pair[1] == apart {
		return s.ofWrites()
	}
	if isOtherItems(d) && s.writes {
		return s.ofWrites()
	}
	return ""
}

// ofWrites is the class of the effects that one side lacks, if it is one class.
func (s *scene) ofWrites() Class {
	missing, extra := s.writeClass[Missing], s.writeClass[Extra]
	switch {
	case missing == "", missing == extra:
		return extra
	case extra == "":
		return missing
	}
	return ""
}

func numbersOf(d *Difference) (pair [2]float64, ok bool) {
	x, errX := strconv.ParseFloat(d.Legacy, 64)
	y, errY := strconv.ParseFloat(d.Candidate, 64)
	return [2]float64{x, y}, errX == nil && errY == nil && d.Kind == DifferentValue
}

// lastName is the last name of a path, without indices.
func lastName(path string) string {
	for strings.HasSuffix(path, "]") {
		path = path[:max(0, strings.LastIndexByte(path, '['))]
	}
	return path[strings.LastIndexByte(path, '.')+1:]
}

// lastIndex is the index at the end of a path.
func lastIndex(path string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(path[strings.LastIndexByte(path, '[')+1:], "]"))
	if err != nil {
		return -1
	}
	return n
}

// objectOf is the path of the object that a member is of.
func objectOf(path string) string { return path[:max(0, strings.LastIndexByte(path, '.'))] }

// entityOf is the key at the beginning of the path of an effect.
func entityOf(path string) string {
	slash := strings.LastIndexByte(path, '/')
	if dot := strings.IndexByte(path[slash+1:], '.'); dot >= 0 {
		return path[:slash+1+dot]
	}
	return path
}

// namesIn are the names of the members in the text of an effect.
func namesIn(text string) []string {
	_, text, _ = strings.Cut(text, "{")
	var names []string
	for part := range strings.SplitSeq(text, ", ") {
		if name, _, ok := strings.Cut(part, ": "); ok {
			names = append(names, strings.TrimLeft(name, "{["))
		}
	}
	return names
}
