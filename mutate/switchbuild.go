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

// add takes a candidate in, alone in its copies or not, or says why it cannot.
func (b *switchBuilder) add(candidate int, edit Edit, alone bool) (why string) {
	byFile := map[string][]Change{}
	for _, change := range edit.Changes {
		byFile[change.File] = append(byFile[change.File], change)
	}
	var held []func() int
	imports := map[*switchFile][]switchImport{}
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		file := b.file(name)
		bodies, added, why := file.split(byFile[name])
		if why != "" {
			return why
		}
		for fn, changes := range bodies {
			held = append(held, func() int { return file.hold(fn, candidate, changes, alone) })
		}
		imports[file] = added
	}
	switch {
	case len(held) == 0:
		return "it changes no function's body"
	case b.size > maxCopies:
		return fmt.Sprintf("the copies for the candidates before it have more than %d MiB", maxCopies>>20)
	}
	for file, added := range imports {
		file.added = append(file.added, added...)
	}
	for _, hold := range held {
		b.size += hold()
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
		funcs := slices.DeleteFunc(slices.Collect(maps.Values(file.funcs)), func(f *switchFunc) bool { return len(f.candidates) == 0 })
		if len(funcs) == 0 {
			continue
		}
		slices.SortFunc(funcs, func(a, b *switchFunc) int { return cmp.Compare(a.decl.Pos(), b.decl.Pos()) })
		for _, f := range funcs {
			f.slot = slot
			slot++
			for i, candidate := range f.candidates {
				b.choices[candidate] = append(b.choices[candidate], choice{f.slot, i + 1})
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
	var out bytes.Buffer
	at := 0
	insert := func(to int, text string) {
		out.Write(f.src[at:to])
		out.WriteString(text)
		at = to
	}
	insert(f.offset(f.ast.Name.End()), f.importLine(imported))
	tail := copyWriter{line: bytes.Count(f.src, []byte("\n")) + 2}
	for _, fn := range funcs {
		for _, name := range fn.names {
			out.Write(f.src[at:name.start])
			out.WriteString(name.text)
			at = name.end
		}
		insert(f.offset(fn.decl.Body.Lbrace)+1, fn.dispatch())
		for i := range fn.copies {
			f.copyText(&tail, fn, i)
		}
	}
	out.Write(f.src[at:])
	out.WriteByte('\n')
	out.Write(tail.text)
	return out.Bytes(), tail.regions
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

func (fn *switchFunc) copyName(number int) string {
	return fmt.Sprintf("%s_%d_%d", switchPrefix, fn.slot, number+1)
}

// dispatch is the switch at the function's opening brace.
func (fn *switchFunc) dispatch() string {
	var text strings.Builder
	fmt.Fprintf(&text, " switch %s.On[%d] {", switchPrefix, fn.slot)
	for i, c := range fn.copies {
		call := fn.receiver + fn.copyName(i) + fn.types + "(" + fn.arguments + ")"
		numbers := strings.Trim(strings.ReplaceAll(fmt.Sprint(c.numbers), " ", ", "), "[]")
		if hasResults(fn.decl) {
			fmt.Fprintf(&text, "case %s: return %s;", numbers, call)
		} else {
			fmt.Fprintf(&text, "case %s: %s; return;", numbers, call)
		}
	}
	text.WriteString("};")
	return text.String()
}

func hasResults(decl *ast.FuncDecl) bool {
	return decl.Type.Results != nil && len(decl.Type.Results.List) > 0
}
