package baseline

import (
	"slices"

	"github.com/selfplay-swe/ssr/mutate"
)

// A part is an edit that was tried, and what it breaks when it is alone.
type part struct {
	mutate.Edit
	Commit string `json:"commit,omitempty"` // the past that it brings back
	Broken []int  `json:"broken"`           // tests, as indices into those of the field; sorted
}

// A mixture is parts that make one bug together.
type mixture []*part

// files lists the files that a mixture changes, sorted.
func (m mixture) files() (list []string) {
	for _, p := range m {
		list = append(list, p.File)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// broken lists the tests that break if every part breaks what it breaks alone.
func (m mixture) broken() (list []int) {
	for _, p := range m {
		list = append(list, p.Broken...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// takes says whether another part can join: it touches other bytes and another
// function than those that are there, and afterwards every file still breaks a
// test that no other file breaks. Without the last, undoing that file alone would
// bring no test back, which the judge asks of every file (rules, section 2,
// check 7).
func (m mixture) takes(p *part, most int) bool {
	joined := append(slices.Clone(m), p)
	for _, other := range m {
		if other.File == p.File && (other.Func == p.Func || overlap(other.Changes, p.Changes)) {
			return false
		}
	}
	return len(joined.broken()) <= most && joined.ownTests()
}

// ownTests says whether every file of the mixture breaks a test of its own.
func (m mixture) ownTests() bool {
	sets := map[string][]int{}
	for _, p := range m {
		sets[p.File] = append(sets[p.File], p.Broken...)
	}
	files := map[int]int{} // in how many files a test is broken
	for file, set := range sets {
		slices.Sort(set)
		sets[file] = slices.Compact(set)
		for _, test := range sets[file] {
			files[test]++
		}
	}
	for _, set := range sets {
		if !slices.ContainsFunc(set, func(test int) bool { return files[test] == 1 }) {
			return false
		}
	}
	return true
}

// overlap says whether two edits of one file want the same bytes.
func overlap(a, b []mutate.Change) bool {
	return slices.ContainsFunc(a, func(x mutate.Change) bool {
		return slices.ContainsFunc(b, func(y mutate.Change) bool {
			return x.Start <= y.Start+len(y.Before) && y.Start <= x.Start+len(x.Before)
		})
	})
}

// shared counts what two sorted lists have in common.
func shared(a, b []int) (n int) {
	for _, x := range a {
		if _, ok := slices.BinarySearch(b, x); ok {
			n++
		}
	}
	return n
}
