package mutate

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"path"
	"runtime"
	"strings"
	"sync"
)

// Larger files are taken for broken: no person wrote them.
const maxGoFile = 2 << 20

// maxNesting is how deep syntax may be nested. What is deeper is a trap for
// whoever walks it, such as the type checker.
const maxNesting = 1000

// A goFile is one file of a package.
type goFile struct {
	path     string
	src      []byte
	ast      *ast.File
	base     token.Pos   // of its first byte
	editable bool        // not generated
	clean    func() bool // as gofmt leaves it
	uses     map[*ast.ImportSpec]map[ast.Decl]bool
}

func (f *goFile) offset(pos token.Pos) int       { return int(pos - f.base) }
func (f *goFile) text(from, to token.Pos) string { return string(f.src[f.offset(from):f.offset(to)]) }

// lines widens a range to the lines it stands on, its trailing comment
// included, and to one of the blank lines it would leave side by side. Where
// something else stands on them the range stays as it is.
func (f *goFile) lines(from, to token.Pos) span {
	src := string(f.src)
	start, end := f.offset(from), f.offset(to)
	begin := strings.LastIndexByte(src[:start], '\n') + 1
	rest, _, _ := strings.Cut(src[end:], "\n")
	trimmed := strings.TrimSpace(rest)
	if strings.TrimSpace(src[begin:start]) != "" || trimmed != "" && !strings.HasPrefix(trimmed, "//") {
		return span{from: from, to: to}
	}
	end = min(end+len(rest)+1, len(src))
	blankBefore := strings.HasSuffix(src[:begin], "\n\n")
	next, _, _ := strings.Cut(src[end:], "\n")
	switch next = strings.TrimSpace(next); {
	case blankBefore && (end == len(src) || strings.HasPrefix(next, ")")):
		begin--
	case next == "" && (blankBefore || strings.HasSuffix(src[:begin], "(\n")):
		end = min(end+strings.IndexByte(src[end:]+"\n", '\n')+1, len(src))
	}
	return span{from: f.base + token.Pos(begin), to: f.base + token.Pos(end)}
}

// parse returns a file's syntax; nil when it is not part of the build.
func (m *GoModule) parse(file string) (f *goFile, err error) {
	defer recovered("parse "+file, &err)
	src, err := m.read(file)
	if err != nil {
		return nil, err
	}
	if len(src) > maxGoFile {
		return nil, fmt.Errorf("parse %s: it is larger than %d bytes", file, maxGoFile)
	}
	if !built(file, src) {
		return nil, nil
	}
	syntax, err := parser.ParseFile(m.fset, file, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if deep(syntax) {
		return nil, fmt.Errorf("parse %s: its syntax is nested deeper than %d", file, maxNesting)
	}
	for _, spec := range syntax.Imports {
		if spec.Path.Value == `"C"` {
			return nil, fmt.Errorf("parse %s: it needs cgo", file)
		}
	}
	return &goFile{
		path: file, src: src, ast: syntax, base: syntax.FileStart,
		editable: !ast.IsGenerated(syntax),
		clean:    sync.OnceValue(func() bool { return formatted(src) }),
	}, nil
}

// formatted says whether a source is as gofmt leaves it.
func formatted(src []byte) bool {
	out, err := format.Source(src)
	return err == nil && bytes.Equal(out, src)
}

// built says whether a file's name and constraints let it be compiled on the
// machines that tests run on: Linux on this processor, without cgo.
func built(file string, src []byte) bool {
	ctxt := build.Default
	ctxt.GOOS, ctxt.GOARCH, ctxt.CgoEnabled, ctxt.BuildTags = "linux", runtime.GOARCH, false, nil
	ctxt.JoinPath = path.Join
	ctxt.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(src)), nil }
	match, err := ctxt.MatchFile(path.Dir(file), path.Base(file))
	return match && err == nil
}

// deep says whether syntax is nested deeper than anybody writes.
func deep(syntax ast.Node) bool {
	depth, deepest := 0, 0
	ast.Inspect(syntax, func(n ast.Node) bool {
		if n == nil {
			depth--
			return true
		}
		depth++
		deepest = max(deepest, depth)
		return true
	})
	return deepest > maxNesting
}
