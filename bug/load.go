package bug

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Load reads an artifact from a folder within the default [Limits].
func Load(dir string) (*Artifact, error) { return Limits{}.Load(dir) }

// Load reads an artifact from a folder that a player wrote: it follows no
// symlink, waits for no fifo, and reads no more of a file than it may have.
// What is wrong with the files is a [*FormatError]; any other error is the
// host's, a folder that does not exist included.
func (l Limits) Load(dir string) (a *Artifact, err error) {
	l = l.withDefaults()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("load artifact: %w", err)
	}
	defer root.Close()
	used := make(map[string]string) // aliases that the player used
	f, err := l.readAll(root, used)
	if err == nil {
		a, err = l.Parse(f)
	}
	if bad, ok := errors.AsType[*FormatError](err); ok {
		bad.Alias = used[bad.File]
	}
	return a, err
}

func (l Limits) readAll(root *os.Root, used map[string]string) (Files, error) {
	var f Files
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
		if name != file.name {
			used[file.name] = name
		}
		if err == nil {
			*file.into, err = readFile(root, name, file.limit)
		}
		if err != nil {
			return f, inFile(file.name, err)
		}
	}
	return f, nil
}

// choose returns by which of its names the file called name is in the folder.
func choose(root *os.Root, name string) (string, error) {
	alias := Alias(name)
	if alias == name {
		return name, nil
	}
	if _, err := root.Lstat(alias); errors.Is(err, fs.ErrNotExist) {
		return name, nil
	}
	if _, err := root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return alias, nil
	}
	return "", problem(0, "remove "+alias, "%s is there too, which is another name for the same file", alias)
}

// readFile reads a regular file. It looks before it opens, and opens without
// waiting: os.Root keeps symlinks inside the folder but follows them, and a
// fifo blocks.
func readFile(root *os.Root, name string, limit int64) ([]byte, error) {
	seen, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem(0, "", "the file is missing")
	}
	if err != nil {
		return nil, fmt.Errorf("load artifact: %w", err)
	}
	if !seen.Mode().IsRegular() {
		return nil, problem(0, "", "it is not a regular file (%v)", seen.Mode().Type())
	}
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil, problem(0, "make it readable", "its mode %v forbids reading", seen.Mode())
	}
	if err != nil {
		return nil, fmt.Errorf("load artifact: %w", err)
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || !os.SameFile(seen, opened) {
		return nil, problem(0, "", "the file was replaced while it was read")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("load artifact: %w", err)
	}
	return data, within(limit, data)
}

func within(limit int64, data []byte) error {
	if int64(len(data)) > limit {
		return problem(0, "", "it has more than %d bytes", limit)
	}
	return nil
}
