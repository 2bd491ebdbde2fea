package main

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/datastore"
	"github.com/graph-gophers/graphql-go"
)

type assignmentFilter struct {
	State     *string
	Label     *string
	DueBefore *dateTime
}

type listingArgs struct {
	ClassID    graphql.ID
	Filter     *assignmentFilter
	Order      *string
	Page, Size *int32
}

type assignmentPage struct {
	nodes []*assignmentResolver
	total int
	page  int
	more  bool
}

func (p *assignmentPage) Nodes() []*assignmentResolver { return p.nodes }
func (p *assignmentPage) Total() int32                 { return int32(p.total) }
func (p *assignmentPage) Page() int32                  { return int32(p.page) }
func (p *assignmentPage) HasMore() bool                { return p.more }

// Assignments is a root query.
func (s *server) Assignments(ctx context.Context, args listingArgs) (*assignmentPage, error) {
	me, c, err := s.seen(ctx, string(args.ClassID))
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, notFound("class", string(args.ClassID))
	}
	page, size, filter := int(or(args.Page, 1)), int(or(args.Size, 10)), or(args.Filter, assignmentFilter{})
	order := or(args.Order, "POSITION")
	if err := checkListing(page, size, order, filter); err != nil {
		return nil, err
	}
	if !c.coachedBy(me) {
		if filter.State != nil && *filter.State == string(stateDraft) {
			return nil, forbidden("students see no drafts")
		}
		open := or(filter.State, string(stateOpen))
		filter.State = &open
	}
	return s.page(ctx, c, s.listing(c, order, filter), page, size)
}

func checkListing(page, size int, order string, filter assignmentFilter) error {
	switch {
	case page < 1:
		return badInput("page must be at least 1")
	case size < 1 || size > 50:
		return badInput("size must be between 1 and 50")
	case filter.DueBefore != nil && order != "DUE":
		return badInput("dueBefore needs order DUE")
	}
	return nil
}

// listing is the query for all that matches; the key decides between equals.
func (s *server) listing(c *class, order string, filter assignmentFilter) *datastore.Query {
	q := datastore.NewQuery("Assignment").Ancestor(c.Key)
	if filter.State != nil {
		q = q.FilterField("state", "=", *filter.State)
	}
	if filter.Label != nil {
		q = q.FilterField("labels", "=", *filter.Label)
	}
	if filter.DueBefore != nil {
		q = q.FilterField("due", "<", filter.DueBefore.Time)
		if !s.broken("null-is-early") {
			q = q.FilterField("due", ">", earliest)
		}
	}
	switch {
	case order == "DUE" && s.broken("wrong-order"):
		return q.Order("-due")
	case order == "DUE":
		return q.Order("due")
	case order == "TITLE":
		return q.Order("title")
	default:
		return q.Order("position")
	}
}

// page cuts one page out of a listing and counts the whole.
func (s *server) page(ctx context.Context, c *class, q *datastore.Query, page, size int) (*assignmentPage, error) {
	keys, err := s.db.GetAll(ctx, q.KeysOnly(), nil)
	if err != nil {
		return nil, err
	}
	from := (page - 1) * size
	if s.broken("off-by-one-page") && page > 1 {
		from--
	}
	rows := keys[min(from, len(keys)):min(from+size, len(keys))]
	found, err := findAll[assignment](ctx, s, rows)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(a *assignment) bool { return a == nil })
	// ported bug: full-last-page. A full page claims that there is another one.
	more := len(found) == size
	if s.broken("fixed-full-last-page") {
		more = from+size < len(keys)
	}
	return &assignmentPage{nodes: s.assignmentsIn(c, found), total: len(keys), page: page, more: more}, nil
}

// Assignments are the first few of a class. Students see no drafts.
func (r *classResolver) Assignments(ctx context.Context, args struct{ First *int32 }) (*[]*assignmentResolver, error) {
	first := int(or(args.First, 5))
	if first < 0 {
		return nil, badInput("first must not be negative")
	}
	me, err := r.s.viewer(ctx)
	if err != nil {
		return nil, err
	}
	all, err := r.s.ordered(ctx, r.c)
	if err != nil {
		return nil, err
	}
	if !r.c.coachedBy(me) {
		all = slices.DeleteFunc(all, func(a *assignment) bool { return a.State == stateDraft })
	}
	list := r.s.assignmentsIn(r.c, all[:min(first, len(all))])
	return &list, nil
}

// earliest is the first instant that Datastore can store. What has no due date
// is stored as null, which sorts before it.
var earliest = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
