package main

import (
	"sort"

	"github.com/graphql-go/graphql"
)

func (a *app) person(p graphql.ResolveParams) (any, error) {
	if _, err := a.viewer(p.Context); err != nil {
		return nil, err
	}
	return a.orNull(p.Context, named("User", p.Args["id"].(string), nil))
}

func (a *app) email(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	user := p.Source.(*doc)
	if me.str("role") != "coach" && !me.key.Equal(user.key) {
		return nil, nil
	}
	return user.m["email"], nil
}

func (a *app) dashboard(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	if me.str("role") != "coach" {
		return nil, forbidden("only coaches have a dashboard")
	}
	classes, err := a.coached(p.Context, me.key, false)
	if err != nil {
		return nil, err
	}
	toGrade, upcoming, percents, at := []*doc{}, []*doc{}, []int64{}, came(p.Context)
	for _, class := range classes {
		work, err := a.work(p.Context, class.key, nil)
		if err != nil {
			return nil, err
		}
		for _, s := range work {
			switch s.str("state") {
			case "SUBMITTED", "LATE":
				toGrade = append(toGrade, s)
			case "GRADED":
				if s.m["percent"] != nil {
					percents = append(percents, s.num("percent"))
				}
			}
		}
		all, err := a.assignmentsOf(p.Context, class)
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			if d.str("state") == "OPEN" && d.at("due").After(at) {
				upcoming = append(upcoming, d)
			}
		}
	}
	return map[string]any{
		"coach": me, "classes": classes, "toGrade": toGrade,
		"upcoming": soonest(upcoming, 5), "averagePercent": average(percents, 2),
	}, nil
}

func soonest(list []*doc, most int) []*doc {
	sort.SliceStable(list, func(i, j int) bool {
		if x, y := list[i].at("due"), list[j].at("due"); !x.Equal(y) {
			return x.Before(y)
		}
		return list[i].key.ID < list[j].key.ID
	})
	if len(list) > most {
		list = list[:most]
	}
	return list
}
