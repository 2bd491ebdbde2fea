package harness

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// group is failing results that differ in the same places: thousands of cases
// are then a few things to look at.
type group struct {
	verdict Verdict
	title   string
	results []Result
}

// groups gathers the failing results, worst and largest first.
func (r *Report) groups() []group {
	index := map[string]int{}
	var list []group
	for _, res := range r.Results {
		if !res.Verdict.Fails() {
			continue
		}
		title := groupTitle(res)
		key := res.Verdict.String() + "\x00" + title
		i, ok := index[key]
		if !ok {
			i = len(list)
			index[key] = i
			list = append(list, group{verdict: res.Verdict, title: title})
		}
		list[i].results = append(list[i].results, res)
	}
	slices.SortStableFunc(list, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.verdict, a.verdict), cmp.Compare(len(b.results), len(a.results)), strings.Compare(a.title, b.title))
	})
	return list
}

// groupTitle says what is alike: the root fields, and where and how they differ.
func groupTitle(res Result) string {
	title := strings.Join(res.Fields, ", ")
	if res.Verdict == Errored {
		first, _, _ := strings.Cut(res.Message, "\n")
		return title + ": " + generalise(first)
	}
	if len(res.Differences) == 0 {
		return title
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
