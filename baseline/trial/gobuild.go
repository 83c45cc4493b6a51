package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
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

// build makes the test binaries, of all candidates that compile.
func (b *goBench) build(ctx context.Context) (map[string]repo.File, error) {
	left := map[int]string{}
	for round := range buildRounds {
		board, err := mutate.NewSwitch(b.read, b.edits, left)
		if err != nil {
			return nil, err
		}
		b.board = board
		binaries, complaints, err := b.compile(ctx, board.Files, b.packages, round > 0)
		if err != nil || complaints == nil {
			return binaries, err
		}
		guilty := board.Guilty(complaints)
		if len(guilty) == 0 {
			return nil, fmt.Errorf("the tests do not build with the candidates: %s", firstLines(complaints, 5))
		}
		left = maps.Clone(board.Left)
		maps.Copy(left, guilty)
	}
	return nil, errors.New("the candidates do not compile, whichever are left out")
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
	box, err := b.worker(ctx, tree, nil)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	result, err := box.Run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", buildScript(packages, all)}, Combine: true, Timeout: buildLimit})
	if err != nil {
		return nil, nil, err
	}
	if !result.OK() {
		return nil, append(result.Output, '\n'), nil
	}
	binaries := map[string]repo.File{}
	for _, p := range packages {
		if binaries[p.binary], err = box.Read(ctx, path.Join(binaryDir, p.binary), binaryLimit); err != nil {
			return nil, nil, err
		}
	}
	return binaries, nil, nil
}

// buildScript builds the tests of packages, without vet and without symbols,
// which only debuggers would look at. All asks the compiler for all its
// complaints instead of ten.
func buildScript(packages []goPackage, all bool) string {
	var script strings.Builder
	for _, p := range packages {
		script.WriteString("go test -c -vet=off -ldflags='-s -w'")
		if all {
			script.WriteString(" -gcflags=./...=-e")
		}
		fmt.Fprintf(&script, " -o %s %s || failed=1\n", quote("./"+path.Join(binaryDir, p.binary)), quote("./"+p.dir))
	}
	return script.String() + "exit ${failed:-0}\n"
}

// quote makes a word of the shell.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

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
