package normalizers

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// tolerance is how far two numbers may lie apart: in themselves, in parts of the
// larger one, or in steps from one float64 to the next.
type tolerance struct {
	absolute, relative float64
	ulp                uint64
}

// makeTolerance lets numbers differ a little.
func makeTolerance(p *params) rewrite {
	w := &tolerance{absolute: p.number("absolute"), relative: p.number("relative"), ulp: p.count("ulp")}
	if *w == (tolerance{}) {
		p.at.Problemf("tolerance needs absolute, relative or ulp; how far may the numbers lie apart?")
	}
	return func(m *moment, t *Tree) *Tree {
		if t.Kind != Number && t.Kind != Int && t.Kind != Float || t.within == w {
			return t
		}
		c := m.copy(t)
		c.within = w
		return c
	}
}

// near reports whether the numbers are as near to each other as the rule of
// either wants.
func (w *tolerance) near(a, b *Tree) bool {
	x, errX := strconv.ParseFloat(a.Shown, 64)
	y, errY := strconv.ParseFloat(b.Shown, 64)
	if errX != nil || errY != nil {
		return false
	}
	return math.Abs(x-y) <= max(w.absolute, w.relative*max(math.Abs(x), math.Abs(y))) || w.ulp > 0 && steps(x, y) <= w.ulp ||
		apart(a.Shown, b.Shown, w.absolute)
}

// apart reports whether two decimal literals lie no further apart than the
// distance, as people count: 0.12 and 0.13 lie 0.01 apart, which their floats do
// not.
func apart(a, b string, distance float64) bool {
	if distance == 0 || len(a)+len(b) > 80 || strings.ContainsAny(a+b, "eE") {
		return false
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	most, ok := new(big.Rat).SetString(strconv.FormatFloat(distance, 'g', -1, 64))
	if !okX || !okY || !ok {
		return false
	}
	return x.Sub(x, y).Abs(x).Cmp(most) <= 0
}

// steps counts the steps from one float64 to the other.
func steps(x, y float64) uint64 {
	if math.IsNaN(x) || math.IsNaN(y) {
		return math.MaxUint64
	}
	a, b := line(x), line(y)
	if a < b {
		a, b = b, a
	}
	return uint64(a) - uint64(b)
}

// line puts the floats in a row: neighbours have neighbouring numbers, and both
// zeros one (IEEE 754 orders floats of one sign as their bits).
func line(x float64) int64 {
	bits := int64(math.Float64bits(x))
	if bits < 0 {
		return math.MinInt64 - bits
	}
	return bits
}
