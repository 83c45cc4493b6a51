package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

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

// check says what is wrong with a line that was read.
func (l line) check() error {
	switch s := l.Step; {
	case s == nil && l.Resumed == nil:
		return errors.New("it is empty")
	case s == nil:
	case s.Answer == nil:
		return errors.New("the step has no answer")
	case s.Shared < 0:
		return fmt.Errorf("the step shares %d ids", s.Shared)
	}
	return nil
}

// load reads what is there, and says whether it began with this header. What
// follows the last whole line was being written when the process died: it ends
// there, and so does it at a line that cannot be read.
func (e *entry) load(header []byte) (same bool, err error) {
	data, err := io.ReadAll(e.file)
	if err != nil {
		return false, err
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	if len(data) == 0 {
		return true, e.rewind(0, append(header, '\n'))
	}
	first, rest, _ := bytes.Cut(data, []byte{'\n'})
	if !bytes.Equal(first, header) {
		return false, nil
	}
	return true, e.rewind(int64(len(first)+1+e.read(rest)), nil)
}

// read takes the lines, and says how many bytes of them are good.
func (e *entry) read(lines []byte) (good int) {
	for text := range bytes.Lines(lines) {
		var l line
		if json.Unmarshal(text, &l) != nil || l.check() != nil {
			break
		}
		if l.Step != nil {
			e.found = append(e.found, *l.Step)
		}
		if l.Resumed != nil {
			e.resumed = append(e.resumed, *l.Resumed)
		}
		good += len(text)
	}
	return good
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

// close closes the file, which ends its lock.
func (e *entry) close() error {
	if e.file == nil {
		return nil
	}
	return e.file.Close()
}
