package repo_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/selfplay-swe/ssr/repo"
)

// project makes a small project and a cache, which the caller removes.
func project() (dir, cache string) {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	files := map[string]string{"add.py": "def add(a, b):\n    return a + b\n", "README": "Adds.\n"}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			log.Fatal(err)
		}
	}
	cache, err = os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	return dir, cache
}

func ExampleOpen() {
	dir, cache := project()
	defer os.RemoveAll(dir)
	defer os.RemoveAll(cache)

	s, err := repo.Open(context.Background(), dir, repo.Options{Cache: cache})
	if err != nil {
		log.Fatal(err)
	}
	for path := range s.Tree.Paths() {
		fmt.Println(path)
	}
	// Output:
	// README
	// add.py
}

func ExampleDiff() {
	dir, cache := project()
	defer os.RemoveAll(dir)
	defer os.RemoveAll(cache)

	s, err := repo.Open(context.Background(), dir, repo.Options{Cache: cache})
	if err != nil {
		log.Fatal(err)
	}
	broken, err := s.Tree.With(map[string]*repo.File{
		"add.py": {Mode: repo.Regular, Data: []byte("def add(a, b):\n    return a - b\n")},
	})
	if err != nil {
		log.Fatal(err)
	}
	patch, err := repo.Diff(s.Tree, broken)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(patch))
	// Output:
	// diff --git a/add.py b/add.py
	// index 4693ad3cf8b0903b98497fb89b8b524fbf1b93f4..12ee7431b8e0e3e366c904c33ef3dee767b1bc20 100644
	// --- a/add.py
	// +++ b/add.py
	// @@ -1,2 +1,2 @@
	//  def add(a, b):
	// -    return a + b
	// +    return a - b
}

// The solver's repository of a broken tree.
func ExampleOneCommit() {
	dir, cache := project()
	defer os.RemoveAll(dir)
	defer os.RemoveAll(cache)

	ctx := context.Background()
	s, err := repo.Open(ctx, dir, repo.Options{Cache: cache})
	if err != nil {
		log.Fatal(err)
	}
	if err := repo.OneCommit(ctx, s.Tree, filepath.Join(dir, ".git")); err != nil {
		log.Fatal(err)
	}
	head, err := os.ReadFile(filepath.Join(dir, ".git/HEAD"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(head))
	// Output: ref: refs/heads/main
}

// The releases before a module's are its history.
func ExampleSnapshot_History() {
	ctx := context.Background()
	s, err := repo.Open(ctx, "module:github.com/sourcegraph/go-diff@v0.7.0", repo.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for commit, err := range s.History(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		tree, err := commit.Tree(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(commit.ID, len(tree.Changes()), "files differ from v0.7.0")
	}
}
