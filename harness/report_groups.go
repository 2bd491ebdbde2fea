package harness

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// group is failing results of one verdict and likely cause: thousands of cases
// are then a few things to look at.
type group struct {
	verdict Verdict
	class   Class  // "" where nothing was compared
	message string // then: what the results say, without what varies
	results []Result
	places  []placeCount
}

// placeCount is where results of a group differ, and how many of them do.
type placeCount struct {
	title string
	cases int
}

// groups gathers the failing results, worst and largest first.
func (r *Report) groups() []group {
	type key struct {
		verdict Verdict
		class   Class
		message string
	}
	index := map[key]int{}
	var list []group
	for _, res := range r.Results {
		if !res.Verdict.Fails() {
			continue
		}
		k := key{verdict: res.Verdict, class: mainClass(res.Differences)}
		if k.class == "" {
			k.message = groupTitle(res)
		}
		i, ok := index[k]
		if !ok {
			i = len(list)
			index[k] = i
			list = append(list, group{verdict: k.verdict, class: k.class, message: k.message})
		}
		list[i].results = append(list[i].results, res)
	}
	for i := range list {
		list[i].findPlaces()
	}
	slices.SortStableFunc(list, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.verdict, a.verdict), cmp.Compare(len(b.results), len(a.results)), strings.Compare(a.title(), b.title()))
	})
	return list
}

// title names the group: its class, or what it says.
func (g group) title() string {
	if g.class != "" {
		return string(g.class)
	}
	return g.message
}

// findPlaces counts the places, and puts a case of each before further ones: the
// first cases are those that are shown.
func (g *group) findPlaces() {
	if g.class == "" {
		return
	}
	at := map[string]int{}
	var firsts, rest []Result
	for _, res := range g.results {
		title := groupTitle(res)
		i, ok := at[title]
		if !ok {
			i = len(g.places)
			at[title] = i
			g.places = append(g.places, placeCount{title: title})
			firsts = append(firsts, res)
		} else {
			rest = append(rest, res)
		}
		g.places[i].cases++
	}
	g.results = slices.Concat(firsts, rest)
	slices.SortStableFunc(g.places, func(a, b placeCount) int { return cmp.Compare(b.cases, a.cases) })
}

// classSum is how often a class occurs among the failing results.
type classSum struct {
	class              Class
	cases, differences int
}

// classes counts the differences by class, the most frequent first.
func (r *Report) classes() []classSum {
	sums := map[Class]*classSum{}
	var list []*classSum
	for _, res := range r.Results {
		if !res.Verdict.Fails() {
			continue
		}
		seen := map[Class]bool{}
		for i := range res.Differences {
			class := cmp.Or(res.Differences[i].Class, UnknownCause)
			if sums[class] == nil {
				sums[class] = &classSum{class: class}
				list = append(list, sums[class])
			}
			sums[class].differences++
			if !seen[class] {
				seen[class] = true
				sums[class].cases++
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *classSum) int {
		return cmp.Or(cmp.Compare(b.cases, a.cases), cmp.Compare(b.differences, a.differences))
	})
	out := make([]classSum, len(list))
	for i, s := range list {
		out[i] = *s
	}
	return out
}

// groupTitle says what is alike: the root fields, and where and how they differ.
func groupTitle(res Result) string {
	title := strings.Join(res.Fields, ", ")
	if len(res.Differences) == 0 {
		first, _, _ := strings.Cut(res.Message, "\n")
		if first == "" {
			return title
		}
		return title + ": " + generalise(first)
	}
	var places []string
	for _, d := range res.Differences {
		p := d.place() + " " + string(d.Kind)
		if !slices.Contains(places, p) {
			places = append(places, p)
		}
	}
	slices.Sort(places)
	const most = 3
	more := ""
	if len(places) > most {
		places, more = places[:most], ", …"
	}
	return title + ": " + strings.Join(places, ", ") + more
}

// place is where a difference is, without what varies from case to case.
func (d Difference) place() string {
	where := d.Coordinate
	if where == "" {
		where = generalise(d.Path)
	}
	if d.Channel == EffectsChannel {
		return "stored " + where
	}
	return string(d.Channel) + " " + where
}

var (
	listIndex = regexp.MustCompile(`\[\d+\]`)
	number    = regexp.MustCompile(`\d+`)
)

func generalise(s string) string {
	return number.ReplaceAllString(listIndex.ReplaceAllString(s, "[*]"), "#")
}
