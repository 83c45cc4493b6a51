// Package sysprog makes programs that are nothing but a list of system calls.
//
// A sandbox needs small processes with powers that a Go process cannot have: to
// be the first process of a PID namespace with nothing in it to attack, or to
// join another user namespace, which the kernel allows to single-threaded
// processes only. The usual way is to run one's own program again in another
// role; that costs a Go runtime per process (4 to 10 ms, megabytes), a hook in
// every program that uses the library, and exposes the program's memory.
//
// A [Program] is a static executable of a few kilobytes instead: an interpreter
// of thirty instructions (interp_*.s) and a list of system calls for it, each
// with its arguments and what comes next when the result is positive, zero or
// negative. It is written to a memfd and starts in a third of a millisecond.
// There is no other logic in it, so what such a process can do is what its list
// says. Arguments are constants, addresses of the program's own data, or results
// of earlier calls.
//
// Left out on purpose: arithmetic, comparisons, string handling. Whatever needs
// them is decided beforehand, in Go.
package sysprog

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Where the parts of a program are in its memory. The assembly knows dataBase.
// Segments are 64 KiB apart, the largest page size of the supported machines.
const (
	codeBase   = 0x400000
	dataBase   = 0x500000
	segment    = 0x10000
	stepSize   = 11 * 8 // number, six arguments, result, where to go on: positive, zero, negative
	stepResult = 7      // the word that receives the result
)

// A Program is a list of system calls. The zero Program is empty.
type Program struct {
	steps []*Step
	data  []byte
}

// A Step is one system call of a program.
type Step struct {
	name     string
	number   uintptr
	args     [6]Arg
	index    int
	zero     *Label // nil: the next step
	negative *Label // nil: the next step
	jump     *Label // after a positive result; nil: the next step
}

// A Label is a place between steps, to go on at.
type Label struct{ index int }

// An Arg is an argument of a system call.
type Arg struct {
	value  uint64 // a constant, or an offset into the program's data
	data   bool   // value is an offset into data
	result *Step  // the result of this step instead
}

// Const is an argument with a fixed value. Negative numbers such as AT_FDCWD
// are given as they are.
func Const[T ~int | ~int32 | ~int64 | ~uint | ~uint32 | ~uint64 | ~uintptr](v T) Arg {
	return Arg{value: uint64(v)}
}

// Result is what the step returned when it last ran.
func (s *Step) Result() Arg { return Arg{result: s} }

// Bytes puts data into the program and returns its address, aligned to eight.
func (p *Program) Bytes(data []byte) Arg {
	for len(p.data)%8 != 0 {
		p.data = append(p.data, 0)
	}
	at := len(p.data)
	p.data = append(p.data, data...)
	return Arg{value: uint64(at), data: true}
}

// String puts a string with a closing NUL into the program.
func (p *Program) String(s string) Arg { return p.Bytes(append([]byte(s), 0)) }

// Space reserves n zero bytes for the kernel to write to.
func (p *Program) Space(n int) Arg { return p.Bytes(make([]byte, n)) }

// Plus is the address n bytes after a.
func (a Arg) Plus(n int) Arg { a.value += uint64(n); return a }

// Strings puts a NULL-terminated array of strings into the program, as execve
// takes it.
func (p *Program) Strings(list []string) Arg {
	pointers := make([]byte, 0, 8*(len(list)+1))
	for _, s := range list {
		at := p.String(s)
		pointers = append(pointers, relocation(at.value)...)
	}
	return p.Bytes(append(pointers, make([]byte, 8)...))
}

// Pointers puts 64-bit words into the program: addresses and constants, for the
// kernel's structures that hold pointers.
func (p *Program) Pointers(words ...Arg) Arg {
	raw := make([]byte, 0, 8*len(words))
	for _, w := range words {
		if w.data {
			raw = append(raw, relocation(w.value)...)
		} else {
			raw = binary.LittleEndian.AppendUint64(raw, w.value)
		}
	}
	return p.Bytes(raw)
}

// dataStart is where data begins in memory: first, at a fixed place, so that
// addresses into it are known while the list is still growing. The steps and
// constants follow it.
const dataStart = dataBase + 4*8

func relocation(offset uint64) []byte {
	return binary.LittleEndian.AppendUint64(nil, dataStart+offset)
}

// Call appends a system call. The name says what it is for: it is what [Failure]
// reports. A negative result ends the program unless the step says otherwise.
func (p *Program) Call(name string, number uintptr, args ...Arg) *Step {
	s := &Step{name: name, number: number, index: len(p.steps), negative: failLabel}
	copy(s.args[:], args)
	p.steps = append(p.steps, s)
	return s
}

// failLabel stands for the failure steps that are added last.
var failLabel = &Label{index: -1}

// Here returns a label of the place after the steps so far.
func (p *Program) Here() *Label { return &Label{index: len(p.steps)} }

// Place moves a label to the place after the steps so far.
func (p *Program) Place(l *Label) { l.index = len(p.steps) }

// Try makes a negative result of s no failure: the next step follows.
func (s *Step) Try() *Step { s.negative = nil; return s }

// IfNegative goes on at l after a negative result.
func (s *Step) IfNegative(l *Label) *Step { s.negative = l; return s }

// IfZero goes on at l after the result zero.
func (s *Step) IfZero(l *Label) *Step { s.zero = l; return s }

// IfPositive goes on at l after a positive result.
func (s *Step) IfPositive(l *Label) *Step { s.jump = l; return s }

// Then goes on at l whatever the result.
func (s *Step) Then(l *Label) *Step { s.zero, s.negative, s.jump = l, l, l; return s }

// A Failure is what a program reports about the call that ended it.
type Failure struct {
	Step  string
	Errno unix.Errno
}

func (f *Failure) Error() string { return fmt.Sprintf("%s: %v", f.Step, f.Errno) }
func (f *Failure) Unwrap() error { return f.Errno }

// FailureSize is the length of the record that a failing program writes.
const FailureSize = 16

// Failure decodes the record that a failing program wrote: the address of the
// step and its result.
func (p *Program) Failure(record []byte) *Failure {
	at := binary.LittleEndian.Uint64(record)
	errno := unix.Errno(-int64(binary.LittleEndian.Uint64(record[8:])))
	index := (int64(at) - int64(p.stepsStart())) / stepSize
	if index < 0 || index >= int64(len(p.steps)) {
		return &Failure{Step: "an unknown step", Errno: errno}
	}
	return &Failure{Step: p.steps[index].name, Errno: errno}
}

func (p *Program) stepsStart() uint64 {
	return dataStart + uint64(len(p.data)+7)/8*8
}

// Memfd assembles the program: an executable, in a memfd that is closed on exec.
// Where a call fails and its step does not say what then, the program writes a
// record of [FailureSize] bytes to the descriptor report and exits with 1.
func (p *Program) Memfd(name string, report int) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|mfdExec)
	if err == unix.EINVAL { // a kernel before 6.3 has no MFD_EXEC, and needs none
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	file := os.NewFile(uintptr(fd), name)
	code, data := p.assemble(report)
	if _, err := file.WriteAt(elfFile(code, len(data)), 0); err != nil {
		return nil, fmt.Errorf("write memfd: %w", err)
	}
	if _, err := file.WriteAt(data, segment); err != nil {
		return nil, fmt.Errorf("write memfd: %w", err)
	}
	return file, nil
}

const mfdExec = 0x10 // MFD_EXEC of linux/memfd.h

// assemble lays out the program's memory: the failure record, the address of the
// first step and a zero; data; steps; constants.
func (p *Program) assemble(report int) (code, memory []byte) {
	end := len(p.steps)
	all := &Program{steps: p.steps, data: p.data}
	all.Call("report failure", unix.SYS_WRITE, Const(report), Const(dataBase), Const(FailureSize)).Try()
	all.Call("exit", unix.SYS_EXIT_GROUP, Const(1)).Try()
	start := all.stepsStart()
	cells := start + uint64(len(all.steps))*stepSize
	at := func(l *Label, next int) uint64 {
		if l == failLabel {
			next = end
		} else if l != nil {
			next = l.index
		}
		return start + uint64(next)*stepSize
	}
	var constants []byte
	word := binary.LittleEndian.AppendUint64
	memory = word(word(word(word(nil, 0), 0), start), 0)
	memory = append(memory, p.data...)
	memory = append(memory, make([]byte, start-dataBase-uint64(len(memory)))...)
	for i, s := range all.steps {
		memory = word(memory, uint64(s.number))
		for _, arg := range s.args {
			if arg.result != nil {
				memory = word(memory, start+uint64(arg.result.index)*stepSize+stepResult*8)
				continue
			}
			memory = word(memory, cells+uint64(len(constants)))
			if arg.data {
				arg.value += dataStart
			}
			constants = word(constants, arg.value)
		}
		memory = word(memory, 0)
		memory = word(memory, at(s.jump, i+1))
		memory = word(memory, at(s.zero, i+1))
		memory = word(memory, at(s.negative, i+1))
	}
	return interpreter(), append(memory, constants...)
}
