package sandboxtest_test

import (
	"context"
	"fmt"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/sandbox/sandboxtest"
)

// A fake whose only command is a formatter that rewrites one file.
func ExampleFake() {
	fake := &sandboxtest.Fake{
		Run: func(ctx context.Context, m *sandboxtest.Machine, cmd sandbox.Cmd) (sandbox.Result, error) {
			if cmd.Args[0] != "format" {
				return sandbox.Result{ExitCode: 127, Errors: []byte("not found\n")}, nil
			}
			err := m.Write("main.go", repo.File{Mode: repo.Regular, Data: []byte("package main\n")})
			return sandbox.Result{Output: []byte("main.go\n")}, err
		},
	}
	ctx := context.Background()
	tree, _ := repo.NewTree(map[string]repo.File{"main.go": {Mode: repo.Regular, Data: []byte("package   main\n")}})
	box, _ := fake.New(ctx, sandbox.Spec{Tree: tree})

	result, _ := box.Run(ctx, sandbox.Cmd{Args: []string{"format"}})
	changes, _ := box.Changes(ctx)
	fmt.Printf("%s %s", result.Class, result.Output)
	for _, change := range changes {
		fmt.Println(change.Path, change.Size)
	}
	fmt.Println(fake.Open(), "open")
	box.Close()
	fmt.Println(fake.Open(), "open")
	// Output:
	// exited main.go
	// main.go 13
	// 1 open
	// 0 open
}
