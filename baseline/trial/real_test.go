package trial_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// subject opens a module from the proxy, with what its tests need.
func subject(t testing.TB, module string) survey.Subject {
	t.Helper()
	provider := machine.Provider(t)
	machine.Needs(t, provider, "go version")
	snapshot := machine.Open(t, provider, "module:"+module)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	require.NoError(t, err)
	return survey.Subject{Tree: snapshot.Tree, Provider: provider, Setup: installed.Whole}
}

// candidates are the edits of a module by the operators that the player uses, up to n,
// evenly spread; n = 0: all.
func candidates(t testing.TB, s survey.Subject, n int) []mutate.Edit {
	t.Helper()
	external, err := survey.GoImporter(t.Context(), s)
	require.NoError(t, err)
	module, err := mutate.LoadGo(reader(s.Tree), s.Tree.Paths(), external)
	require.NoError(t, err)
	var edits []mutate.Edit
	for _, dir := range module.Dirs() {
		edits = slices.AppendSeq(edits, module.Edits(dir))
	}
	if n == 0 || n >= len(edits) {
		return edits
	}
	spread := make([]mutate.Edit, n)
	for i := range spread {
		spread[i] = edits[i*len(edits)/n]
	}
	return spread
}

func reader(tree *repo.Tree) mutate.Reader {
	return func(path string) ([]byte, error) {
		file, err := tree.Read(path)
		return file.Data, err
	}
}
