package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"github.com/selfplay-swe/ssr/policy"
)

// An entry is the file of one trajectory; without a journal it keeps nothing.
type entry struct {
	journal *Journal
	name    string
	file    *os.File
	found   []Step // what was there
	resumed []Resumed

	making  sync.WaitGroup // of a file that was not there
	notMade error
}

// A line is one line of an entry after the first: it has a step or a resumption.
type line struct {
	Step    *Step    `json:"step,omitempty"`
	Tokens  *packed  `json:"tokens,omitempty"` // of the step's answer; nil: as older ones, it has them itself
	Resumed *Resumed `json:"resumed,omitempty"`
}

// line is what an entry keeps of a step.
func (s Step) line() line {
	tokens := pack(s.Answer.Tokens)
	bare := *s.Answer
	bare.Tokens = policy.Tokens{}
	s.Answer = &bare
	return line{Step: &s, Tokens: &tokens}
}

// read takes in what a line says.
func (e *entry) read(text []byte) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	switch s := l.Step; {
	case s == nil && l.Resumed == nil:
		return errors.New("it is empty")
	case s == nil:
		e.resumed = append(e.resumed, *l.Resumed)
		return nil
	case s.Answer == nil:
		return errors.New("the step has no answer")
	case s.Shared < 0:
		return fmt.Errorf("the step shares %d ids", s.Shared)
	}
	if l.Tokens != nil {
		tokens, err := l.Tokens.unpack()
		if err != nil {
			return err
		}
		l.Step.Answer.Tokens = tokens
	}
	e.found = append(e.found, *l.Step)
	return nil
}

// find takes up what is there if it has this header, and begins otherwise.
func (e *entry) find(header []byte) error {
	switch file, err := e.journal.claim(e.name, 0); {
	case errors.Is(err, fs.ErrNotExist):
		e.begin(header)
		return nil
	case err != nil:
		return err
	default:
		e.file = file
	}
	if same, err := e.load(header); same || err != nil {
		return err
	}
	if err := errors.Join(e.journal.aside(e.name), e.file.Close()); err != nil {
		return err
	}
	e.begin(header)
	return nil
}

// begin makes the file while the first answer is waited for: a disk takes longer to
// make a thousand files than a model to say a word. Another process that began the
// same trajectory in that time is noticed when the first step is kept.
func (e *entry) begin(header []byte) {
	e.file = nil
	e.making.Go(func() {
		runtime.Gosched() // others that begin in this moment ask first
		if e.file, e.notMade = e.journal.create(e.name); e.notMade == nil {
			_, e.notMade = e.file.Write(header)
		}
	})
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
		return true, e.rewind(0, header)
	}
	if lines, ok := bytes.CutPrefix(data, header); ok {
		return true, e.rewind(int64(len(header)+e.take(lines)), nil)
	}
	return false, nil
}

// take reads lines, and says how many bytes of them are good.
func (e *entry) take(lines []byte) (good int) {
	for text := range bytes.Lines(lines) {
		if e.read(text) != nil {
			break
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
	if e.journal == nil {
		return nil
	}
	e.making.Wait()
	err := e.notMade
	if err == nil {
		err = json.NewEncoder(e.file).Encode(l) // which writes once
	}
	if err != nil {
		return fmt.Errorf("keep a step: %w", err)
	}
	return nil
}

// close closes the file, which ends its lock.
func (e *entry) close() error {
	if e.journal == nil {
		return nil
	}
	defer e.journal.underWay.Delete(e.name)
	e.making.Wait()
	if e.file == nil {
		return nil
	}
	return e.file.Close()
}
