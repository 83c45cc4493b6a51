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
// in what is withheld, and not in what is shown, the test is private. A name of
// several words stands where all of them do, so that the work is linear in what an
// injector can make large; in doubt a test is public.
func privateTests(ids []string, hunks []*hunk) []string {
	withheld, shown := map[string]bool{}, map[string]bool{}
	for _, h := range hunks {
		into := shown
		if h.private {
			into = withheld
		}
		for _, name := range words.FindAllString(h.names, -1) {
			into[name] = true
		}
	}
	var list []string
	for _, id := range ids {
		for _, name := range testNames(id) {
			private, public := standsIn(name, withheld), standsIn(name, shown)
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
	last := strings.TrimSpace(id[strings.LastIndexAny(id, "/:>")+1:])
	found := words.FindAllString(id, -1)
	slices.Reverse(found)
	return append([]string{last, strings.ReplaceAll(last, "_", " ")},
		slices.DeleteFunc(found, func(word string) bool { return !testWord.MatchString(word) })...)
}

var (
	words    = regexp.MustCompile(`[\pL\pN_]+`)
	testWord = regexp.MustCompile(`^([Tt]est|Example|Fuzz|Benchmark)`)
)

// standsIn says whether a text of the given words can hold a name.
func standsIn(name string, text map[string]bool) bool {
	found := words.FindAllString(name, -1)
	return len(found) > 0 && !slices.ContainsFunc(found, func(word string) bool { return !text[word] })
}
