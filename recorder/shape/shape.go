// Package shape tells recorded cases that show the same thing from cases that show
// something new, so that a day of traffic becomes a corpus that a person can review.
//
// Two cases have one shape when they agree in what is asked (the operation, however
// its document is written), in what kind of values they ask it with, in what kind of
// data it meets, and in what comes of it. Which ids, names and texts occur does not
// matter:
//
//	mutation renameAssignment(classId:string,id:string,title:empty){title}
//	fixture datastore Class 1 {coach:key,title:string}
//	answer 200 renameAssignment:null error renameAssignment "title must not be empty" BAD_INPUT
//
// It is a library without network and clock.
package shape

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sidebyside/replay/corpus"
)

// Shape identifies a shape: the hash of its [Text].
type Shape [sha256.Size]byte

// Of is the shape of a case. A case has the same one before it is saved and after
// it was loaded.
func Of(c *corpus.Case) Shape { return sha256.Sum256([]byte(Text(c))) }

// Text describes a shape in lines for a person, sorted where the order of what they
// describe does not matter.
func Text(c *corpus.Case) string {
	lines := []string{operation(&c.Request)}
	if len(c.Request.Headers) > 0 {
		lines = append(lines, "headers "+strings.Join(slices.Sorted(maps.Keys(c.Request.Headers)), ","))
	}
	lines = append(lines, fixture(c.Fixture)...)
	lines = append(lines, answer(&c.Expect))
	for _, store := range slices.Sorted(maps.Keys(c.Expect.Effects)) {
		lines = append(lines, effects("effects "+store, c.Expect.Effects[store])...)
	}
	return strings.Join(append(lines, calls(c.Expect.Calls)...), "\n") + "\n"
}

// class is how many there are, as far as a shape tells: none, one or many.
func class(n int) string {
	if n > 1 {
		return "n"
	}
	return fmt.Sprint(n)
}

// tally counts texts, and lists each with the class of its count.
type tally map[string]int

func (t tally) lines(prefix string) []string {
	var out []string
	for _, text := range slices.Sorted(maps.Keys(t)) {
		out = append(out, prefix+" "+class(t[text])+" "+text)
	}
	return out
}

// set joins distinct texts, sorted.
func set(texts []string, sep string) string {
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), sep)
}
