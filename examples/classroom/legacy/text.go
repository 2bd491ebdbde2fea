package main

import (
	"math"
	"strings"
)

const titleBytes = 60

// cleanTitle makes what is stored of a title.
func cleanTitle(s string) string {
	// ported bug: ascii-trim. Only the plain space is trimmed; tabs, line ends
	// and no-break spaces stay.
	s = strings.Trim(s, " ")
	if len(s) <= titleBytes {
		return s
	}
	// ported bug: title-bytes. The limit counts bytes, not characters, and a
	// character cut in two is dropped.
	return strings.ToValidUTF8(s[:titleBytes], "")
}

// round keeps so many decimals.
func round(x float64, decimals int) float64 {
	shift := math.Pow10(decimals)
	// ported bug: half-even. Halves go to the even neighbour, as the language of
	// the first version did, and not up.
	return math.RoundToEven(x*shift) / shift
}
