package normalizers

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/sidebyside/replay/corpus"
)

// Identical reports whether two observations are the same to the last byte, so
// that nothing needs to be normalised to compare them. It may say false of
// observations that are equal in the end.
func Identical(a, b *corpus.Observation) bool {
	return a.HTTP.Status == b.HTTP.Status && maps.Equal(a.HTTP.Headers, b.HTTP.Headers) &&
		(a.Response == nil) == (b.Response == nil) && bytes.Equal(a.Response, b.Response) &&
		maps.EqualFunc(a.Effects, b.Effects, func(x, y []corpus.Effect) bool { return slices.EqualFunc(x, y, sameEffect) }) &&
		slices.EqualFunc(a.Calls, b.Calls, sameCall)
}

func sameEffect(a, b corpus.Effect) bool {
	return a.Op == b.Op && a.Key.Equal(b.Key) && slices.Equal(a.Unindexed, b.Unindexed) &&
		maps.EqualFunc(a.Properties, b.Properties, sameValue) && maps.EqualFunc(a.Set, b.Set, sameChange)
}

func sameChange(a, b corpus.Change) bool {
	return samePointer(a.From, b.From) && samePointer(a.To, b.To)
}

func samePointer(a, b *corpus.Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameValue(*a, *b)
}

func sameCall(a, b corpus.Call) bool {
	x, y := a.Request, b.Request
	return a.Upstream == b.Upstream && x.Method == y.Method && x.Path == y.Path && x.Document == y.Document &&
		(x.Variables == nil) == (y.Variables == nil) && bytes.Equal(x.Variables, y.Variables) &&
		(x.Body == nil) == (y.Body == nil) && bytes.Equal(x.Body, y.Body)
}

func sameValue(a, b corpus.Value) bool {
	switch a := a.(type) {
	case []byte:
		y, ok := b.([]byte)
		return ok && bytes.Equal(a, y)
	case time.Time:
		y, ok := b.(time.Time)
		return ok && a.Equal(y)
	case corpus.Key:
		y, ok := b.(corpus.Key)
		return ok && a.Equal(y)
	case *corpus.Entity:
		y, ok := b.(*corpus.Entity)
		return ok && a.Key.Equal(y.Key) && slices.Equal(a.Unindexed, y.Unindexed) && maps.EqualFunc(a.Properties, y.Properties, sameValue)
	case []corpus.Value:
		y, ok := b.([]corpus.Value)
		return ok && slices.EqualFunc(a, y, sameValue)
	case corpus.Meant:
		y, ok := b.(corpus.Meant)
		return ok && a.Meaning == y.Meaning && sameValue(a.Value, y.Value)
	case nil, bool, int64, float64, string, corpus.GeoPoint, corpus.Typed:
		return a == b
	}
	return false
}
