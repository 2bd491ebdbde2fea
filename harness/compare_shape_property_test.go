package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

// inTokens spells the ids of a rendered world as tokens, each side its own, and
// says nothing of which were given out.
func inTokens(s side, base int64, length int) side {
	token := func(id int64) string {
		sum := sha256.Sum256([]byte(fmt.Sprint(s.name, base, id)))
		return hex.EncodeToString(sum[:])[:length-2] + "a1"
	}
	text := regexp.MustCompile(`"also":(\d+)`).ReplaceAllString(string(s.obs.Response), `"also":"$1"`)
	text = regexp.MustCompile(`\d{9}`).ReplaceAllStringFunc(text, func(digits string) string {
		id, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return digits
		}
		return token(id)
	})
	s.obs.Response = corpus.JSON(text)
	named := func(k corpus.Key) corpus.Key {
		return corpus.Key{Path: []corpus.PathElement{k.Path[0], {Kind: k.Path[1].Kind, Name: token(k.Path[1].ID)}}}
	}
	for i, e := range s.obs.Effects["datastore"] {
		e.Key = named(e.Key)
		if link, ok := e.Properties["link"].(corpus.Key); ok {
			e.Properties["link"] = named(link)
		}
		s.obs.Effects["datastore"][i] = e
	}
	s.allocated = nil
	return s
}

// TestEquivalenceOfTokensIsExact is TestEquivalenceIsExact for values that are
// known by their shape alone; and none of them is generated once the recording
// has the same.
func TestEquivalenceOfTokensIsExact(t *testing.T) {
	identity := []int{0, 1, 2, 3}
	rules := worldRules(t)
	rapid.Check(t, func(t *rapid.T) {
		c, cs := newComparer(rules, nil), &corpus.Case{}
		w := drawWorld(t)
		other := w.mutate(t)
		length := rapid.SampledFrom([]int{24, 32, 40, 64}).Draw(t, "length")
		left := inTokens(w.render("legacy", 100_000_000, identity, 0), 1, length)
		right := inTokens(other.render("candidate", 500_000_000, rapid.Permutation(identity).Draw(t, "ids"), rapid.IntRange(0, 3).Draw(t, "turn")), 2, length)
		got := mustCompare(t, c, cs, left, right)
		if want := w.canonical() == other.canonical(); want != (len(got.Differences) == 0) {
			t.Fatalf("equivalent: want %v\nlegacy    %s %v\ncandidate %s %v\n%+v", want,
				left.obs.Response, left.obs.Effects, right.obs.Response, right.obs.Effects, got.Differences)
		}
		recorded := &corpus.Case{Expect: *left.obs}
		constant := mustCompare(t, c, recorded, left, right)
		if len(w.Entities)+len(w.Ordered)+len(w.Bag) > 0 && len(constant.Differences) == 0 {
			t.Fatalf("what legacy says every time may differ: %s, %s", left.obs.Response, right.obs.Response)
		}
	})
}
