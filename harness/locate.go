package harness

import (
	"os"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// lineOf is the line in a case's file at which the recording says what a
// difference is about, or the nearest thing above it; 1 without a difference, 0
// where the file cannot be read (a case of a .zip).
func lineOf(file string, differences []Difference) int {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	_, root := strictyaml.Parse(file, data)
	if !root.Present() || len(differences) == 0 {
		return 1
	}
	at := root
	for _, step := range differences[0].steps() {
		next := descend(at, step)
		if !next.Present() {
			break
		}
		at = next
	}
	return max(1, at.Line)
}

// steps lead to the place of a difference from the root of a case's file.
func (d *Difference) steps() []string {
	list := []string{"expect", string(d.Channel)}
	path := d.Path
	if d.Store != "" {
		list = append(list, d.Store)
	}
	if d.Channel == EffectsChannel {
		entity, property, _ := strings.Cut(path, ".")
		list = append(list, "/"+entity)
		path = property
	}
	path = strings.ReplaceAll(path, "[", ".[")
	return append(list, strings.FieldsFunc(path, func(r rune) bool { return r == '.' })...)
}

// descend is the child of a node that a step names: "name" of an object, "[2]" of
// a list, "/Kind/id" among effects; absent where there is none.
func descend(n strictyaml.Node, step string) strictyaml.Node {
	var found strictyaml.Node
	switch {
	case n.List() && strings.HasPrefix(step, "/"):
		for _, item := range n.Content {
			if effect := n.Of(item); keyText(effect) == step[1:] {
				return effect
			}
		}
	case n.List():
		for i, item := range n.Content {
			if step == "["+strconv.Itoa(i)+"]" {
				return n.Of(item)
			}
		}
	case n.Mapping():
		for _, below := range []string{"", "set", "properties"} {
			inner := n
			if below != "" {
				inner = n.Child(below)
			}
			if inner.Mapping() {
				if found = inner.Child(step); found.Present() {
					return found
				}
			}
		}
	}
	return found
}

// keyText is the key of an effect as paths have it.
func keyText(effect strictyaml.Node) string {
	if !effect.Mapping() {
		return ""
	}
	for _, op := range []string{"insert", "update", "delete"} {
		key := effect.Child(op)
		if path := key.Child("path"); key.Present() && key.Mapping() && path.Present() {
			key = path
		}
		if key.Present() && key.List() {
			var parts []string
			for _, item := range key.Content {
				parts = append(parts, item.Value)
			}
			return strings.Join(parts, "/")
		}
	}
	return ""
}
