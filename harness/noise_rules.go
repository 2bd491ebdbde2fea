package harness

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sidebyside/replay/corpus/strictyaml"
	"github.com/sidebyside/replay/normalizers"
)

// permissiveness orders what a rule can do, by how much it lets pass.
var permissiveness = []string{
	"now", "instant", "date", "trim", "case", "json", "compressed-json", "url", "html", "null-is-absent",
	"unordered", "set", "tolerance", "generated", "ignore",
}

// remedy is a rule that explains an unstable place.
type remedy struct {
	spot
	use, params, reason string
}

// yaml is the rule as an item of the configuration's normalizers.
func (s remedy) yaml() string {
	return fmt.Sprintf("- {match: {%s}, use: %s%s, reason: %s}", s.match, s.use, s.params, strconv.Quote(s.reason))
}

// explain finds for each unstable place the least permissive rule after which
// the same observations no longer differ there.
func (n *noise) explain(ctx context.Context) (chosen []remedy, left []*unstable, err error) {
	rules := n.config.Rules
	for {
		if left, err = n.places(ctx, rules); err != nil {
			return chosen, left, err
		}
		progress := false
		for _, u := range left {
			s, more, err := n.explainOne(ctx, u, rules)
			if err != nil {
				return chosen, left, err
			}
			if s != nil {
				chosen, rules, progress = append(chosen, *s), more, true
			}
		}
		if !progress {
			break
		}
	}
	if len(left) == 0 {
		chosen, err = n.prune(ctx, chosen)
	}
	slices.SortStableFunc(chosen, func(a, b remedy) int { return cmp.Compare(a.rank(), b.rank()) })
	return chosen, left, err
}

func (s remedy) rank() int { return slices.Index(permissiveness, s.use) }

func (n *noise) explainOne(ctx context.Context, u *unstable, rules *normalizers.Rules) (*remedy, *normalizers.Rules, error) {
	for _, use := range permissiveness {
		if ctx.Err() != nil {
			return nil, nil, ErrInterrupted
		}
		if use == "generated" && u.channel == HTTPChannel {
			continue // nothing there is made up
		}
		s := remedy{spot: u.spot, use: use, reason: placeholder(u)}
		if use == "tolerance" {
			if s.params = toleranceOf(u); s.params == "" {
				continue
			}
		}
		more := n.with(rules, s)
		if more != nil && n.settles(u, more) {
			return &s, more, nil
		}
	}
	return nil, nil, nil
}

// placeholder names what was seen, where a person is to say why.
func placeholder(u *unstable) string {
	a, b := excerpts(u.sample[0].Legacy, u.sample[0].Candidate)
	return fmt.Sprintf("TODO say why: legacy gave %s and %s", a, b)
}

// with adds the rules to others, as the configuration would read them; nil where
// it would refuse.
func (n *noise) with(rules *normalizers.Rules, more ...remedy) *normalizers.Rules {
	var text strings.Builder
	for _, s := range more {
		text.WriteString(s.yaml() + "\n")
	}
	doc, node := strictyaml.Parse("noise", []byte(text.String()))
	if !node.Present() {
		return nil
	}
	out := rules.Extend(node, n.config.Schema)
	if doc.Problems().Err() != nil {
		return nil
	}
	return out
}

// settles reports whether under the rules no pair differs at the place.
func (n *noise) settles(u *unstable, rules *normalizers.Rules) bool {
	compared := newComparer(rules, n.config.Schema)
	for _, i := range u.pairs {
		p := n.pairs[i]
		got, err := compared.compareWhole(p.cs, p.first, p.again)
		if err != nil {
			return false // it contradicts another rule
		}
		for _, d := range got.Differences {
			if spotOf(d) == u.spot {
				return false
			}
		}
	}
	return true
}

// prune drops the rules that the others make needless, the most permissive first.
func (n *noise) prune(ctx context.Context, chosen []remedy) ([]remedy, error) {
	order := slices.Clone(chosen)
	slices.SortStableFunc(order, func(a, b remedy) int { return cmp.Compare(b.rank(), a.rank()) })
	for _, s := range order {
		fewer := slices.DeleteFunc(slices.Clone(chosen), func(other remedy) bool { return other == s })
		rules := n.config.Rules
		if len(fewer) > 0 {
			if rules = n.with(rules, fewer...); rules == nil {
				continue
			}
		}
		left, err := n.places(ctx, rules)
		if err != nil {
			return chosen, err
		}
		if len(left) == 0 {
			chosen = fewer
		}
	}
	return chosen, nil
}

// maxTolerated is how far numbers may lie apart, in parts of themselves, to be
// called one number: a counter is not.
const maxTolerated = 0.01

// toleranceOf is the parameter under which the numbers of a place are equal,
// rounded up to one digit; "" where they are integers or far apart.
func toleranceOf(u *unstable) string {
	most := 0.0
	for _, s := range u.sample {
		x, errX := strconv.ParseFloat(s.Legacy, 64)
		y, errY := strconv.ParseFloat(s.Candidate, 64)
		apart := math.Abs(x - y)
		if errX != nil || errY != nil || fitsInt(x) && fitsInt(y) || apart > maxTolerated*math.Max(math.Abs(x), math.Abs(y)) {
			return ""
		}
		most = math.Max(most, apart)
	}
	if most == 0 {
		return ""
	}
	unit := math.Pow10(int(math.Floor(math.Log10(most))))
	return ", absolute: " + strconv.FormatFloat(math.Ceil(most/unit*1.001)*unit, 'g', 3, 64)
}
