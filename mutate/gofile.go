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

// lines widens a range to the lines that it has to itself, and to one of the
// blank lines it would leave side by side. Where something else stands on them
// the range stays as it is.
func (f *goFile) lines(from, to token.Pos) span {
	begin, end, alone := f.ownLines(from, to)
	if !alone {
		return span{from: from, to: to}
	}
	above := lastLine(f.src[:begin])
	next, _, _ := bytes.Cut(f.src[end:], []byte("\n"))
	blankAbove, blankBelow := len(above) > 0 && blank(above), blank(next)
	switch {
	case blankAbove && (end == len(f.src) || bytes.HasPrefix(bytes.TrimSpace(next), []byte(")"))):
		begin -= len(above)
	case blankBelow && (blankAbove || bytes.HasSuffix(bytes.TrimRight(above, "\r\n"), []byte("("))):
		end = min(end+len(next)+1, len(f.src))
	}
	return span{from: f.base + token.Pos(begin), to: f.base + token.Pos(end)}
}

// ownLines returns the lines, as offsets, that a range stands on with nothing
// else but a comment at their end. It returns false where something else does.
func (f *goFile) ownLines(from, to token.Pos) (begin, end int, alone bool) {
	start, stop := f.offset(from), f.offset(to)
	begin = bytes.LastIndexByte(f.src[:start], '\n') + 1
	rest, _, _ := bytes.Cut(f.src[stop:], []byte("\n"))
	alone = blank(f.src[begin:start]) && (blank(rest) || bytes.HasPrefix(bytes.TrimSpace(rest), []byte("//")))
	return begin, min(stop+len(rest)+1, len(f.src)), alone
}

// apart says whether a range has blank lines around it, and nothing else on its
// own lines.
func (f *goFile) apart(from, to token.Pos) bool {
	start, stop := f.offset(from), f.offset(to)
	begin := bytes.LastIndexByte(f.src[:start], '\n') + 1
	rest, below, _ := bytes.Cut(f.src[stop:], []byte("\n"))
	next, _, _ := bytes.Cut(below, []byte("\n"))
	return blank(f.src[begin:start]) && blank(lastLine(f.src[:begin])) && blank(rest) && blank(next)
}

// lastLine returns the last line of a text, with its end.
func lastLine(text []byte) []byte {
	return text[bytes.LastIndexByte(bytes.TrimSuffix(text, []byte("\n")), '\n')+1:]
}

func blank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

// lineEnds gives text the line ends of the file, if those are of DOS. In a raw
// string they do not count: Go drops them.
func (f *goFile) lineEnds(text string) string {
	if n := bytes.Count(f.src, []byte("\n")); n == 0 || n != bytes.Count(f.src, []byte("\r\n")) {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
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
