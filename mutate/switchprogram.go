package mutate

// The package that every switched package imports. It is written in the Go of
// ten years ago, for the sake of modules that ask for it, and imports little, so
// that no program gets bigger by it.

// switchPackage wants the variable's name and the number of slots.
const switchPackage = `// Package ssrswitch holds which copy of each function is selected.
package ssrswitch

import (
	"os"
	"strconv"
	"strings"
)

// On is the number of the copy that is selected, by slot; zero: the original.
var On = read(os.Getenv(%q))

func read(text string) (on [%d]uint32) {
	for _, word := range strings.Split(text, ",") {
		i := strings.Index(word, "=")
		if i < 0 {
			continue
		}
		slot, _ := strconv.Atoi(word[:i])
		number, _ := strconv.Atoi(word[i+1:])
		on[slot] = uint32(number)
	}
	return on
}
`

// switchLimit wants the variable's name. The runtime catches SIGVTALRM and does
// nothing with it, so the signal is given back its own meaning first; the
// kernel's sigaction is 32 bytes of zero then, on every 64-bit machine.
const switchLimit = `package ssrswitch

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

var _ = limit(os.Getenv(%q))

func limit(text string) bool {
	milliseconds, err := strconv.Atoi(text)
	if err != nil {
		return false
	}
	var byDefault [4]uint64
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGVTALRM), uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	timer := [4]uintptr{2: uintptr(milliseconds / 1000), 3: uintptr(milliseconds %% 1000 * 1000)}
	const virtual = 1
	syscall.RawSyscall(syscall.SYS_SETITIMER, virtual, uintptr(unsafe.Pointer(&timer)), 0)
	return true
}
`
