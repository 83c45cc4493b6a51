package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/suite"
)

// A Bug is a bug that passed every check, with what was measured of it. The zero
// Bug is none; [Report.Bug] is the only source of others. A Bug is immutable.
type Bug struct{ v *verified }

type verified struct {
	artifact                              *bug.Artifact
	snapshot                              *repo.Snapshot
	original, broken, weakened            *repo.Tree
	failToPass, passToPass, flaky, hidden []string
	normal                                *suite.Run // the first run of the original
}

// Artifact is the artifact that states the bug.
func (b Bug) Artifact() *bug.Artifact { return b.v.artifact }

// Snapshot is the repository that the bug is in.
func (b Bug) Snapshot() *repo.Snapshot { return b.v.snapshot }

// Original is the tree before the bug.
func (b Bug) Original() *repo.Tree { return b.v.original }

// Broken is the original with the bug.
func (b Bug) Broken() *repo.Tree { return b.v.broken }

// Weakened is the original with the bug and the weakened tests: what a solver
// is given, and what its patch is applied to.
func (b Bug) Weakened() *repo.Tree { return b.v.weakened }

// FailToPass lists the tests that a repair must make pass.
func (b Bug) FailToPass() []string { return slices.Clone(b.v.failToPass) }

// PassToPass lists the tests that a repair must leave passing.
func (b Bug) PassToPass() []string { return slices.Clone(b.v.passToPass) }

// Flaky lists the tests that decide nothing.
func (b Bug) Flaky() []string { return slices.Clone(b.v.flaky) }

// Hidden lists which of FailToPass the weakening hides.
func (b Bug) Hidden() []string { return slices.Clone(b.v.hidden) }

// Restored returns tree with the oracle files as they are in the original, as
// grading puts them back. What stands in their way is removed.
func (b Bug) Restored(tree *repo.Tree) (*repo.Tree, error) {
	return restore(tree, b.v.original, b.v.artifact.TestFiles)
}

// Key identifies the bug: a SHA-256 over the snapshot and the artifact.
func (b Bug) Key() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "bug %s %s", b.v.snapshot.Key, artifactKey(b.v.artifact)))
	return hex.EncodeToString(sum[:])
}

// artifactKey identifies the five files.
func artifactKey(a *bug.Artifact) string {
	h := sha256.New()
	for _, file := range [][]byte{a.Script, a.Parser, []byte(strings.Join(a.TestFiles, "\n")), a.Inject.Raw, a.Weaken.Raw} {
		fmt.Fprintf(h, "%d\n", len(file))
		h.Write(file)
	}
	return hex.EncodeToString(h.Sum(nil))
}
