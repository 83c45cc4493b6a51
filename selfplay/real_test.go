package selfplay_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/internal/machine"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/selfplay"
	"github.com/selfplay-swe/ssr/solve"
)

// shells are players of the repository in testdata: the injector hands in the
// artifact there, the solver repairs all of it or one file, by its seed.
type shells struct{ files bug.Files }

func (s shells) Inject(context.Context, inject.Assignment) (*inject.Injection, error) {
	return &inject.Injection{Files: s.files}, nil
}

func (s shells) Solve(ctx context.Context, d *solve.Desk) (solve.Ending, error) {
	script := "git log --oneline | grep -q . && sed -i 's/ - / + /' lib/add.sh"
	if d.Seed%2 == 0 {
		script += " && sed -i 's/,,/^^/' lib/case.sh"
	}
	result, err := d.Box.Run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", script}, Combine: true})
	if err == nil && !result.OK() {
		err = errors.New(string(result.Output))
	}
	return solve.Ending{Stop: solve.Submitted}, err
}

// A round in real sandboxes: bash runs the tests, and the solver.
func TestRealSandboxes(t *testing.T) {
	provider := machine.Provider(t)
	archive, err := txtar.ParseFile("testdata/shell.txtar")
	require.NoError(t, err)
	dir, files := t.TempDir(), map[string][]byte{}
	for _, file := range archive.Files {
		files[file.Name] = file.Data
		if name, ok := strings.CutPrefix(file.Name, "repo/"); ok {
			write(t, filepath.Join(dir, name), string(file.Data))
		}
	}
	players := shells{bug.Files{
		Script: files[bug.ScriptName], Parser: files[bug.ParserName], TestFiles: files[bug.TestFilesName],
		Inject: files[bug.InjectName], Weaken: files[bug.WeakenName],
	}}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	e := &selfplay.Engine{Provider: provider, Injector: players, Solver: players, Seed: 3, Cache: t.TempDir(),
		Parallel: 1, SecondOrder: selfplay.SecondOrder{Children: 8, Attempts: 2}}
	rounds := play(t, e, 2, dir)
	first, second := rounds[0], rounds[1]
	require.True(t, first.Consistent, "%+v", first.Refusal)
	solved := 0
	for _, a := range first.Attempts {
		if a.Seed%2 == 0 {
			solved++
		}
	}
	require.Equal(t, solved, first.Solved)
	require.Equal(t, 8, first.Counted)
	require.Len(t, first.Children, 1, "all that failed left the same tree")
	require.Equal(t, "tree", second.Duplicate.By)

	left, err := os.ReadDir(temp)
	require.NoError(t, err)
	require.Empty(t, left, "temporary files")
}
