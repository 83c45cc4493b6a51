package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// A Journal keeps trajectories while they are made: a folder with one file for
// each, a line of JSON for its opening and one for every step. A line is written
// before the next step begins, so what a killed process had heard is there; the
// file is synced when the trajectory ends or is broken off. It is safe for
// concurrent use, as long as no two make the same trajectory.
type Journal struct{ root *os.Root }

// OpenJournal opens the journal in a folder, which is made where it is missing.
func OpenJournal(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("agent: open a journal: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("agent: open a journal: %w", err)
	}
	return &Journal{root}, nil
}

// Close closes the journal. No trajectory may be under way.
func (j *Journal) Close() error { return j.root.Close() }

// open opens the entry of a trajectory. One that began otherwise (with another
// policy, or another request) is another trajectory: it is put aside under
// another name, and this one begins.
func (j *Journal) open(o Opening) (*entry, error) {
	if j == nil {
		return &entry{}, nil
	}
	if o.ID == "" || strings.ContainsAny(o.ID, "/\x00") {
		return nil, fmt.Errorf("the trajectory's id is %q; it must be the name of a file", o.ID)
	}
	header, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	name := o.ID + ".jsonl"
	file, err := j.root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	e := &entry{file: file}
	same, err := e.load(header)
	if err != nil || same {
		return e, err
	}
	if err := errors.Join(file.Close(), j.aside(name)); err != nil {
		return nil, err
	}
	return j.open(o)
}

// aside gives a file a name that no entry has.
func (j *Journal) aside(name string) error {
	for n := 1; ; n++ {
		other := fmt.Sprintf("%s.%d", name, n)
		if _, err := j.root.Lstat(other); errors.Is(err, fs.ErrNotExist) {
			return j.root.Rename(name, other)
		} else if err != nil {
			return err
		}
	}
}

// An entry is the file of one trajectory; without a file it keeps nothing.
type entry struct {
	file    *os.File
	found   []Step // what was there
	resumed []Resumed
}

// A line is one line of an entry after the first: one of its fields is set.
type line struct {
	Step    *Step    `json:"step,omitempty"`
	Resumed *Resumed `json:"resumed,omitempty"`
}

// load reads what is there, and says whether it began with this header. What
// follows the last whole line was being written when the process died.
func (e *entry) load(header []byte) (same bool, err error) {
	data, err := io.ReadAll(e.file)
	if err != nil {
		return false, err
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	if len(data) == 0 {
		return true, e.rewind(0, append(header, '\n'))
	}
	lines := bytes.SplitAfter(data, []byte{'\n'})
	if !bytes.Equal(bytes.TrimSuffix(lines[0], []byte{'\n'}), header) {
		return false, nil
	}
	whole := len(lines[0])
	for _, text := range lines[1:] {
		var l line
		if json.Unmarshal(text, &l) != nil {
			break
		}
		if l.Step != nil {
			e.found = append(e.found, *l.Step)
		}
		if l.Resumed != nil {
			e.resumed = append(e.resumed, *l.Resumed)
		}
		whole += len(text)
	}
	return true, e.rewind(int64(whole), nil)
}

// rewind ends the file at size, and appends.
func (e *entry) rewind(size int64, data []byte) error {
	if err := e.file.Truncate(size); err != nil {
		return err
	}
	if _, err := e.file.Seek(size, io.SeekStart); err != nil {
		return err
	}
	_, err := e.file.Write(data)
	return err
}

// add writes a line.
func (e *entry) add(l line) error {
	if e.file == nil {
		return nil
	}
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err = e.file.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("keep a step: %w", err)
	}
	return nil
}

// close syncs the file.
func (e *entry) close() error {
	if e.file == nil {
		return nil
	}
	return errors.Join(e.file.Sync(), e.file.Close())
}
