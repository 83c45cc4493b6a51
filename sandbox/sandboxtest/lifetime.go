package sandboxtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/sandbox"
)

// testLifetime is the contract of New and Close.
func (s *suite) testLifetime(t *testing.T) {
	t.Run("close", s.closed)
	t.Run("many at once", s.many)
	t.Run("refused", s.refused)
}

func (s *suite) closed(t *testing.T) {
	mark := newMark()
	box := s.box(t, sandbox.Spec{})
	shell, err := box.Shell(t.Context())
	require.NoError(t, err)
	do(t, shell, "bash -c 'sleep 1000; :' "+mark+" & sleep 0.05")
	require.NoError(t, box.Close())
	require.Empty(t, survivors(t, mark))
	require.NoError(t, box.Close(), "closing twice is not an error")

	_, err = box.Run(t.Context(), sandbox.Cmd{Args: []string{"true"}})
	require.Error(t, err)
	_, err = box.Shell(t.Context())
	require.Error(t, err)
	_, err = box.Changes(t.Context())
	require.Error(t, err)
	_, err = box.Read(t.Context(), "x", 10)
	require.Error(t, err)
	require.Error(t, box.Reset(t.Context()))
	_, err = shell.Do(t.Context(), "true", 0)
	require.Error(t, err)
	require.NoError(t, shell.Close())
}

// Sandboxes do not see each other.
func (s *suite) many(t *testing.T) {
	const n = 50
	tree := sample(t)
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	boxes := make([]sandbox.Sandbox, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { boxes[i], errs[i] = s.one(ctx, i, sandbox.Spec{Tree: tree, Require: s.require}) })
	}
	wg.Wait()
	for i, box := range boxes {
		require.NoError(t, errs[i])
		require.Equal(t, fmt.Sprintf("%d\n", i), ok(t, box, "cat", "mine"), "all %d are open", n)
	}
	for i, box := range boxes {
		wg.Go(func() { errs[i] = box.Close() })
	}
	wg.Wait()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func (s *suite) one(ctx context.Context, i int, spec sandbox.Spec) (sandbox.Sandbox, error) {
	box, err := s.provider.New(ctx, spec)
	if err != nil {
		return nil, err
	}
	result, err := box.Run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", fmt.Sprintf("echo %d > mine; cat readme", i)}})
	if err == nil && string(result.Output) != "base\n" {
		err = fmt.Errorf("sandbox %d: %s: %q %q", i, result.Class, result.Output, result.Errors)
	}
	return box, err
}

// What cannot be is refused before anything runs.
func (s *suite) refused(t *testing.T) {
	for name, spec := range map[string]sandbox.Spec{
		"negative limit":        {Limits: sandbox.Limits{Memory: -1}},
		"file name with slash":  {Files: files("a/b")},
		"file name of a folder": {Files: files("..")},
		"empty file name":       {Files: files("")},
		"isolated with network": {Network: true, Require: sandbox.NetworkIsolated},
	} {
		t.Run(name, func(t *testing.T) {
			box, err := s.provider.New(t.Context(), spec)
			if err == nil {
				box.Close()
			}
			require.Error(t, err)
		})
	}
	missing := sandbox.AllGuarantees &^ s.options.Claims
	if missing == 0 {
		return
	}
	_, err := s.provider.New(t.Context(), sandbox.Spec{})
	var refusal *sandbox.GuaranteeError
	require.ErrorAs(t, err, &refusal, "zero requires all, and the provider does not claim %s", missing)
	require.NotEmpty(t, refusal.Remedy)
}
