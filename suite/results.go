package suite

import (
	"maps"
	"slices"
)

// Results holds the status of each test of a run, by the test's id. An id that
// is not in it is missing: the test did not run, or said nothing.
type Results map[string]Status

// IDs lists the ids, sorted by bytes.
func (r Results) IDs() []string { return slices.Sorted(maps.Keys(r)) }

// With lists the ids that have the status, sorted.
func (r Results) With(status Status) []string {
	ids := []string{}
	for _, id := range r.IDs() {
		if r[id] == status {
			ids = append(ids, id)
		}
	}
	return ids
}

// NoEvidence says why the results show nothing at all, and "" when they show
// something. A run without evidence is never a success (rules, section 2).
func (r Results) NoEvidence() string {
	switch {
	case len(r) == 0:
		return "the parser reported no test at all"
	case len(r.With(Skipped)) == len(r):
		return "every test was skipped"
	}
	return ""
}

// Agreed splits the ids of repetitions of one tree: steady holds what had the
// same status in each of them, and flaky lists, sorted, what had not; an id that
// was missing from some is flaky (rules, section 2, check 3).
func Agreed(runs ...Results) (steady Results, flaky []string) {
	steady, flaky = Results{}, []string{}
	all := Results{}
	for _, run := range runs {
		maps.Copy(all, run)
	}
	for _, id := range all.IDs() {
		same := !slices.ContainsFunc(runs, func(run Results) bool { return run[id] != runs[0][id] })
		if same {
			steady[id] = all[id]
		} else {
			flaky = append(flaky, id)
		}
	}
	return steady, flaky
}

// FailToPass lists, sorted, the ids that passed on the original and do not on
// the broken tree: they fail there, have an error, or are missing (rules,
// section 2, check 5). A skipped test is no evidence of a bug; it is in neither
// FailToPass nor [PassToPass].
func FailToPass(original, broken Results) []string {
	return slices.DeleteFunc(original.With(Passed), func(id string) bool {
		return broken[id] == Passed || broken[id] == Skipped
	})
}

// PassToPass lists, sorted, the ids that passed on both trees.
func PassToPass(original, broken Results) []string {
	return slices.DeleteFunc(original.With(Passed), func(id string) bool { return broken[id] != Passed })
}

// Missing lists the ids that have no status in r, in their order.
func (r Results) Missing(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return r[id] != 0 })
}
