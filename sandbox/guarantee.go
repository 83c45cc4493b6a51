package sandbox

import (
	"fmt"
	"strings"
)

// A Guarantee is a set of things that a sandbox promises about hostile commands.
type Guarantee uint16

const (
	Files           Guarantee = 1 << iota // the host's files cannot be changed, nor read but for the toolchains
	Processes                             // commands see and signal only their own; none survives
	NetworkIsolated                       // no network but a private loopback
	Memory                                // Limits.Memory holds
	PIDs                                  // Limits.PIDs holds
	Disk                                  // Limits.Disk and Limits.Inodes hold
	Channels                              // no keyring, vsock, System V IPC, io_uring to other sandboxes

	AllGuarantees = Files | Processes | NetworkIsolated | Memory | PIDs | Disk | Channels
)

var guaranteeNames = [...]string{"files", "processes", "network", "memory", "pids", "disk", "channels"}

// String lists the names, as in "files+network".
func (g Guarantee) String() string {
	var names []string
	for i, name := range guaranteeNames {
		if g&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}

// A GuaranteeError says which guarantees the machine cannot give, and what
// would have to be done to it.
type GuaranteeError struct {
	Missing Guarantee
	Cause   string // what was tried and what happened
	Remedy  string // what to do, as a sentence
}

func (e *GuaranteeError) Error() string {
	return fmt.Sprintf("sandbox: this machine cannot guarantee %s: %s. %s", e.Missing, e.Cause, e.Remedy)
}

// A TooManyError says that commands left more files and folders than are listed.
// It is their doing, not the machine's.
type TooManyError struct{ Most int }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("more than %d files and folders were made, changed or deleted; at most that many are looked at", e.Most)
}

// A LostError says that a sandbox was lost to the machine, not to its commands.
type LostError struct {
	Op  string
	Err error
}

func (e *LostError) Error() string { return "sandbox: " + e.Op + ": " + e.Err.Error() }
func (e *LostError) Unwrap() error { return e.Err }
