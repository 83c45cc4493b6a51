// Package machine gives tests what only some machines have: sandboxes, programs
// inside them, projects of the public registries, and a disk that is soon full.
//
// The one idea: a test says what it needs, and is skipped, with the reason, where
// that is not there. So "go test ./..." is green on a laptop without a network
// and in a container without namespaces, and still says what it did not try:
//
//	provider := machine.Provider(t)
//	machine.Needs(t, provider, "python3 -m pytest --version")
//	snapshot := machine.Open(t, provider, "pypi:toolz==1.0.0")
//
// Skipping can hide what is broken: sandboxes that cannot be made any more would
// pass for a machine that makes none. So .ci/run demands beforehand that ssr
// doctor finds nothing missing, and nothing here skips for another reason than
// the one it names: any other error fails the test.
//
// Snapshots and what is installed for them are kept in the cache of the program,
// where the next run of the tests finds them. Nothing of a registry is committed,
// and nothing of it is executed outside a sandbox: pip runs the setup.py of what
// it downloads.
//
// It is for tests; no other package imports it (imports_test.go). The fake
// sandboxes, for tests that need none of this, are in sandbox/sandboxtest.
package machine

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/local"
)

// Provider returns the provider of this machine. It skips the test, with the
// remedy, where the machine makes no sandbox with all guarantees.
func Provider(t testing.TB) *local.Provider {
	t.Helper()
	provider, err := local.New(local.Options{})
	require.NoError(t, err)
	box, err := provider.New(t.Context(), sandbox.Spec{})
	if refused, ok := errors.AsType[*sandbox.GuaranteeError](err); ok {
		t.Skip(refused)
	}
	require.NoError(t, err)
	require.NoError(t, box.Close())
	return provider
}

// Needs skips the test where a command of bash fails in a sandbox, as "go
// version" does where sandboxes have no Go.
func Needs(t testing.TB, provider sandbox.Provider, command string) {
	t.Helper()
	box, err := provider.New(t.Context(), sandbox.Spec{})
	require.NoError(t, err)
	defer box.Close()
	result, err := box.Run(t.Context(), sandbox.Cmd{Args: []string{"bash", "-c", command}, Combine: true})
	require.NoError(t, err)
	if !result.OK() {
		t.Skipf("sandboxes of this machine cannot run %q: %s", command, result.Output)
	}
}
