package features

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

// suggest names the known name that was probably meant. It goes further than a
// configuration does, where two letters changed places.
func suggest(name string, known []string) string {
	text := strictyaml.Suggest(name, known)
	if strings.Contains(text, "did you mean") || len(name) < 4 {
		return text
	}
	for _, k := range slices.Sorted(slices.Values(known)) {
		if levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k)) <= 2 {
			return fmt.Sprintf("; did you mean %q?", k)
		}
	}
	return text
}
