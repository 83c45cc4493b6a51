// Injector plays with an injector of its own: it comments out one statement in
// each of two files, and states the bug by all tests of the module.
//
//	go run ./examples/injector module:github.com/gorilla/mux@v1.8.1
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/selfplay-swe/ssr/baseline"
	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox/local"
	"github.com/selfplay-swe/ssr/selfplay"
)

// Blunt is an injector in thirty lines. It does not look whether what it hands in
// compiles: that is what the judge is for.
type Blunt struct{}

// Inject implements [inject.Injector].
func (Blunt) Inject(_ context.Context, a inject.Assignment) (*inject.Injection, error) {
	tree, broken, weak := a.Repository.Snapshot.Tree, map[string]*repo.File{}, map[string]*repo.File{}
	var code, tests []string
	for path := range tree.Paths() {
		if strings.HasSuffix(path, "_test.go") {
			tests, weak = append(tests, path), map[string]*repo.File{path: nil} // the last file of tests goes
		} else if strings.HasSuffix(path, ".go") {
			code = append(code, path)
		}
	}
	for _, i := range rand.New(rand.NewPCG(a.Seed, 0)).Perm(len(code)) {
		file, err := tree.Read(code[i])
		if err != nil {
			return nil, err
		}
		if before, after, found := bytes.Cut(file.Data, []byte("\n\t\treturn ")); found && len(broken) < 2 {
			broken[code[i]] = &repo.File{Mode: file.Mode, Data: fmt.Appendf(nil, "%s\n\t\t_ = 0 // return %s", before, after)}
		}
	}
	bad, err := tree.With(broken)
	if err != nil {
		return nil, err
	}
	hidden, err := bad.With(weak)
	if err != nil {
		return nil, err
	}
	files := bug.Files{TestFiles: []byte(strings.Join(tests, "\n")), Script: []byte("go test -count=1 -v ./...\n"), Parser: []byte(parser)}
	if files.Inject, err = repo.Diff(tree, bad); err == nil {
		files.Weaken, err = repo.Diff(bad, hidden)
	}
	return &inject.Injection{Files: files}, err
}

const parser = `#!/usr/bin/awk -f
BEGIN { status["PASS:"] = "passed"; status["FAIL:"] = "failed"; status["SKIP:"] = "skipped"; printf "{" }
/^--- (PASS|FAIL|SKIP): / { printf "%s\n  \"%s\": \"%s\"", separator, $3, status[$2]; separator = "," }
END { print "\n}" }
`

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: injector SOURCE")
	}
	provider, err := local.New(local.Options{})
	if err != nil {
		log.Fatal(err)
	}
	solver := &baseline.Solver{Budget: 20}
	defer solver.Close()
	engine := &selfplay.Engine{Provider: provider, Injector: Blunt{}, Solver: solver, Attempts: 4}
	for round, err := range engine.Rounds(context.Background(), []selfplay.Source{{Repo: os.Args[1]}}, 2) {
		switch {
		case err != nil:
			log.Fatal(err)
		case round.Refusal != nil:
			fmt.Printf("round %d: refused by %s: %s\n", round.Index+1, round.Refusal.Check, round.Refusal.Finding)
		default:
			fmt.Printf("round %d: %d tests broken, %d of %d solved\n", round.Index+1, round.FailToPass, round.Solved, round.Counted)
		}
	}
}
