package datastore

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/datastore/apiv1/datastorepb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// planSummary names the indexes that the service would use.
func (p *plan) planSummary() *pb.PlanSummary {
	s := &pb.PlanSummary{}
	var seen []string
	for _, c := range p.disjuncts {
		scope := "Collection"
		if c.ancestor != "" {
			scope = "Includes ancestors"
		}
		for _, columns := range p.indexColumns(c) {
			if slices.Contains(seen, scope+columns) {
				continue
			}
			seen = append(seen, scope+columns)
			s.IndexesUsed = append(s.IndexesUsed, &structpb.Struct{Fields: map[string]*structpb.Value{
				"properties":  structpb.NewStringValue(columns),
				"query_scope": structpb.NewStringValue(scope),
			}})
		}
	}
	return s
}

// indexColumns lists the indexes of a disjunct: a composite one, one per merged
// equality, or one that is read alone.
func (p *plan) indexColumns(c conjunction) []string {
	n, composite := p.needs(c)
	key := "__name__ ASC"
	if len(p.orders) > 0 && p.orders[len(p.orders)-1].desc {
		key = "__name__ DESC"
	}
	columns := n.index().Properties
	if composite || len(n.equal) == 0 {
		return []string{columnText(columns, key)}
	}
	var merged []string
	for _, x := range columns {
		merged = append(merged, columnText([]IndexProperty{x}, key))
	}
	return merged
}

func columnText(columns []IndexProperty, key string) string {
	var parts []string
	for _, c := range columns {
		direction := "ASC"
		if c.Desc {
			direction = "DESC"
		}
		parts = append(parts, c.Name+" "+direction)
	}
	return "(" + strings.Join(append(parts, key), ", ") + ")"
}

// executionStats counts what a run read: an entity each for full results, else
// index entries, a thousand of which are billed as one read.
func executionStats(b *batch, kind pb.EntityResult_ResultType, returned int, took time.Duration) *pb.ExecutionStats {
	entries := len(b.rows) + b.skipped
	docs, reads := 0, max(1, (entries+999)/1000)
	if kind == pb.EntityResult_FULL {
		docs, reads = entries, entries
	}
	count := func(n int) *structpb.Value { return structpb.NewStringValue(fmt.Sprint(n)) }
	return &pb.ExecutionStats{
		ResultsReturned:   int64(returned),
		ReadOperations:    int64(reads),
		ExecutionDuration: durationpb.New(took),
		DebugStats: &structpb.Struct{Fields: map[string]*structpb.Value{
			"documents_scanned":     count(docs),
			"index_entries_scanned": count(entries),
			"billing_details": structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
				"documents_billable":     count(docs),
				"index_entries_billable": count(entries - docs),
				"min_query_cost":         count(0),
			}}),
		}},
	}
}
