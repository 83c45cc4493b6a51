package bug

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

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
