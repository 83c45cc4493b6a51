package trial_test

import (
	"errors"
	"go/scanner"
	"go/token"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

// subject opens a module from the proxy, with what its tests need.
func subject(t testing.TB, module string) survey.Subject {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	provider, err := local.New(local.Options{})
	require.NoError(t, err)
	snapshot, err := repo.Open(t.Context(), "module:"+module, repo.Options{})
	if unreachable, ok := errors.AsType[*repo.UnreachableError](err); ok {
		t.Skip(unreachable)
	}
	require.NoError(t, err)
	installed, err := sandbox.Setup{}.Prepare(t.Context(), provider, snapshot)
	if refused, ok := errors.AsType[*sandbox.GuaranteeError](err); ok {
		t.Skip(refused)
	}
	require.NoError(t, err)
	return survey.Subject{Tree: snapshot.Tree, Provider: provider, Setup: installed.Whole}
}

// flips are edits of the tokens of a file, for tests: a few operators, and no
// thought about types.
func flips(t testing.TB, tree *repo.Tree, name string) (edits []mutate.Edit) {
	t.Helper()
	file, err := tree.Read(name)
	require.NoError(t, err)
	other := map[token.Token]string{token.EQL: "!=", token.NEQ: "==", token.LSS: "<=", token.GTR: ">=", token.LAND: "||", token.LOR: "&&", token.ADD: "-", token.INC: "--"}
	fset := token.NewFileSet()
	f := fset.AddFile(name, -1, len(file.Data))
	var s scanner.Scanner
	s.Init(f, file.Data, nil, 0)
	for {
		pos, tok, lit := s.Scan()
		switch after, flips := other[tok]; {
		case tok == token.EOF:
			return edits
		case flips:
			edits = append(edits, flip(f, pos, tok.String(), after))
		case tok == token.INT:
			edits = append(edits, flip(f, pos, lit, lit+"+1"))
		case tok == token.IDENT && (lit == "true" || lit == "false"):
			edits = append(edits, flip(f, pos, lit, "!"+lit))
		case tok == token.RETURN:
			edits = append(edits, flip(f, pos, "return", "if len(\"\") == 0 { return }; return"))
		}
	}
}

func flip(f *token.File, pos token.Pos, before, after string) mutate.Edit {
	return mutate.Edit{Operator: "flip", File: f.Name(), Line: f.Line(pos),
		Changes: []mutate.Change{{File: f.Name(), Start: f.Offset(pos), Before: before, After: after}}}
}

// sources are the Go files of a tree that are no tests.
func sources(tree *repo.Tree) (names []string) {
	for name := range tree.Paths() {
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			names = append(names, name)
		}
	}
	return names
}
