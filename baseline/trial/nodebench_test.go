package trial_test

import (
	"bytes"
	"maps"
	"os"
	"path"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/baseline/trial"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/mutate"
)

// BenchmarkNode measures candidates of a JavaScript project, with all tests that
// run the edited line. One operation is some fifty candidates once.
//
//	SSR_NODE_PROJECT=~/src/busboy go test -run '^$' -bench Node ./baseline/trial/
func BenchmarkNode(b *testing.B) {
	project := os.Getenv("SSR_NODE_PROJECT")
	if project == "" {
		b.Skip("SSR_NODE_PROJECT names no checkout whose tests run by node --test")
	}
	provider := machine.Provider(b)
	machine.Needs(b, provider, "node --version")
	s := survey.Subject{Tree: machine.Open(b, provider, project).Tree, Provider: provider}
	seen, err := survey.Take(b.Context(), s, survey.Options{Coverage: true})
	require.NoError(b, err)
	edits, tries := nodeTries(b, s, seen)
	bench, err := trial.Open(b.Context(), s, seen, edits, trial.Options{})
	require.NoError(b, err)
	defer bench.Close()
	b.Logf("%d candidates, %d tests, without %d", len(edits), len(seen.Tests), len(bench.Without()))
	b.Run("full", func(b *testing.B) {
		measure(b, bench, len(edits), func(i int) trial.Try { return tries[i] })
	})
	b.Run("early", func(b *testing.B) {
		measure(b, bench, len(edits), func(i int) trial.Try {
			return trial.Try{Candidates: tries[i].Candidates, Tests: tries[i].Tests, Early: true}
		})
	})
}

// nodeTries picks some fifty edits that tests run, evenly over the code, each with
// those tests.
func nodeTries(b *testing.B, s survey.Subject, seen *survey.Survey) (edits []mutate.Edit, tries []trial.Try) {
	sources := map[string][]byte{}
	for name := range s.Tree.Paths() {
		if file, err := s.Tree.Read(name); err == nil && path.Ext(name) == ".js" && !bytes.Contains(file.Data, []byte("node:test")) {
			sources[name] = file.Data
		}
	}
	all, err := (&mutate.JavaScript{Run: trial.Runner(s), Sources: sources}).Edits(b.Context(), slices.Sorted(maps.Keys(sources)))
	require.NoError(b, err)
	var covered []mutate.Edit
	for _, e := range all {
		if len(nodeCovering(seen, e)) > 0 {
			covered = append(covered, e)
		}
	}
	for i := 0; i < len(covered); i += max(1, len(covered)/50) {
		tries = append(tries, trial.Try{Candidates: []int{len(edits)}, Tests: nodeCovering(seen, covered[i])})
		edits = append(edits, covered[i])
	}
	return edits, tries
}

// nodeCovering lists the tests that are part of a top-level one that runs the line
// of an edit.
func nodeCovering(seen *survey.Survey, e mutate.Edit) (ids []string) {
	for _, test := range seen.Tests {
		for _, span := range seen.Coverage[test.Top(seen.Framework)] {
			if span.File == e.File && span.First <= e.Line && e.Line <= span.Last {
				ids = append(ids, test.ID)
				break
			}
		}
	}
	return ids
}
