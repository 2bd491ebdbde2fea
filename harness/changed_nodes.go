package harness

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// parseFile is the root of a YAML file; absent where it cannot be read.
func parseFile(file string) strictyaml.Node {
	data, err := os.ReadFile(file)
	if err != nil {
		return strictyaml.Node{}
	}
	_, root := strictyaml.Parse(file, data)
	return root
}

// childrenOf are the values of a mapping by key.
func childrenOf(n strictyaml.Node) map[string]strictyaml.Node {
	out := map[string]strictyaml.Node{}
	if n.Mapping() {
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = n.Of(n.Content[i+1]).Resolve()
		}
	}
	return out
}

// itemsBeyond are the items of a list that the other has not, wherever they stand
// and however they are laid out.
func itemsBeyond(list, other strictyaml.Node) []strictyaml.Node {
	known := map[string]int{}
	if other.List() {
		for _, item := range other.Content {
			known[canonical(other.Of(item))]++
		}
	}
	var beyond []strictyaml.Node
	if list.List() {
		for _, item := range list.Content {
			n := list.Of(item).Resolve()
			if text := canonical(n); known[text] > 0 {
				known[text]--
			} else {
				beyond = append(beyond, n)
			}
		}
	}
	return beyond
}

// canonical is a text that two values share if they mean the same: position,
// layout, comments and the order of keys are left out.
func canonical(n strictyaml.Node) string {
	if !n.Present() {
		return ""
	}
	n = n.Resolve()
	var parts []string
	switch {
	case n.Mapping():
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, canonical(n.Of(n.Content[i]))+": "+canonical(n.Of(n.Content[i+1])))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case n.List():
		for _, item := range n.Content {
			parts = append(parts, canonical(n.Of(item)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return n.ShortTag() + " " + strconv.Quote(n.Value)
}
