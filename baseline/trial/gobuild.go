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
	read := func(path string) ([]byte, error) {
		file, err := b.subject.Tree.Read(path)
		return file.Data, err
	}
	left := map[int]string{}
	for round := range buildRounds {
		board, err := mutate.NewSwitch(read, b.edits, left)
		if err != nil {
			return nil, err
		}
		b.board = board
		binaries, complaints, err := b.compile(ctx, board.Files, round > 0)
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

// compile builds the tree with some files in place of its own. A build that
// fails is what it printed, and no binaries.
func (b *goBench) compile(ctx context.Context, files map[string][]byte, all bool) (_ map[string]repo.File, complaints []byte, err error) {
	tree, err := b.subject.Tree.With(inPlace(files))
	if err != nil {
		return nil, nil, err
	}
	box, err := b.subject.Provider.New(ctx, sandbox.Spec{Tree: tree, Setup: b.subject.Setup, Limits: b.subject.Limits})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	result, err := box.Run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", b.buildScript(all)}, Combine: true, Timeout: buildLimit})
	if err != nil {
		return nil, nil, err
	}
	if !result.OK() {
		return nil, append(result.Output, '\n'), nil
	}
	binaries := map[string]repo.File{}
	for _, p := range b.packages {
		if binaries[p.binary], err = box.Read(ctx, path.Join(binaryDir, p.binary), binaryLimit); err != nil {
			return nil, nil, err
		}
	}
	return binaries, nil, nil
}

// buildScript builds every package's tests, unchecked by vet and unstripped of
// nothing that tests could see: symbols serve debuggers only. All asks the compiler for
// all its complaints instead of ten.
func (b *goBench) buildScript(all bool) string {
	script := "set -e\n"
	for _, p := range b.packages {
		flags := "-vet=off -ldflags='-s -w'"
		if all {
			flags += " -gcflags=./...=-e"
		}
		script += fmt.Sprintf("go test -c %s -o %s %s\n", flags, quote("./"+path.Join(binaryDir, p.binary)), quote("./"+p.dir))
	}
	return script
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
