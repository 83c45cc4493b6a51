package inject_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/selfplay-swe/ssr/bug"
	"github.com/selfplay-swe/ssr/inject"
)

// A Folder is an injector that hands in prepared artifacts: each folder in it
// holds the five files of one. The seed chooses.
type Folder struct{ Dir string }

// Inject hands in one artifact. A file that is not there is handed in empty: the
// judge will say so.
func (f Folder) Inject(_ context.Context, a inject.Assignment) (*inject.Injection, error) {
	prepared, err := fs.ReadDir(os.DirFS(f.Dir), ".")
	if err != nil || len(prepared) == 0 {
		return nil, cmp.Or(err, errors.New("there are no artifacts in "+f.Dir))
	}
	chosen := prepared[a.Seed%uint64(len(prepared))].Name()
	root, err := os.OpenRoot(f.Dir + "/" + chosen)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	made := &inject.Injection{Record: fmt.Appendf(nil, "{%q: %q}", "artifact", chosen)}
	for name, file := range map[string]*[]byte{
		bug.ScriptName: &made.Files.Script, bug.ParserName: &made.Files.Parser, bug.TestFilesName: &made.Files.TestFiles,
		bug.InjectName: &made.Files.Inject, bug.WeakenName: &made.Files.Weaken,
	} {
		if *file, err = root.ReadFile(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return made, nil
}

// An injector of one's own is a type with one method.
func ExampleInjector() {
	var injector inject.Injector = Folder{"testdata/prepared"}
	for seed := range uint64(3) {
		made, err := injector.Inject(context.Background(), inject.Assignment{Seed: seed})
		if err != nil {
			panic(err)
		}
		artifact, err := bug.Parse(made.Files)
		if err != nil {
			fmt.Println("the judge would refuse it:", err)
			return
		}
		fmt.Println(string(made.Record), "breaks", artifact.Inject.Entries[0].New)
	}
	// Output:
	// {"artifact": "sum"} breaks sum.sh
	// {"artifact": "word"} breaks word.sh
	// {"artifact": "sum"} breaks sum.sh
}
