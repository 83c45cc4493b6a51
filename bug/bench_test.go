package bug_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/stretchr/testify/require"
)

// BenchmarkApply applies a diff of 20 files to a snapshot of 10,000, here and
// by spawning git apply in a folder that holds them.
func BenchmarkApply(b *testing.B) {
	before := files{}
	for i := range 10_000 {
		before[fmt.Sprintf("dir%02d/sub%d/file%05d.go", i%40, i%7, i)] = text(source(i))
	}
	old, edited := files{}, files{}
	for i := range 20 {
		path := fmt.Sprintf("dir%02d/sub%d/file%05d.go", i*499%40, i*499%7, i*499)
		old[path] = before[path]
		edited[path] = text(strings.Replace(source(i*499), "return 57", "return 75", 1))
	}
	diff := gitDiff(b, old, edited)
	dir := b.TempDir()
	write(b, dir, before)
	snapshot, err := repo.Open(b.Context(), dir, repo.Options{Cache: b.TempDir()})
	require.NoError(b, err)
	p, err := bug.ParsePatch(diff)
	require.NoError(b, err)
	require.Len(b, p.Entries, 20)

	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			_, err := bug.ParsePatch(diff)
			require.NoError(b, err)
		}
	})
	b.Run("apply", func(b *testing.B) {
		for b.Loop() {
			_, err := p.Apply(snapshot.Tree)
			require.NoError(b, err)
		}
	})
	b.Run("parse and apply", func(b *testing.B) {
		for b.Loop() {
			p, err := bug.ParsePatch(diff)
			require.NoError(b, err)
			_, err = p.Apply(snapshot.Tree)
			require.NoError(b, err)
		}
	})
	there := []string{"apply"}
	back := []string{"apply", "-R"}
	b.Run("git apply", func(b *testing.B) {
		for b.Loop() {
			_, err := tryGit(dir, diff, there...)
			require.NoError(b, err)
			there, back = back, there
		}
	})
}

// source is a file of some 200 lines.
func source(seed int) string {
	var out strings.Builder
	fmt.Fprintf(&out, "package p%d\n", seed)
	for i := range 70 {
		fmt.Fprintf(&out, "func f%d() int {\n\treturn %d\n}\n", i, i)
	}
	return out.String()
}
