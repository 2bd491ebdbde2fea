package normalizers

import "sort"

// inOrder pairs equal items of ordered lists that keep their order: the common
// beginning, the common end, and a longest common subsequence between.
func (a *aligner) inOrder() {
	start := 0
	for start < len(a.left) && start < len(a.right) && a.left[start].hash == a.right[start].hash {
		a.join(start, start)
		start++
	}
	l, r := len(a.left), len(a.right)
	for l > start && r > start && a.left[l-1].hash == a.right[r-1].hash {
		l, r = l-1, r-1
		a.join(l, r)
	}
	switch n, m := l-start, r-start; {
	case n == 0 || m == 0:
	case n*m <= maxTable:
		a.subsequence(start, l, start, r)
	default:
		a.increasing(start, l, start, r)
	}
}

// maxTable bounds the table of the common subsequence, in cells; of longer lists
// equal items are paired by rank, and those that keep their order stay paired.
const maxTable = 1 << 20

// increasing pairs equal items by rank and keeps a longest part in order.
func (a *aligner) increasing(l0, l1, r0, r1 int) {
	waiting := map[uint64][]int{}
	for k := r0; k < r1; k++ {
		waiting[a.right[k].hash] = append(waiting[a.right[k].hash], k)
	}
	var pairs [][2]int
	for i := l0; i < l1; i++ {
		if list := waiting[a.left[i].hash]; len(list) > 0 {
			pairs = append(pairs, [2]int{i, list[0]})
			waiting[a.left[i].hash] = list[1:]
		}
	}
	for _, p := range longestIncreasing(pairs) {
		a.join(p[0], p[1])
	}
}

// longestIncreasing is a longest part of the pairs in which the second numbers
// grow (patience sorting).
func longestIncreasing(pairs [][2]int) [][2]int {
	var piles []int // index of the pair on top
	before := make([]int, len(pairs))
	for i, p := range pairs {
		pile := sort.Search(len(piles), func(k int) bool { return pairs[piles[k]][1] >= p[1] })
		before[i] = -1
		if pile > 0 {
			before[i] = piles[pile-1]
		}
		if pile == len(piles) {
			piles = append(piles, i)
		} else {
			piles[pile] = i
		}
	}
	if len(piles) == 0 {
		return nil
	}
	out := make([][2]int, len(piles))
	for i, n := piles[len(piles)-1], len(piles)-1; n >= 0; i, n = before[i], n-1 {
		out[n] = pairs[i]
	}
	return out
}

func (a *aligner) subsequence(l0, l1, r0, r1 int) {
	n, m := l1-l0, r1-r0
	table := make([]int32, (n+1)*(m+1))
	at := func(i, k int) *int32 { return &table[i*(m+1)+k] }
	for i := n - 1; i >= 0; i-- {
		for k := m - 1; k >= 0; k-- {
			if a.left[l0+i].hash == a.right[r0+k].hash {
				*at(i, k) = *at(i+1, k+1) + 1
			} else {
				*at(i, k) = max(*at(i+1, k), *at(i, k+1))
			}
		}
	}
	for i, k := 0, 0; i < n && k < m; {
		switch {
		case a.left[l0+i].hash == a.right[r0+k].hash:
			a.join(l0+i, r0+k)
			i, k = i+1, k+1
		case *at(i+1, k) >= *at(i, k+1):
			i++
		default:
			k++
		}
	}
}

// elsewhere pairs equal items that stand in another order, and reports whether
// there were any.
func (a *aligner) elsewhere() bool {
	before := 0
	for _, r := range a.toRight {
		if r >= 0 {
			before++
		}
	}
	a.byHash((*Tree).currentHash)
	for _, r := range a.toRight {
		if r >= 0 {
			before--
		}
	}
	return before < 0
}

// gaps pairs the items between those that are equal: place by place where as
// many stand on both sides, else those most alike in order.
func (a *aligner) gaps() {
	l, r := 0, 0
	for l <= len(a.left) && r <= len(a.right) {
		l1, r1 := a.gapEnd(l, r)
		a.gap(l, l1, r, r1)
		l, r = l1+1, r1+1
	}
}

// gapEnd finds the next pair of equal items in order, or the ends.
func (a *aligner) gapEnd(l, r int) (int, int) {
	for i := l; i < len(a.left); i++ {
		if k := a.anchors[i]; k >= r {
			return i, k
		}
	}
	return len(a.left), len(a.right)
}

func (a *aligner) gap(l0, l1, r0, r1 int) {
	var ls, rs []int
	for i := l0; i < l1; i++ {
		if a.toRight[i] < 0 {
			ls = append(ls, i)
		}
	}
	for k := r0; k < r1; k++ {
		if a.toLeft[k] < 0 {
			rs = append(rs, k)
		}
	}
	if len(ls) == len(rs) && a.placeByPlace(ls, rs) {
		return
	}
	if len(ls)*len(rs) <= maxLikeness {
		a.mostAlike(ls, rs)
	}
}

// placeByPlace pairs as many items on both sides in order, unless that would pair
// objects that are told to be others by their ids and have little in common.
func (a *aligner) placeByPlace(ls, rs []int) bool {
	for i, l := range ls {
		x, y := a.left[l], a.right[rs[i]]
		if otherID(x, y) && likeness(x, y, 3) < enoughAlike {
			return false
		}
	}
	for i, l := range ls {
		a.join(l, rs[i])
	}
	return true
}

func otherID(x, y *Tree) bool {
	id, other := x.Get("id"), y.Get("id")
	return id != nil && other != nil && id.hash != other.hash
}

// mostAlike pairs in order so that the sum of likeness is greatest.
func (a *aligner) mostAlike(ls, rs []int) {
	n, m := len(ls), len(rs)
	best := make([][]float64, n+1)
	for i := range best {
		best[i] = make([]float64, m+1)
	}
	alike := func(i, k int) float64 {
		if s := likeness(a.left[ls[i]], a.right[rs[k]], 3); s >= enoughAlike {
			return s
		}
		return 0
	}
	for i := n - 1; i >= 0; i-- {
		for k := m - 1; k >= 0; k-- {
			best[i][k] = max(best[i+1][k], best[i][k+1], alike(i, k)+best[i+1][k+1])
		}
	}
	for i, k := 0, 0; i < n && k < m; {
		s := alike(i, k)
		switch {
		case s > 0 && best[i][k] == s+best[i+1][k+1]:
			a.join(ls[i], rs[k])
			i, k = i+1, k+1
		case best[i][k] == best[i+1][k]:
			i++
		default:
			k++
		}
	}
}
