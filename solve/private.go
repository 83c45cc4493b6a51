package solve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

// Private says which part of a specification is withheld from the solver and
// only scores, so that a solver which learns to satisfy what it is shown, and
// nothing else, can be told (rules, section 6).
type Private struct {
	Share float64 `json:"share"` // of the hunks; 0: none; below 1
	Seed  uint64  `json:"seed,string"`
}

// Validate refuses a share that is none.
func (p Private) Validate() error {
	if !(p.Share >= 0 && p.Share < 1) {
		return fmt.Errorf("the private share is %v; it must be at least 0 and below 1, such as 0.5", p.Share)
	}
	return nil
}

// withhold takes a share of the hunks out of the specification: at least one, and
// not all. A specification of one hunk stays as it is. What is left is computed
// from trees again.
func (t *Task) withhold(p Private, restored *repo.Tree) error {
	hunks, err := split(t.Specification, restored)
	if err != nil || len(hunks) < 2 {
		return err
	}
	n := int(math.Round(p.Share * float64(len(hunks))))
	rng := rand.New(rand.NewPCG(p.Seed, 0x9e3779b97f4a7c15))
	for _, i := range rng.Perm(len(hunks))[:min(max(n, 1), len(hunks)-1)] {
		hunks[i].private = true
	}
	patch, err := bug.ParsePatch(joined(hunks))
	if err != nil {
		return fmt.Errorf("the public specification: %w", err)
	}
	shown, err := patch.Apply(t.Tree)
	if err != nil {
		return fmt.Errorf("the public specification: %w", err)
	}
	t.Private = privateTests(t.hidden(), hunks)
	t.Specification, err = repo.Diff(t.Tree, shown)
	return err
}

// privateTests lists which tests a solver is told nothing of. The most specific
// name of a test that stands in the specification at all decides: where it stands
// in hunks that are withheld, and in no other, the test is private.
func privateTests(ids []string, hunks []*hunk) []string {
	var list []string
	for _, id := range ids {
		for _, name := range testNames(id) {
			private, public := standsIn(name, hunks)
			if private && !public {
				list = append(list, id)
			}
			if private || public {
				break
			}
		}
	}
	slices.Sort(list)
	return list
}

// testNames lists what a test may be called in the file that holds it, the most
// specific first: of "p/q TestA/some_case" that is some_case (also with spaces,
// which Go replaces), then TestA; of "t.py::TestB::test_c[1]" test_c, then TestB.
func testNames(id string) []string {
	id, _, _ = strings.Cut(id, " (") // unittest: "test_c (t.TestB)"
	id, _, _ = strings.Cut(id, "[")
	last := id[max(strings.LastIndex(id, "/"), strings.LastIndex(id, ":"), strings.LastIndex(id, " > "))+1:]
	names := []string{strings.TrimLeft(last, "> "), strings.ReplaceAll(last, "_", " ")}
	words := testWord.FindAllString(id, -1)
	slices.Reverse(words)
	return slices.DeleteFunc(append(names, words...), func(name string) bool { return name == "" })
}

var testWord = regexp.MustCompile(`\b(?:[Tt]est|Example|Fuzz|Benchmark)\w*`)

// standsIn says whether a name stands in hunks that are withheld, and in others.
func standsIn(name string, hunks []*hunk) (private, public bool) {
	for _, h := range hunks {
		if containsWord(h.names, name) {
			private, public = private || h.private, public || !h.private
		}
	}
	return private, public
}

// containsWord says whether a name stands in a text and is not part of a longer
// one.
func containsWord(text, name string) bool {
	for at := 0; ; at++ {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		at += i
		if !wordAt(text, at-1) && !wordAt(text, at+len(name)) {
			return true
		}
	}
}

func wordAt(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
