package survey

import (
	"bytes"
	"context"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/selfplay-swe/ssr/sandbox"
)

// exportScript has the go command compile, or take from its cache, what the
// module's packages and tests import from elsewhere, and puts the results where
// they can be read. It prints "number<TAB>import path" for each.
const exportScript = `
mkdir -p .survey
go list -e -f '{{println "own" .ImportPath}}{{range .Imports}}{{println "uses" .}}{{end}}{{range .TestImports}}{{println "uses" .}}{{end}}{{range .XTestImports}}{{println "uses" .}}{{end}}' ./... |
awk '$1 == "own" { own[$2] } $1 == "uses" { uses[$2] } END { for (p in uses) if (!(p in own) && p != "C" && p != "unsafe") print p }' |
xargs -r -d '\n' go list -e -export -f '{{if .Export}}{{.ImportPath}}{{"\t"}}{{.Export}}{{end}}' |
while IFS=$'\t' read -r path file; do
	n=$((n+1))
	cp -- "$file" ".survey/$n" && printf '%s\t%s\n' "$n" "$path"
done`

// Bounds of what one importer reads: the compiled package, and how many.
const (
	exportSize  = 64 << 20
	exportCount = 5000
)

// GoImporter returns what a type checker needs to know of the packages outside
// the subject's module that its own packages and their tests import: for a tree
// whose own packages are checked from source. It gives an error for every other
// package. It is safe for concurrent use.
//
// The packages are compiled inside a sandbox and decoded here. What cannot be
// decoded is an error, a panic of the decoder included; compiled files that
// were made to exhaust memory are not looked for, beyond their size.
func GoImporter(ctx context.Context, s Subject) (types.Importer, error) {
	box, err := s.Provider.New(ctx, sandbox.Spec{Tree: s.Tree, Setup: s.Setup, Limits: s.Limits})
	if err != nil {
		return nil, fmt.Errorf("survey: importer: %w", err)
	}
	defer box.Close()
	result, err := box.Run(ctx, sandbox.Cmd{Args: []string{"bash", "-c", exportScript}, Timeout: patient})
	if err != nil {
		return nil, fmt.Errorf("survey: importer: %w", err)
	}
	files := map[string][]byte{}
	for line := range bytes.Lines(result.Output) {
		number, path, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		if n, err := strconv.Atoi(number); err != nil || n < 1 || n > exportCount {
			continue
		}
		file, err := box.Read(ctx, ".survey/"+number, exportSize)
		if err != nil {
			return nil, fmt.Errorf("survey: importer: what was compiled of %s: %w", path, err)
		}
		files[path] = file.Data
	}
	return newCompiled(files), nil
}

// compiled imports packages from what the compiler wrote.
type compiled struct {
	mu    sync.Mutex
	files map[string][]byte // by import path; nil once it is imported
	next  types.Importer
}

func newCompiled(files map[string][]byte) *compiled {
	c := &compiled{files: files}
	c.next = importer.ForCompiler(token.NewFileSet(), "gc", c.open)
	return c
}

func (c *compiled) open(path string) (io.ReadCloser, error) {
	data, ok := c.files[path]
	if !ok {
		return nil, fmt.Errorf("%s is not imported by the module", path)
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// Import is for [types.Importer].
func (c *compiled) Import(path string) (pkg *types.Package, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("import %s: its compiled form cannot be read: %v", path, problem)
		}
	}()
	pkg, err = c.next.Import(path)
	if err == nil && c.files[path] != nil {
		c.files[path] = nil // decoded, and kept by next
	}
	return pkg, err
}
