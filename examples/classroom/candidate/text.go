package main

import (
	"math"
	"strings"
	"unicode/utf8"
)

const titleBytes = 60

// cleanTitle makes what is stored of a title.
func (s *server) cleanTitle(title string) string {
	if s.broken("fixed-ascii-trim") {
		title = strings.TrimSpace(title)
	}
	// ported bug: ascii-trim. Only the plain space is trimmed.
	title = strings.Trim(title, " ")
	if s.broken("title-characters") {
		if utf8.RuneCountInString(title) > titleBytes {
			title = string([]rune(title)[:titleBytes])
		}
		return title
	}
	// ported bug: title-bytes. The limit counts bytes, and a character cut in two
	// is dropped.
	if len(title) > titleBytes {
		title = strings.ToValidUTF8(title[:titleBytes], "")
	}
	return title
}

// round keeps so many decimals.
func (s *server) round(x float64, decimals int) float64 {
	shift := math.Pow10(decimals)
	if s.broken("fixed-half-even") {
		return math.Round(x*shift) / shift
	}
	// ported bug: half-even. Halves go to the even neighbour.
	return math.RoundToEven(x*shift) / shift
}

// average is nil of nothing.
func (s *server) average(percents []int64, decimals int) *float64 {
	if len(percents) == 0 {
		return nil
	}
	sum := int64(0)
	for _, p := range percents {
		sum += p
	}
	mean := s.round(float64(sum)/float64(len(percents)), decimals)
	return &mean
}
