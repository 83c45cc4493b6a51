package textdiff

import "math/bits"

// none is the number of a stretch that the other sequence does not have.
const none = -1

// Grams knows every stretch of k elements by a number, and where in b it is.
type grams struct {
	// names[t][p] is the number of the 2^t elements at p: equal for equal
	// stretches, none for one that is not in both sequences. As many levels as
	// the longest common run needs.
	names [][]int32
	n     int // where b begins

	size  int     // of the grams indexed last
	after []int32 // after[p-n]: the next place in b of the gram at p
	table table
}

// newGrams numbers stretches of plain, whose first n elements are a. Elements
// that autojunk calls popular are in no stretch.
func newGrams(plain []int32, n, distinct int, autojunk bool) *grams {
	g := &grams{n: n, after: make([]int32, len(plain)-n)}
	first := make([]int32, len(plain))
	counts := countsOf(plain[n:], distinct)
	own := countsOf(plain[:n], distinct)
	limit := len(plain)
	if length := len(plain) - n; autojunk && length >= 200 {
		limit = length/100 + 1
	}
	for p, id := range plain {
		first[p] = id
		if counts[id] == 0 || own[id] == 0 || counts[id] > limit {
			first[p] = none
		}
	}
	g.names = [][]int32{first}
	for g.double() {
	}
	return g
}

func countsOf(ids []int32, distinct int) []int {
	counts := make([]int, distinct)
	for _, id := range ids {
		counts[id]++
	}
	return counts
}

// double adds the level of stretches twice as long as the last level's; it
// reports whether the sequences have one in common.
func (g *grams) double() bool {
	half := 1 << (len(g.names) - 1)
	last := g.names[len(g.names)-1]
	level := make([]int32, len(last))
	key := func(p, end int) (uint64, bool) {
		if p+2*half > end {
			return 0, false
		}
		return pair(last[p], last[p+half])
	}
	g.table.reset(g.n)
	ids := int32(0)
	for p := range g.n {
		level[p] = none
		if k, ok := key(p, g.n); ok {
			entry, known := g.table.entry(k)
			if !known {
				entry.value = ids
				ids++
			}
			level[p] = entry.value
		}
	}
	common := make([]bool, ids)
	found := false
	for p := g.n; p < len(level); p++ {
		level[p] = none
		if k, ok := key(p, len(level)); ok {
			if id, known := g.table.lookup(k); known {
				level[p], common[id], found = id, true, true
			}
		}
	}
	for p := range g.n {
		if level[p] != none && !common[level[p]] {
			level[p] = none
		}
	}
	if found {
		g.names = append(g.names, level)
	}
	return found
}

// pair makes one key of two numbers; ok is false if one of them is none.
func pair(x, y int32) (key uint64, ok bool) {
	return uint64(uint32(x))<<32 | uint64(uint32(y)), x|y >= 0
}

// level returns what the grams of a size are made of: two stretches of a level
// that overlap, the second so much later. Without such a level no run is so long.
func (g *grams) level(size int) (names []int32, second int, ok bool) {
	t := bits.Len(uint(size)) - 1
	if t >= len(g.names) {
		return nil, 0, false
	}
	return g.names[t], size - 1<<t, true
}

// common reports whether a span has a run of size elements.
func (g *grams) common(r span, size int) bool {
	names, second, ok := g.level(size)
	if !ok {
		return false
	}
	fewlo, fewhi, lo, hi := r.alo, r.ahi, r.blo, r.bhi
	if fewhi-fewlo > hi-lo {
		fewlo, fewhi, lo, hi = lo, hi, fewlo, fewhi
	}
	g.table.reset(fewhi - fewlo)
	for p := fewlo; p+size <= fewhi; p++ {
		if key, ok := pair(names[p], names[p+second]); ok {
			g.table.entry(key)
		}
	}
	for p := lo; p+size <= hi; p++ {
		if key, ok := pair(names[p], names[p+second]); ok {
			if _, known := g.table.lookup(key); known {
				return true
			}
		}
	}
	return false
}

// index lists the places in b[blo:bhi] of every gram of a size, for [grams.next].
func (g *grams) index(blo, bhi, size int) {
	g.size = size
	names, second, _ := g.level(size)
	g.table.reset(bhi - blo)
	for p := bhi - size; p >= blo; p-- {
		if key, ok := pair(names[p], names[p+second]); ok {
			entry, known := g.table.entry(key)
			g.after[p-g.n] = none
			if known {
				g.after[p-g.n] = entry.value
			}
			entry.value = int32(p)
		}
	}
}

// next returns the first place from blo on of the indexed gram that a has at i.
// From call to call blo may only grow: places before it are forgotten.
func (g *grams) next(i, blo int) (j int, found bool) {
	names, second, _ := g.level(g.size)
	key, ok := pair(names[i], names[i+second])
	if !ok {
		return 0, false
	}
	slot := g.table.slot(key)
	if g.table.slots[slot].epoch != g.table.epoch {
		return 0, false
	}
	entry := &g.table.slots[slot]
	for entry.value != none && int(entry.value) < blo {
		entry.value = g.after[int(entry.value)-g.n]
	}
	return int(entry.value), entry.value != none
}
