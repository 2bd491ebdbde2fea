package harness

const (
	// maxDifferences is how many differences of a case a result keeps.
	maxDifferences = 200
	// maxCompared is how many differences of a case are looked at: the ledger and
	// the classes need more than what is kept.
	maxCompared = 10_000
)

// limit keeps those differences of a case that a report shows, in their order,
// first those that the ledger does not accept. It returns how many more there
// were.
func limit(all []Difference) ([]Difference, int) {
	if len(all) <= maxDifferences {
		return all, 0
	}
	unknown := 0
	for i := range all {
		unknown += index(all[i].Ledger == "")
	}
	known := max(0, maxDifferences-unknown)
	kept := make([]Difference, 0, maxDifferences)
	for i := range all {
		if all[i].Ledger != "" {
			if known == 0 {
				continue
			}
			known--
		}
		if len(kept) < maxDifferences {
			kept = append(kept, all[i])
		}
	}
	return kept, len(all) - len(kept)
}

// differing counts the differences, those that are not kept included.
func (res Result) differing() int { return len(res.Differences) + res.Omitted }

// whereRest says where the differences are that are not shown.
func (res Result) whereRest() string {
	if res.Omitted > 0 {
		return ""
	}
	return "; --report json has them all"
}
