package mutate

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
)

// switchDir is the folder of the package that holds what is selected, and
// switchPrefix begins every other name that is added.
const (
	switchDir    = "ssrswitch"
	switchPrefix = "ssrswitch"
)

// A switchBuilder collects candidates, and then writes the files.
type switchBuilder struct {
	Switch

	read  Reader
	files map[string]*switchFile
	size  int // bytes of all copies
}

// A switchCopy is a function as one candidate has it.
type switchCopy struct {
	candidate int
	body      []byte // with its braces
}

// add takes a candidate in, or says why it cannot.
func (b *switchBuilder) add(candidate int, edit Edit) (why string) {
	byFile := map[string][]Change{}
	for _, change := range edit.Changes {
		byFile[change.File] = append(byFile[change.File], change)
	}
	copies := map[*switchFunc]switchCopy{}
	imports := map[*switchFile][]switchImport{}
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		file := b.file(name)
		bodies, added, why := file.split(byFile[name])
		if why != "" {
			return why
		}
		for f, changes := range bodies {
			body := file.edited(f.decl.Body.Lbrace, f.decl.Body.Rbrace, changes)
			copies[f] = switchCopy{candidate, body}
			b.size += len(body)
		}
		imports[file] = added
	}
	switch {
	case len(copies) == 0:
		return "it changes no function's body"
	case b.size > maxCopies:
		return fmt.Sprintf("the copies for the candidates before it have %d MiB already", maxCopies>>20)
	}
	for file, added := range imports {
		file.added = append(file.added, added...)
	}
	for f, copied := range copies {
		f.copies = append(f.copies, copied)
	}
	b.choices[candidate] = nil
	return ""
}

// file returns a source file, read and parsed once.
func (b *switchBuilder) file(name string) *switchFile {
	file, known := b.files[name]
	if !known {
		file = openSwitchFile(name, b.read)
		b.files[name] = file
	}
	return file
}

// write makes the files, numbering functions by file and place.
func (b *switchBuilder) write(module string) {
	slot := 0
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		file := b.files[name]
		funcs := slices.DeleteFunc(slices.Collect(maps.Values(file.funcs)), func(f *switchFunc) bool { return len(f.copies) == 0 })
		if len(funcs) == 0 {
			continue
		}
		slices.SortFunc(funcs, func(a, b *switchFunc) int { return cmp.Compare(a.decl.Pos(), b.decl.Pos()) })
		for _, f := range funcs {
			f.slot = slot
			slot++
			for number, copied := range f.copies {
				b.choices[copied.candidate] = append(b.choices[copied.candidate], choice{f.slot, number + 1})
			}
		}
		if b.Files == nil {
			b.Files = map[string][]byte{}
		}
		b.Files[name], b.regions[name] = file.render(module+"/"+switchDir, funcs)
	}
	if slot > 0 {
		b.Files[path.Join(switchDir, "switch.go")] = fmt.Appendf(nil, switchPackage, SwitchVariable, slot)
		b.Files[path.Join(switchDir, "limit_linux.go")] = fmt.Appendf(nil, switchLimit, SwitchCPU)
	}
}

// render writes the file with its switches and copies, and says which lines the
// copies have.
func (f *switchFile) render(imported string, funcs []*switchFunc) ([]byte, []region) {
	var out, tail bytes.Buffer
	at := 0
	insert := func(to int, text string) {
		out.Write(f.src[at:to])
		out.WriteString(text)
		at = to
	}
	insert(f.offset(f.ast.Name.End()), f.importLine(imported))
	var regions []region
	line := bytes.Count(f.src, []byte("\n")) + 2 // of the first copy
	for _, fn := range funcs {
		for _, name := range fn.names {
			out.Write(f.src[at:name.start])
			out.WriteString(name.text)
			at = name.end
		}
		insert(f.offset(fn.decl.Body.Lbrace)+1, fn.dispatch())
		for i, copied := range fn.copies {
			text := f.copyText(fn, i+1, copied.body)
			lines := strings.Count(text, "\n")
			regions = append(regions, region{line, line + lines - 1, copied.candidate})
			line += lines
			tail.WriteString(text)
		}
	}
	out.Write(f.src[at:])
	out.WriteByte('\n')
	out.Write(tail.Bytes())
	return out.Bytes(), regions
}

// importLine imports the package of the selection, and what candidates need,
// behind the package clause and on its line.
func (f *switchFile) importLine(imported string) string {
	line := fmt.Sprintf("; import %s %q", switchPrefix, imported)
	for _, add := range f.added {
		if text := "; import " + add.text; !strings.Contains(line, text) {
			line += text
		}
	}
	return line
}

// copyText is the function with another name and body. It is never inlined:
// the original, which calls all copies, would hold all of a short one's, and a
// fifth of the compiler's time was spent on that.
func (f *switchFile) copyText(fn *switchFunc, number int, body []byte) string {
	decl := fn.decl
	before := f.src[f.offset(decl.Pos()):f.offset(decl.Name.Pos())]
	after := f.src[f.offset(decl.Name.End()):f.offset(decl.Body.Lbrace)]
	return fmt.Sprintf("//go:noinline\n%s%s%s%s\n", before, fn.copyName(number), after, body)
}

func (fn *switchFunc) copyName(number int) string {
	return fmt.Sprintf("%s_%d_%d", switchPrefix, fn.slot, number)
}

// dispatch is the switch at the function's opening brace.
func (fn *switchFunc) dispatch() string {
	var text strings.Builder
	fmt.Fprintf(&text, " switch %s.On[%d] {", switchPrefix, fn.slot)
	for i := range fn.copies {
		call := fn.receiver + fn.copyName(i+1) + fn.types + "(" + fn.arguments + ")"
		if hasResults(fn.decl) {
			fmt.Fprintf(&text, "case %d: return %s;", i+1, call)
		} else {
			fmt.Fprintf(&text, "case %d: %s; return;", i+1, call)
		}
	}
	text.WriteString("};")
	return text.String()
}

func hasResults(decl *ast.FuncDecl) bool {
	return decl.Type.Results != nil && len(decl.Type.Results.List) > 0
}
