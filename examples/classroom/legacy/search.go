package main

import (
	"cloud.google.com/go/datastore"
	"github.com/graphql-go/graphql"
)

func (a *app) search(p graphql.ResolveParams) (any, error) {
	me, err := a.viewer(p.Context)
	if err != nil {
		return nil, err
	}
	text, limit := p.Args["text"].(string), or(p.Args["limit"], 10).(int)
	if text == "" {
		return nil, badInput("text must not be empty")
	}
	if limit < 1 || limit > 50 {
		return nil, badInput("limit must be between 1 and 50")
	}
	hits := []*doc{}
	for _, in := range []struct{ kind, property string }{{"Class", "title"}, {"Assignment", "title"}, {"User", "name"}} {
		// ported bug: search-ceiling. Titles go on with characters above U+FFFD,
		// such as emoji, and are not found.
		// ported bug: limit-before-rights. The limit counts what the caller may
		// not see, so that an answer can be too short.
		found, err := a.all(p.Context, datastore.NewQuery(in.kind).FilterField(in.property, ">=", text).
			FilterField(in.property, "<", text+"\ufffd").Order(in.property).Limit(limit))
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			ok, err := a.visible(p, me, d)
			if err != nil {
				return nil, err
			}
			if ok && len(hits) < limit {
				hits = append(hits, d)
			}
		}
	}
	return hits, nil
}

// visible tells whether a search may show this: one's own classes and what is
// in them, and people to coaches.
func (a *app) visible(p graphql.ResolveParams, me, d *doc) (bool, error) {
	switch d.key.Kind {
	case "Class":
		return coaches(d, me.key), nil
	case "Assignment":
		class, err := a.get(p.Context, d.key.Parent)
		return class != nil && coaches(class, me.key), err
	default:
		return me.str("role") == "coach", nil
	}
}
