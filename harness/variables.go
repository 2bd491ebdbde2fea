package harness

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
)

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// expand replaces ${NAME} by its value. What has no value stays: the
// configuration was checked for unknown names when it was loaded.
func expand(s string, values map[string]string) string {
	if !strings.Contains(s, "${") {
		return s
	}
	return variable.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := values[m[2:len(m)-1]]; ok {
			return v
		}
		return m
	})
}

func expandAll(list []string, values map[string]string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = expand(s, values)
	}
	return out
}

// variableNames are the names that ${} may hold in an implementation.
func (c *Config) variableNames() []string {
	names := []string{"PORT", "OUT", "LANE"}
	for _, s := range c.Stores {
		names = append(names, fmt.Sprintf("stores.%s.url", s.Name))
	}
	for _, u := range c.Upstreams {
		names = append(names, fmt.Sprintf("upstreams.%s.url", u.Name))
	}
	return names
}

// checkVariables reports every ${} below the node that means nothing.
func (c *Config) checkVariables(implementations strictyaml.Node) {
	known := c.variableNames()
	implementations.Scalars(func(n strictyaml.Node) {
		for _, m := range variable.FindAllStringSubmatch(n.Value, -1) {
			if !slices.Contains(known, m[1]) {
				n.Problemf("unknown variable %q%s", m[0], strictyaml.Suggest(m[1], known))
			}
		}
	})
}
