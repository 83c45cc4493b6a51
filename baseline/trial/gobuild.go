package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// How far a build goes.
const (
	buildRounds = 8                // builds, each without what was guilty in the last
	buildLimit  = 10 * time.Minute // of one
	binaryLimit = 256 << 20        // bytes of one
)

// binaryDir is where the binaries are built, in the tree.
const binaryDir = ".ssr-tests"

// build makes the test binaries, of all candidates that compile: those that the
// compiler complains about are left out until it does not, those that it may have
// meant are built alone, and if nobody can be found guilty, all are left out.
func (b *goBench) build(ctx context.Context) (map[string]repo.File, error) {
	left, alone := map[int]string{}, map[int]bool{}
	for round := range buildRounds {
		board, err := mutate.NewSwitch(b.read, b.edits, left, alone)
		if err != nil {
			return nil, err
		}
		b.board = board
		binaries, complaints, err := b.compile(ctx, board.Files, b.packages, round > 0)
		switch {
		case err != nil || complaints == nil:
			return binaries, err
		case board.Files == nil:
			return nil, fmt.Errorf("the tests do not build: %s", firstLines(complaints, 5))
		}
		guilty, suspects := board.Guilty(complaints)
		if len(guilty)+len(suspects) == 0 || round == buildRounds-2 {
			guilty = b.everyone("the tests do not build with it and others: " + firstLines(complaints, 2))
		}
		left = maps.Clone(board.Left)
		maps.Copy(left, guilty)
		maps.Copy(alone, suspects)
	}
	return nil, errors.New("the tests build neither with candidates nor without")
}

// everyone puts all candidates out, for one reason.
func (b *goBench) everyone(why string) map[int]string {
	left := map[int]string{}
	for i := range b.edits {
		left[i] = why
	}
	return left
}

// read reads a file of the tree.
func (b *goBench) read(path string) ([]byte, error) {
	file, err := b.subject.Tree.Read(path)
	return file.Data, err
}

// compile builds the tests of packages with some files in place of the tree's.
// A build that fails is what it printed, and no binaries.
func (b *goBench) compile(ctx context.Context, files map[string][]byte, packages []goPackage, all bool) (_ map[string]repo.File, complaints []byte, err error) {
	tree, err := b.subject.Tree.With(inPlace(files))
	if err != nil {
		return nil, nil, err
	}
	box, err := b.worker(ctx, tree, map[string]repo.File{keeperName: {Mode: repo.Regular, Data: []byte(keeper)}})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	result, err := box.Run(ctx, sandbox.Cmd{Args: buildCommand(packages, files, all), Env: buildEnv, Combine: true, Timeout: buildLimit})
	if err != nil {
		return nil, nil, err
	}
	if !result.OK() {
		return nil, append(result.Output, '\n'), nil
	}
	binaries := map[string]repo.File{}
	for _, p := range packages {
		if binaries[p.binary], err = box.Read(ctx, kept(p), binaryLimit); err != nil {
			return nil, nil, err
		}
	}
	return binaries, nil, nil
}

// buildCommand builds the tests of packages side by side, without vet and
// without symbols, which only debuggers would look at. The compiler need not
// make them either, where it compiles anew, in the folders of changed files, and
// need not inline there, which takes it a fifth longer than it saves. All asks it
// for all its complaints there instead of ten.
//
// The go command would name the binaries by rules of its own, two of them alike;
// instead it is told to run each with a program that keeps it, by the package's
// folder, in which it runs.
func buildCommand(packages []goPackage, changed map[string][]byte, all bool) []string {
	args := []string{"go", "test", "-count=1", "-vet=off", "-ldflags=-s -w", "-exec=bash " + path.Join(sandbox.FileDir, keeperName)}
	flags := "-dwarf=false -l"
	if all {
		flags += " -e"
	}
	dirs := map[string]bool{}
	for name := range changed {
		dirs[path.Dir(name)] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		args = append(args, "-gcflags=./"+dir+"="+flags)
	}
	for _, p := range packages {
		args = append(args, "./"+p.dir)
	}
	return args
}

// buildEnv lets the compiler use half as much memory again, up to a point, which
// saves it a fifth of its time.
var buildEnv = []string{"GOGC=400", "GOMEMLIMIT=1GiB"}

// keeper is the program that keeps a binary.
const (
	keeperName = "keep"
	keeper     = `mkdir -p ` + sandbox.WorkDir + "/" + binaryDir + ` && cp -- "$1" "` + sandbox.WorkDir + "/" + binaryDir + `/${PWD//\//%}"`
)

// kept is where the keeper puts a package's binary, in the tree.
func kept(p goPackage) string {
	return path.Join(binaryDir, strings.ReplaceAll(path.Join(sandbox.WorkDir, p.dir), "/", "%"))
}

// inPlace makes a change of a tree from the contents of files.
func inPlace(files map[string][]byte) map[string]*repo.File {
	changes := map[string]*repo.File{}
	for name, data := range files {
		changes[name] = &repo.File{Mode: repo.Regular, Data: data}
	}
	return changes
}

func firstLines(text []byte, n int) string {
	lines := bytes.SplitAfterN(text, []byte("\n"), n+1)
	return strings.TrimSpace(string(bytes.Join(lines[:min(n, len(lines))], nil)))
}
