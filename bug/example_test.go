package bug_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/repo"
)

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "artifact")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	_, err = bug.Load(dir)
	if format, ok := errors.AsType[*bug.FormatError](err); ok {
		fmt.Println("the player's fault:", format)
	}
	// Output: the player's fault: test_script.sh: the file is missing
}

func ExampleParse() {
	_, err := bug.Parse(bug.Files{
		Script:    []byte("go test -v ./...\n"),
		Parser:    []byte("#!/usr/bin/env python3\n"),
		TestFiles: []byte("mux_test.go\nroute_test.go\n../x\n"),
	})
	fmt.Println(err)
	// Output: test_files.txt:3: path "../x" leaves the tree; list paths relative to the repository's root
}

func ExamplePatch_Apply() {
	patch, err := bug.ParsePatch([]byte(`diff --git a/add.go b/sum.go
similarity index 80%
rename from add.go
rename to sum.go
--- a/add.go
+++ b/sum.go
@@ -1,3 +1,3 @@
 func Add(a, b int) int {
-	return a + b
+	return a - b
 }
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, entry := range patch.Entries {
		fmt.Println(entry.Kind, entry.Old, entry.New)
	}
	original, _ := repo.NewTree(map[string]repo.File{
		"add.go": {Mode: repo.Regular, Data: []byte("func Add(a, b int) int {\n\treturn a + b\n}\n")},
	})
	broken, err := patch.Apply(original)
	if err != nil {
		fmt.Println(err)
		return
	}
	file, _ := broken.Read("sum.go")
	fmt.Printf("%s", file.Data)

	_, err = patch.Apply(broken)
	fmt.Println(err)
	// Output:
	// renamed add.go sum.go
	// func Add(a, b int) int {
	// 	return a - b
	// }
	// patch line 1: "add.go": the tree has no such file
}

func ExampleRevert() {
	patch, _ := bug.ParsePatch([]byte("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n" +
		"diff --git a/y b/y\ndeleted file mode 100644\n--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\n"))
	original, _ := repo.NewTree(map[string]repo.File{
		"x": {Mode: repo.Regular, Data: []byte("x\n")},
		"y": {Mode: repo.Regular, Data: []byte("y\n")},
	})
	broken, _ := patch.Apply(original)
	for _, entry := range patch.Entries {
		tree, err := bug.Revert(original, broken, entry)
		mode, _ := tree.Mode("x")
		_, restored := tree.Mode("y")
		fmt.Printf("%v undone: x %o, y there %v, %v\n", entry.Kind, mode, restored, err)
	}
	// Output:
	// mode_changed undone: x 100644, y there false, <nil>
	// deleted undone: x 100755, y there true, <nil>
}
