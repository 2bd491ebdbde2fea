package main

import (
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
)

// What legacy does by habit of its language, each with the mistake of doing it
// right.

func (r *request) float(f float64) string {
	if r.broken("fixed-float-repr") {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return pyFloat(f)
}

func (r *request) round(f float64, digits int) float64 {
	if r.broken("fixed-half-even") {
		scale := math.Pow10(digits)
		return math.Floor(f*scale+0.5) / scale
	}
	return pyRound(f, digits)
}

func (r *request) decimal(text string) string {
	if r.broken("fixed-decimal-str") {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
	}
	return pyDecimal(text)
}

func (r *request) divide(a, b int64) (quotient, rest int64) {
	if r.broken("fixed-floor-division") {
		return a / b, a % b
	}
	return floorDiv(a, b), floorMod(a, b)
}

func (r *request) modulo(a, b int64) int64 {
	if r.broken("fixed-floor-modulo") {
		return a % b
	}
	return floorMod(a, b)
}

// length counts code points.
//
// ported bug: code-points
func (r *request) length(s string) int {
	if r.broken("fixed-code-points") {
		return len(utf16.Encode([]rune(s))) // as a browser counts
	}
	return len([]rune(s))
}

// set is the text that is kept of one that may be missing or empty.
//
// ported bug: truthy-empty
func (r *request) set(s *string) *string {
	if s == nil || *s == "" && !r.broken("fixed-truthy-empty") {
		return nil
	}
	return s
}

// limited reports whether a course has a limit.
//
// ported bug: truthy-zero
func (r *request) limited(capacity int32) bool {
	return capacity != 0 || r.broken("fixed-truthy-zero")
}

// percent is of the points of an assessment, with one decimal.
func (r *request) percent(points, of string) (float64, error) {
	p, err := strconv.ParseFloat(points, 64)
	if err != nil {
		return 0, fmt.Errorf("points %q: %w", points, err)
	}
	whole, err := strconv.ParseFloat(of, 64)
	if err != nil {
		return 0, fmt.Errorf("points %q: %w", of, err)
	}
	return r.round(p*100/whole, 1), nil
}
