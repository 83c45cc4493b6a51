package repo

import (
	"bytes"
	"testing"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
	"github.com/stretchr/testify/require"
)

// applyWithGitdiff applies a patch of one file with the strict library that
// package bug uses, without starting git.
func applyWithGitdiff(tb testing.TB, patch, from, same []byte) []byte {
	if len(patch) == 0 {
		return same
	}
	files, _, err := gitdiff.Parse(bytes.NewReader(patch))
	require.NoError(tb, err)
	require.Len(tb, files, 1)
	var out bytes.Buffer
	require.NoError(tb, gitdiff.Apply(&out, bytes.NewReader(from), files[0]))
	if out.Len() == 0 {
		return same[:0]
	}
	return out.Bytes()
}
