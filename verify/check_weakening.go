package verify

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/suite"
)

var weakening = Check{
	Name: "weakening",
	Doc: `the weakening hides the bug from some tests

With bug and weakening applied, at least one test that failed is hidden: it
passes now, or it was deleted (paper, section 2.3; deletion counts, since the
paper's prompts invite it). Some is enough, not all of them must be. Other tests
still pass. A test that is missing counts as deleted only where the weakening
takes away a line that names it (ours): it is missing, too, where the weakened
tests do not build or the run breaks down before it.`,
	Facts: weakeningApplies,
	Run: func(ctx context.Context, p *Pass) (Verdict, error) {
		weak, err := p.runs.wait(ctx, "weakened", 0)
		if err != nil {
			return Verdict{}, err
		}
		if v, bad := broken(weak); bad {
			return v, nil
		}
		p.hidden = []string{}
		deleted := p.deletion(weak.Results)
		for _, id := range p.failToPass {
			if s := weak.Results[id]; s == suite.Passed || s == 0 && deleted(id) {
				p.hidden = append(p.hidden, id)
			}
		}
		v := p.hides(weak)
		if !v.Passed {
			v = v.log(weak)
		}
		return v.ids("hidden", p.hidden).ids("missing", weak.Results.Missing(p.failToPass)).runs(weak), nil
	},
}

// deletion returns whether the weakening takes away a line that names a test: one
// with a word of its id that no test of the weakened run has in its own.
func (p *Pass) deletion(weak suite.Results) func(id string) bool {
	var removed []byte
	for _, entry := range p.Artifact.Weaken.Entries {
		for line := range bytes.Lines(entry.Raw) {
			if line[0] == '-' {
				removed = append(removed, line...)
			}
		}
	}
	kept := map[string]bool{}
	for id := range weak {
		for _, word := range words.FindAllString(id, -1) {
			kept[word] = true
		}
	}
	return func(id string) bool {
		return slices.ContainsFunc(words.FindAllString(id, -1), func(word string) bool {
			return !kept[word] && bytes.Contains(removed, []byte(word))
		})
	}
}

// words are the parts of an id that can be names in the source of a test.
var words = regexp.MustCompile(`[\pL\pN_]{2,}`)

// hides judges the weakened run.
func (p *Pass) hides(weak *run) Verdict {
	if none := weak.Results.NoEvidence(); none != "" {
		return fail("with the weakened tests %s; the other tests must still run", none)
	}
	if len(weak.Results.With(suite.Passed)) == 0 {
		return fail("with the weakened tests none passes at all; the other tests must still pass")
	}
	if len(p.hidden) == 0 {
		return fail("%s hides none of the %s that the bug breaks (%s); at least one must pass with it, or be deleted by it%s",
			bug.WeakenName, tests(len(p.failToPass)), few(p.failToPass), vanished(weak.Results.Missing(p.failToPass)))
	}
	return pass("%d of %s that the bug breaks are hidden", len(p.hidden), tests(len(p.failToPass)))
}

// vanished tells of tests that are missing though nothing deleted them.
func vanished(missing []string) string {
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s are missing, but no line that names one is taken away)", tests(len(missing)))
}
