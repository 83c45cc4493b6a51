package textdiff

import "math"

// A search finds the blocks of an alignment. Positions are in one joint text: a
// is [0, n), b is [n, end), so that stretches of both have numbers of one kind.
type search struct {
	plain  []int32 // one number per distinct element
	n, end int
	grams  *grams
	rows   []int32 // scratch of pairs
	found  []Block
	todo   []span
}

// A span is a rectangle still to be searched, a[alo:ahi] against b[blo:bhi] in
// joint positions. No run in it is longer than most.
type span struct {
	alo, ahi, blo, bhi int
	most               int
}

func newSearch[T comparable](a, b []T, autojunk bool) *search {
	s := &search{n: len(a), end: len(a) + len(b)}
	if s.end > math.MaxInt32 {
		panic("textdiff: more than 2^31 elements") // 8 GB of text; numbers are 32 bits wide
	}
	s.plain = make([]int32, 0, s.end)
	ids := make(map[T]int32)
	for _, sequence := range [][]T{a, b} {
		for _, element := range sequence {
			id, known := ids[element]
			if !known {
				id = int32(len(ids))
				ids[element] = id
			}
			s.plain = append(s.plain, id)
		}
	}
	s.grams = newGrams(s.plain, s.n, len(ids), autojunk)
	return s
}

// run works off spans in any order: what is found in one is not looked at in
// another.
func (s *search) run() {
	s.push(span{0, s.n, s.n, s.end, s.n})
	for len(s.todo) > 0 {
		last := len(s.todo) - 1
		r := s.todo[last]
		s.todo = s.todo[:last]
		s.split(r)
	}
}

func (s *search) push(r span) {
	if r.alo < r.ahi && r.blo < r.bhi {
		r.most = min(r.most, r.ahi-r.alo, r.bhi-r.blo)
		s.todo = append(s.todo, r)
	}
}

// fewPairs is how many pairs may be compared for each element of a span before
// looking up grams is quicker; measured, and any value gives the same blocks.
const fewPairs = 24

// split takes the longest runs of a span out of it and pushes what lies beside.
func (s *search) split(r span) {
	width, height := r.ahi-r.alo, r.bhi-r.blo
	if width*height <= fewPairs*(width+height) {
		i, j, size := s.pairs(r)
		s.push(s.take(r, i, j, size))
		return
	}
	size := s.longest(r)
	if size == 0 {
		s.push(s.take(r, r.alo, r.blo, 0))
		return
	}
	s.chain(r, size)
}

// take records a run and pushes what is left of it, where every run is shorter:
// one as long would have begun earlier in a. It returns what is right of it.
func (s *search) take(r span, i, j, size int) span {
	block := s.grow(r, i, j, size)
	if block.Size == 0 {
		return span{}
	}
	s.found = append(s.found, Block{block.A, block.B - s.n, block.Size})
	s.push(span{r.alo, block.A, r.blo, block.B, size - 1})
	return span{block.A + block.Size, r.ahi, block.B + block.Size, r.bhi, size}
}

// grow makes a run longer by popular elements, as find_longest_match does; with
// autojunk off none can be added. A run of nothing at the corner may grow too.
func (s *search) grow(r span, i, j, size int) Block {
	for i > r.alo && j > r.blo && s.plain[i-1] == s.plain[j-1] {
		i, j, size = i-1, j-1, size+1
	}
	for i+size < r.ahi && j+size < r.bhi && s.plain[i+size] == s.plain[j+size] {
		size++
	}
	return Block{i, j, size}
}

// chain takes all runs of the longest size: one after the other to the right,
// each the first in a, and of those the first in b.
func (s *search) chain(r span, size int) {
	s.grams.index(r.blo, r.bhi, size)
	for i := r.alo; i+size <= r.ahi && r.blo < r.bhi; {
		j, found := s.grams.next(i, r.blo)
		if !found {
			i++
			continue
		}
		r = s.take(r, i, j, size)
		i = r.alo
	}
	r.most = size - 1
	s.push(r)
}

// longest returns the length of the longest run in a span: it doubles until
// there is none so long, then halves, for where there is a run of k there is one
// of k-1.
func (s *search) longest(r span) int {
	has, hasNot := 0, r.most+1
	for k := 1; k < hasNot; k = min(2*k, r.most) {
		if !s.grams.common(r, k) {
			hasNot = k
			break
		}
		has = k
		if k == r.most {
			return k
		}
	}
	for has+1 < hasNot {
		if k := (has + hasNot) / 2; s.grams.common(r, k) {
			has = k
		} else {
			hasNot = k
		}
	}
	return has
}

// pairs finds the longest run of a small span by comparing every pair, row by
// row of a: rows[j+1] is the length of the run that ends in this row at j.
func (s *search) pairs(r span) (besti, bestj, best int) {
	first := s.grams.names[0]
	b := first[r.blo:r.bhi]
	s.rows = append(s.rows[:0], make([]int32, len(b)+1)...)
	besti, bestj = r.alo, r.blo
	for i := r.alo; i < r.ahi && best < r.most; i++ {
		if first[i] < 0 {
			clear(s.rows)
			continue
		}
		diagonal := int32(0)
		for j, element := range b {
			above := s.rows[j+1]
			s.rows[j+1] = 0
			if element == first[i] {
				s.rows[j+1] = diagonal + 1
				if size := int(diagonal) + 1; size > best {
					besti, bestj, best = i+1-size, r.blo+j+1-size, size
				}
			}
			diagonal = above
		}
	}
	return besti, bestj, best
}
