package inject_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

func TestAssignmentsThatNobodyCanCarryOut(t *testing.T) {
	right := inject.Assignment{
		Repository: &inject.Repository{Snapshot: &repo.Snapshot{}, Provider: &sandboxtest.Fake{}},
		Strategy:   inject.Removal,
		Target:     inject.Target{File: "lib/a.go", Func: "(*T).Name"},
	}
	require.NoError(t, right.Validate())
	for want, spoil := range map[string]func(*inject.Assignment){
		"needs a repository":            func(a *inject.Assignment) { a.Repository = &inject.Repository{} },
		`no strategy is called "magic"`: func(a *inject.Assignment) { a.Strategy = "magic" },
		`no strategy is called ""`:      func(a *inject.Assignment) { a.Strategy = "" },
		"name the file that it is in":   func(a *inject.Assignment) { a.Target.File = "" },
		"the target's file":             func(a *inject.Assignment) { a.Target.File = "../a.go" },
		"a minimum is negative":         func(a *inject.Assignment) { a.Minima.FailingTests = -1 },
		"a run of the script may take":  func(a *inject.Assignment) { a.Minima.MaxTime = -1 },
		"the share of tests":            func(a *inject.Assignment) { a.Minima.MaxBrokenShare = math.NaN() },
	} {
		wrong := right
		spoil(&wrong)
		require.ErrorContains(t, wrong.Validate(), want)
	}
}
