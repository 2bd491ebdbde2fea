package harness

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/normalizers"
)

// unstable is a place that differs, with the pairs in which it does.
type unstable struct {
	spot
	kind   Kind
	pairs  []int // of noise.pairs
	sample []sample
}

// spot names a place as a rule does.
type spot struct {
	channel Channel
	match   string // "property: Class.created"
}

// sample is one difference there.
type sample struct {
	pair int
	Difference
}

// places collects what differs under the rules. The order is that of the
// channels, then of the matches.
func (n *noise) places(ctx context.Context, rules *normalizers.Rules) ([]*unstable, error) {
	found := map[spot]*unstable{}
	compared := newComparer(rules, n.config.Schema)
	for i, p := range n.pairs {
		if ctx.Err() != nil {
			return nil, ErrInterrupted
		}
		got, err := compared.compareWhole(p.cs, p.first, p.again)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", p.cs.Name, err)
		}
		for _, d := range got.Differences {
			at := spotOf(d)
			u := found[at]
			if u == nil {
				u = &unstable{spot: at, kind: d.Kind}
				found[at] = u
			}
			if len(u.pairs) == 0 || u.pairs[len(u.pairs)-1] != i {
				u.pairs = append(u.pairs, i)
				u.sample = append(u.sample, sample{i, d})
			}
		}
	}
	var out []*unstable
	for _, u := range found {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *unstable) int {
		return cmp.Or(slices.Index(Channels(), a.channel)-slices.Index(Channels(), b.channel), strings.Compare(a.match, b.match))
	})
	return out, nil
}

// spotOf is the narrowest match of a rule for the place of a difference, in all
// cases in which it occurs: by coordinate or property where there is one, else by
// path.
func spotOf(d Difference) spot {
	at := spot{channel: d.Channel, match: "path: " + ruleText(pathOf(d))}
	switch {
	case d.Channel == ResponseChannel && d.Coordinate != "" && !strings.Contains(d.Coordinate, ".__"):
		at.match = "coordinate: " + d.Coordinate
	case d.Channel == EffectsChannel:
		if p := propertyOf(d); p != "" {
			at.match = "property: " + ruleText(p)
		}
	}
	return at
}

var indices = regexp.MustCompile(`\[\d+\]`)

// pathOf is the path of a rule, open to all items of lists and all ids.
func pathOf(d Difference) string {
	path := indices.ReplaceAllString(d.Path, "[*]")
	switch d.Channel {
	case EffectsChannel:
		kind, _, _ := strings.Cut(d.Coordinate, ".")
		return "effects:" + d.Store + "/**/" + kind + "/*"
	case CallsChannel:
		return "calls:" + path
	}
	return string(d.Channel) + ":" + path
}

// propertyOf is Kind.name, with the names of embedded entities; "" for what is
// said of a whole effect.
func propertyOf(d Difference) string {
	kind, name, ok := strings.Cut(d.Coordinate, ".")
	if !ok {
		return ""
	}
	path := indices.ReplaceAllString(d.Path, "")
	// The key comes first, and may itself hold what looks like the property.
	at := strings.LastIndex(path, "."+name)
	if slash := strings.LastIndexByte(path, '/'); at < slash || at < 0 {
		return kind + "." + name
	}
	return kind + path[at:]
}

var plainText = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// ruleText is a text as YAML, within braces too. What Go quotes with an escape
// that YAML has not does not come up in paths.
func ruleText(s string) string {
	if plainText.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// cases counts the cases among the pairs.
func (n *noise) casesOf(u *unstable) int {
	seen := map[string]bool{}
	for _, i := range u.pairs {
		seen[n.pairs[i].cs.Name] = true
	}
	return len(seen)
}
