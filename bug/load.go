package bug

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// Load reads an artifact from a folder within the default [Limits].
func Load(dir string) (*Artifact, error) { return Limits{}.Load(dir) }

// Load reads an artifact from a folder that a player wrote: it follows no
// symlink, waits for no fifo, and reads no more of a file than it may have.
// What is wrong with the files is a [*FormatError]; any other error is the
// host's, a folder that does not exist included.
func (l Limits) Load(dir string) (*Artifact, error) {
	l = l.withDefaults()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("load artifact: %w", err)
	}
	defer root.Close()
	var f Files
	names := make(map[string]string) // that the player used
	for _, file := range []struct {
		name  string
		limit int64
		into  *[]byte
	}{
		{ScriptName, l.Script, &f.Script},
		{ParserName, l.Parser, &f.Parser},
		{TestFilesName, l.TestFiles, &f.TestFiles},
		{InjectName, l.Patch, &f.Inject},
		{WeakenName, l.Patch, &f.Weaken},
	} {
		name, err := choose(root, file.name)
		if err != nil {
			return nil, err
		}
		if *file.into, err = readFile(root, name, file.limit); err != nil {
			return nil, err
		}
		names[file.name] = name
	}
	a, err := l.Parse(f)
	if bad, ok := errors.AsType[*FormatError](err); ok {
		bad.File = names[bad.File]
	}
	return a, err
}

// choose returns by which of its names the file called name is in the folder.
func choose(root *os.Root, name string) (string, error) {
	alias, ok := aliases[name]
	if !ok {
		return name, nil
	}
	if _, err := root.Lstat(alias); errors.Is(err, fs.ErrNotExist) {
		return name, nil
	}
	if _, err := root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return alias, nil
	}
	return "", &FormatError{
		File:    name,
		Problem: fmt.Sprintf("%s is there too, which is another name for the same file", alias),
		Want:    "remove " + alias,
	}
}

// readFile reads a regular file. It looks before it opens, and opens without
// waiting: os.Root keeps symlinks inside the folder but follows them, and a
// fifo blocks.
func readFile(root *os.Root, name string, limit int64) ([]byte, error) {
	seen, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &FormatError{File: name, Problem: "the file is missing"}
	}
	if err != nil {
		return nil, fmt.Errorf("load artifact: %w", err)
	}
	if !seen.Mode().IsRegular() {
		return nil, &FormatError{File: name, Problem: fmt.Sprintf("it is not a regular file (%v)", seen.Mode().Type())}
	}
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("load artifact: %w", err)
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || !os.SameFile(seen, opened) {
		return nil, &FormatError{File: name, Problem: "the file was replaced while it was read"}
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("load artifact: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, tooLong(name, limit)
	}
	return data, nil
}

func tooLong(name string, limit int64) error {
	return &FormatError{File: name, Problem: fmt.Sprintf("it has more than %d bytes", limit)}
}

// checkProgram refuses what cannot be a script.
func (l Limits) checkProgram(name string, text []byte, limit int64) error {
	if int64(len(text)) > limit {
		return tooLong(name, limit)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return &FormatError{File: name, Problem: "it is empty"}
	}
	return nil
}

func (l Limits) namedPatch(name string, raw []byte) (*Patch, error) {
	p, err := l.ParsePatch(raw)
	if err != nil {
		return nil, inFile(name, err)
	}
	p.Name = name
	return p, nil
}

func inFile(name string, err error) error {
	if bad, ok := errors.AsType[*FormatError](err); ok {
		bad.File = name
	}
	return err
}

// Save writes the five files by their first names into dir, which it makes if
// it has to. It replaces no file.
func (a *Artifact) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("save artifact: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("save artifact: %w", err)
	}
	defer root.Close()
	for _, file := range []struct {
		name string
		data []byte
	}{
		{ScriptName, a.Script},
		{ParserName, a.Parser},
		{TestFilesName, []byte(strings.Join(a.TestFiles, "\n") + "\n")},
		{InjectName, a.Inject.Raw},
		{WeakenName, a.Weaken.Raw},
	} {
		if err := create(root, file.name, file.data); err != nil {
			return fmt.Errorf("save artifact: %w", err)
		}
	}
	return nil
}

func create(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
