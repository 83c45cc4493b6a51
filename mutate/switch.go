package mutate

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Switch is a Go module with many candidate edits compiled in, any set of
// which is selected when a program of it starts: compile once, try thousands.
//
// There are copies of each function that candidates edit, at the end of the same
// file, and at the opening brace of the original function a switch that calls the
// copy with the one that is selected. So the lines of the original keep their
// numbers, and its file keeps its imports used. A copy is for one candidate, or
// for several that change statements which can stand in a branch of it: the
// tests of gorilla/mux with 2,443 candidates are built in a third of the time by
// that. What is selected is read from [SwitchVariable] by a package of its own,
// which every switched package imports: it is initialised before any of their
// variables is, so that functions that run then are switched as well.
//
// The idea is that of mutant schemata (Untch, Offutt, Harrold 1993).
//
// Candidates that it cannot hold are in Left, by index, with the reason: those
// that change a declaration (a variable, a signature, a method's existence),
// and functions whose copy would not be the same in a function's place: with a
// //go: directive, or with a direct call of recover or runtime.Caller, which
// count frames. For those there is the real patch. An edit that drops an import,
// or a function that nothing calls any more, is held: keeping either changes
// nothing.
//
// A Switch does not type-check: of candidates that share a copy, one that leaves a
// variable without a use compiles here. When the build fails, [Switch.Guilty] says
// which candidates the compiler complains about, and a new Switch is made without
// them.
type Switch struct {
	Files map[string][]byte // changed and added files, by path; nil when no candidate is held
	Left  map[int]string    // why a candidate is not held, by index

	choices map[int][]choice    // by candidate, in the order of slots
	regions map[string][]region // by file: the lines of copies, ascending
}

// What a switched program reads from its environment.
const (
	// SwitchVariable selects candidates: see [Switch.Select].
	SwitchVariable = "SSR_SWITCH"
	// SwitchCPU is how many milliseconds of processor time, in user mode, the
	// program may use before it is ended by SIGVTALRM; none when it is not set,
	// or the system is not Linux. A candidate that loops is told by it, however
	// busy the machine is; limits of the system know whole seconds only.
	SwitchCPU = "SSR_SWITCH_CPU"
)

// A choice selects the copy with some number of the function in some slot.
type choice struct{ slot, number int }

// A region is lines of a file that belong to candidates.
type region struct {
	first, last int
	candidates  []int
}

// maxCopies bounds the bytes of all copies: a hostile repository could have a
// function of a megabyte with a thousand places to edit. The compiler takes
// about half a minute for this much.
const maxCopies = 16 << 20

// NewSwitch compiles edits of Go files into the module whose go.mod is at the
// root of the sources that read returns. Candidates in left are left out, with
// that reason, and those in alone share no copy; both may be nil, and are not
// changed.
func NewSwitch(read Reader, edits []Edit, left map[int]string, alone map[int]bool) (*Switch, error) {
	mod, err := read("go.mod")
	if err != nil {
		return nil, fmt.Errorf("switch: %w", err)
	}
	module, _ := directives(string(mod))
	if module == "" {
		return nil, errors.New("switch: go.mod names no module; a line \"module PATH\" would be right")
	}
	b := &switchBuilder{
		Switch: Switch{Left: maps.Clone(left), choices: map[int][]choice{}, regions: map[string][]region{}},
		read:   read, files: map[string]*switchFile{},
	}
	if b.Left == nil {
		b.Left = map[int]string{}
	}
	for i, edit := range edits {
		if _, out := b.Left[i]; out {
			continue
		}
		if why := b.add(i, edit, alone[i]); why != "" {
			b.Left[i] = why
		}
	}
	b.write(module)
	return &b.Switch, nil
}

// Select returns the value of [SwitchVariable] that selects candidates, all at
// once. Two in one function are an error, and so is one that is in Left.
func (s *Switch) Select(candidates ...int) (string, error) {
	by := map[int]int{} // slot -> candidate
	var words []string
	for _, c := range candidates {
		choices, held := s.choices[c]
		if !held {
			return "", fmt.Errorf("switch: candidate %d cannot be selected: %s", c, s.reason(c))
		}
		for _, choice := range choices {
			if other, taken := by[choice.slot]; taken && other != c {
				return "", fmt.Errorf("switch: candidates %d and %d are in one function; only one of them can be selected", other, c)
			}
			by[choice.slot] = c
			words = append(words, fmt.Sprintf("%d=%d", choice.slot, choice.number))
		}
	}
	return strings.Join(words, ","), nil
}

func (s *Switch) reason(candidate int) string {
	if why, left := s.Left[candidate]; left {
		return why
	}
	return "there is no such candidate"
}

// compilerLine is a complaint of the Go compiler: file, line, message.
var compilerLine = regexp.MustCompile(`^(?:\./)?([^\s:]+\.go):(\d+)(?::\d+)?: (.+)$`)

// Guilty reads what a failed build printed, and returns the candidates that the
// compiler complains about, with its words, and those that it may have meant: it
// complains about the copy that they share, which tells of none of them. A
// complaint can go on over lines that are set in, such as those of an
// initialization cycle: candidates that any of them names are guilty. Where none
// is, but the complaint is about a file that has copies, all candidates in that
// file are. The compiler gives up after ten complaints, or none with -gcflags=-e.
func (s *Switch) Guilty(output []byte) (guilty map[int]string, suspects map[int]bool) {
	guilty, suspects = map[int]string{}, map[int]bool{}
	for _, complaint := range complaints(output) {
		var accused, shared []int
		for _, at := range complaint {
			switch found := s.at(at.file, at.line); len(found) {
			case 0:
			case 1:
				accused = append(accused, found...)
			default:
				shared = append(shared, found...)
			}
		}
		if len(accused)+len(shared) == 0 {
			for _, r := range s.regions[complaint[0].file] {
				accused = append(accused, r.candidates...)
			}
		}
		for _, c := range accused {
			guilty[c] = "it does not compile: " + complaint[0].words
		}
		if len(accused) == 0 {
			for _, c := range shared {
				suspects[c] = true
			}
		}
	}
	return guilty, suspects
}

// at finds the candidates that a line belongs to.
func (s *Switch) at(file string, line int) []int {
	regions := s.regions[file]
	found, ok := slices.BinarySearchFunc(regions, line, func(r region, line int) int {
		switch {
		case r.last < line:
			return -1
		case r.first > line:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return regions[found].candidates
}

// An accusation is a place that a compiler names, and what it says about it.
type accusation struct {
	file  string
	line  int
	words string
}

// complaints lists what a compiler complains about, each with the places that it
// names.
func complaints(output []byte) (list [][]accusation) {
	for line := range bytes.Lines(output) {
		match := compilerLine.FindSubmatch(bytes.TrimRight(bytes.TrimPrefix(line, []byte("\t")), "\r\n"))
		if match == nil {
			continue
		}
		n, _ := strconv.Atoi(string(match[2]))
		m := accusation{strings.TrimPrefix(path.Clean(string(match[1])), "/work/"), n, string(bytes.TrimSpace(match[3]))}
		if goesOn := line[0] == '\t' && len(list) > 0; goesOn {
			list[len(list)-1] = append(list[len(list)-1], m)
		} else {
			list = append(list, []accusation{m})
		}
	}
	return list
}
