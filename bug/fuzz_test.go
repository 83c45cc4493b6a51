package bug_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/stretchr/testify/require"
)

// FuzzParsePatch: whatever is read, the bytes are kept, the entries' own lines
// are in them in order, and no path is one that a tree cannot hold.
func FuzzParsePatch(f *testing.F) {
	for _, c := range malformed {
		f.Add([]byte(c.diff))
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		f.Add(gitDiff(f, changes[name].before, changes[name].after, "--binary", "-M"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := bug.ParsePatch(raw)
		if err != nil {
			_, ok := errors.AsType[*bug.FormatError](err)
			require.True(t, ok, "%v", err)
			return
		}
		require.Equal(t, raw, p.Raw)
		at := 0
		for _, e := range p.Entries {
			for _, path := range e.Touches() {
				require.NoError(t, repo.CheckPath(path))
			}
			if e.Kind == bug.TypeChanged {
				continue // its halves may have prose between them
			}
			i := bytes.Index(raw[at:], e.Raw)
			require.GreaterOrEqual(t, i, 0)
			at += i + len(e.Raw)
			require.Equal(t, bytes.Count(raw[:at-len(e.Raw)], []byte("\n"))+1, e.Line)
		}
	})
}

// FuzzApply: what is accepted here, git apply accepts with the same result, and
// what only git accepts is refused for a documented reason.
func FuzzApply(f *testing.F) {
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		c := changes[name]
		if file, ok := c.before["f"]; ok && file.Mode == repo.Regular {
			f.Add(file.Data, gitDiff(f, c.before, c.after, "--binary", "-M"), false)
			f.Add(file.Data, gitDiff(f, c.after, c.before, "--binary", "-M", "-U1"), true)
		}
	}
	f.Fuzz(func(t *testing.T, file, diff []byte, reverse bool) {
		compare(t, files{"f": {Mode: repo.Regular, Data: file}}, diff, reverse)
	})
}
