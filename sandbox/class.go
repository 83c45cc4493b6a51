package sandbox

import "fmt"

// A Class says how a command ended. Every class is the command's own doing.
type Class uint8

const (
	_           Class = iota
	Exited            // by itself, with an exit status
	Signaled          // by a signal
	Timeout           // by the engine, when Cmd.Timeout was over
	OutOfMemory       // by the memory limit
	OutputLimit       // it printed more than Limits.Output
	DiskFull          // it failed, and Limits.Disk or Limits.Inodes was used up
	PIDLimit          // it failed, and Limits.PIDs was reached, as far as the provider saw
)

var classNames = [...]string{"invalid", "exited", "signaled", "timeout", "out_of_memory", "output_limit", "disk_full", "pid_limit"}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("Class(%d)", c)
}

// MarshalText stores the class as its word.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the word back.
func (c *Class) UnmarshalText(text []byte) error {
	for i, name := range classNames[1:] {
		if name == string(text) {
			*c = Class(i + 1)
			return nil
		}
	}
	return fmt.Errorf("no class of results is called %q", text)
}
