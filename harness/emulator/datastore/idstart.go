package datastore

// risingStep separates Rising ids, so that they do not look like a count.
const risingStep = 1 << 16

// rising is the n-th Rising id: 16 digits, in [2^52, 2^53) for the first 2^36.
func rising(n, seed uint64) int64 {
	return 1<<52 + int64(n&(1<<46-1))*risingStep + int64(mix(n+seed)%risingStep)
}

// WithIDsAfter is the same state, in which the Rising ids of a database are all
// greater than id: new entities stand behind those that are there. Of the ids
// that could be next, so many are skipped.
func (s *State) WithIDsAfter(project, database string, id int64, skip uint64) *State {
	db := dbID{project, database}
	c := *s.db(db)
	c.ids.next = skip
	if id >= 1<<52 {
		c.ids.next += uint64(id-1<<52)/risingStep + 1
	}
	return s.with(db, &c)
}

// SkipIDs is the same state, in which so many of the Rising ids that could be next
// in a database are skipped.
func (s *State) SkipIDs(project, database string, n uint64) *State {
	if n == 0 {
		return s
	}
	db := dbID{project, database}
	c := *s.db(db)
	c.ids.next += n
	return s.with(db, &c)
}
