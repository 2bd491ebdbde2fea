package redact

// findCards finds numbers of payment cards: 13 to 19 digits, in one piece or in
// groups, that a network gives out and whose check digit is right.
func findCards(v string) []span {
	const shortest = 13
	if len(v) < shortest {
		return nil
	}
	var found []span
	var room [8]span
	for i := 0; i < len(v); i++ {
		if !isDigit(v, i) {
			continue
		}
		groups := digitGroups(room[:0], v, i)
		enough := groups[len(groups)-1].end-i >= shortest
		for from := 0; enough && from < len(groups); from++ {
			if to := cardAt(v, groups, from); to > from {
				found = append(found, span{start: groups[from].start, end: groups[to-1].end, as: Card})
				from = to - 1
			}
		}
		i = groups[len(groups)-1].end - 1
	}
	return found
}

// digitGroups appends the groups of digits from i that a separator parts, or a dash
// between spaces, or two spaces.
func digitGroups(groups []span, v string, i int) []span {
	for {
		group := span{start: i}
		for isDigit(v, i) {
			i++
		}
		group.end = i
		groups = append(groups, group)
		for n, b := 0, byte(0); n < 3; n++ {
			next, size := separator(v, i)
			if next != ' ' && next != '-' && next != '.' || n > 0 && b != ' ' && next != ' ' || b == '.' {
				break
			}
			b, i = next, i+size
		}
		if !isDigit(v, i) {
			return groups
		}
	}
}

// separator is what may stand between groups of digits at i, as its ASCII
// counterpart, and its length; 0 if there is none.
func separator(v string, i int) (b byte, size int) {
	if i >= len(v) {
		return 0, 0
	}
	switch v[i] {
	case ' ', '-', '.', '(', ')', '/':
		return v[i], 1
	case 0xc2:
		if i+1 < len(v) && v[i+1] == 0xa0 { // no-break space
			return ' ', 2
		}
	case 0xe2:
		if i+2 >= len(v) || v[i+1] != 0x80 {
			break
		}
		switch last := v[i+2]; {
		case 0x80 <= last && last <= 0x8a, last == 0xaf: // U+2000 to U+200A, U+202F: spaces
			return ' ', 3
		case 0x90 <= last && last <= 0x93: // U+2010 to U+2013: hyphens and dashes
			return '-', 3
		}
	}
	return 0, 0
}

// cardAt is the group before which a card's number ends that begins with the
// group from; from itself if none does.
func cardAt(v string, groups []span, from int) int {
	const longest = 19
	start := groups[from].start
	track := start > 1 && v[start-2:start] == "%B" // of a magnetic stripe (ISO/IEC 7813)
	if v[start] == '0' || start > 0 && (alphanumeric(v[start-1]) || v[start-1] == '_') && !track {
		return from
	}
	decimals := start > 1 && v[start-1] == '.' && isDigit(v, start-2)
	var digits []byte
	to := from
	for i, g := range groups[from:] {
		if len(digits)+g.end-g.start > longest {
			break
		}
		digits = append(digits, v[g.start:g.end]...)
		whole := from == 0 && from+i+1 == len(groups)
		if g.end < len(v) && (alphanumeric(v[g.end]) || v[g.end] == '_') || decimals && i == 0 || !whole && !asPrinted(groups[from:from+i+1]) {
			continue
		}
		if network(string(digits)) && luhn(digits) == 0 {
			to = from + i + 1
		}
	}
	return to
}

// asPrinted reports whether groups are as cards show them: in one piece, by four,
// or 4-6-5 and 4-6-4. Among other numbers, only those are a card's.
func asPrinted(groups []span) bool {
	sizes := make([]int, len(groups))
	for i, g := range groups {
		sizes[i] = g.end - g.start
	}
	n := len(sizes)
	switch {
	case n == 1:
		return true
	case n == 3 && sizes[1] == 6:
		return sizes[0] == 4 && (sizes[2] == 4 || sizes[2] == 5)
	}
	for _, size := range sizes[:n-1] {
		if size != 4 {
			return false
		}
	}
	return sizes[n-1] <= 4
}

// network reports whether a payment network gives out numbers that begin so and
// are as long (ISO/IEC 7812; the networks' published ranges).
func network(d string) bool {
	n := len(d)
	if n < 13 || n > 19 {
		return false
	}
	two, three, four := d[:2], d[:3], d[:4]
	switch {
	case d[0] == '4':
		return n == 13 || n == 16 || n == 19
	case two >= "51" && two <= "55", four >= "2221" && four <= "2720":
		return n == 16
	case two == "34", two == "37":
		return n == 15
	case two == "36", two == "38", three >= "300" && three <= "305":
		return n == 14
	case four == "6011", two == "65", three >= "644" && three <= "649", two == "62", four >= "3528" && four <= "3589":
		return n >= 16
	case two == "50", two >= "56" && two <= "58", two == "67", two == "63": // Maestro
		return n >= 16
	case four >= "2200" && four <= "2204": // Mir
		return n >= 16
	}
	return false
}
