package reward

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/textdiff"
)

// An Agentless applies answers in the form of Agentless, as SWE-RL's
// agentless_mini does (src/swerl/agentless_mini/utils/data.py): blocks fenced by
// ```python, each with any number of SEARCH/REPLACE, a path once said holding for
// those after it.
//
// By default an edit that cannot be applied is refused, and so is one of nothing.
// With Compat, as in the original, it is skipped without a word; whether it can be
// is asked of the file before any edit; and a search for nothing matches between
// all characters. With either, no file may become more than 1 MiB larger.
type Agentless struct {
	Occurrence Occurrence
	Compat     bool
}

// FileCommands are the edits of one file, as an answer wrote them.
type FileCommands struct {
	Path     string
	Commands []string
}

var pythonBlock = regexp.MustCompile("(?s)```python\n(.*?)\n```")

const (
	searchMark  = "<<<<<<< SEARCH"
	replaceMark = ">>>>>>> REPLACE"
	divider     = "\n=======\n"
)

// ParseCommands finds the edits of an answer, file by file, none twice.
func ParseCommands(answer string) []FileCommands {
	var files []FileCommands
	for _, match := range pythonBlock.FindAllStringSubmatch(answer, -1) {
		path := ""
		pieces := strings.Split(match[1], replaceMark)
		for _, piece := range pieces[:len(pieces)-1] {
			halves := strings.Split(strings.TrimFunc(piece, pythonSpace), searchMark)
			if len(halves) > 1 {
				if name := strings.TrimFunc(strings.TrimLeft(halves[0], "#"), pythonSpace); name != "" {
					path = name
				}
			}
			if len(halves) == 2 && path != "" {
				files = addCommand(files, path, searchMark+halves[1]+"\n"+replaceMark)
			}
		}
	}
	return files
}

func addCommand(files []FileCommands, path, command string) []FileCommands {
	at := slices.IndexFunc(files, func(f FileCommands) bool { return f.Path == path })
	if at < 0 {
		return append(files, FileCommands{path, []string{command}})
	}
	if !slices.Contains(files[at].Commands, command) {
		files[at].Commands = append(files[at].Commands, command)
	}
	return files
}

// Apply returns the new contents of those files that an answer edits. Errors are
// [*FormatError].
func (a Agentless) Apply(files map[string]string, answer string) (map[string]string, error) {
	edited := make(map[string]string)
	for _, file := range ParseCommands(answer) {
		original, known := files[file.Path]
		if !known && a.Compat {
			continue
		}
		if !known {
			return nil, &FormatError{"no file " + file.Path}
		}
		content, err := a.applyTo(original, file)
		if err != nil {
			return nil, err
		}
		edited[file.Path] = content
	}
	if len(edited) == 0 && !a.Compat {
		return nil, &FormatError{"no search/replace blocks in a ```python fence"}
	}
	return edited, nil
}

func (a Agentless) applyTo(original string, file FileCommands) (content string, err error) {
	content = original
	for _, command := range file.Commands {
		search, replace, ok := splitCommand(command)
		if a.Compat && !(ok && strings.Contains(original, search)) {
			continue
		}
		if !a.Compat && (!ok || search == "") {
			return "", &FormatError{"an edit of " + file.Path + " without one search and one replacement: " + command}
		}
		content, err = a.Occurrence.replace(content, search, replace, len(original)+maxGrowth)
		if err != nil && !(a.Compat && err == errAbsent) {
			return "", &FormatError{fmt.Sprintf("the search %v in %s: %s", err, file.Path, search)}
		}
	}
	return content, nil
}

// splitCommand undoes what ParseCommands put around an edit; lines lose their own
// kinds of ends, as in the original.
func splitCommand(command string) (search, replace string, ok bool) {
	lines := textdiff.SplitLines(command)
	halves := strings.Split(strings.Join(lines[1:max(len(lines)-1, 1)], "\n"), divider)
	if len(halves) != 2 {
		return "", "", false
	}
	return halves[0], halves[1], true
}
