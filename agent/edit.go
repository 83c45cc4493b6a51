package agent

import (
	"context"
	"fmt"
	"regexp"
)

// Edit is the tool that replaces lines of a file, once: CWM's, cwm/rl/swerl/
// plugins/edit.py, with four differences. What is searched must end where a line
// ends, so that half a line is not left. Files keep their bytes, and CRLF where
// all lines end so (Python's open makes LF of it). A search with its last newline
// is one of whole lines, too, and so is then what comes in its place. And where
// nothing matches, lines that nearly do are shown (SkyRL-Agent,
// str_replace_editor.py).
func Edit() Tool {
	return Tool{
		Name: "edit",
		Doc:  "Replaces consecutive whole lines of a file. The search lines must stand in the file exactly once, with their indentation. The answer shows the lines around the change.",
		Parameters: []Parameter{
			{"path", "the file, from the current folder of bash or absolute"},
			{"search", "the lines that are replaced, exactly as they are"},
			{"replace", "the lines that come in their place"},
		},
		Parse:   parseEdit,
		Example: "path/of/file\n<<<<<<< SEARCH\nlines as they are\n=======\nlines as they shall be\n>>>>>>> REPLACE",
		Run:     runEdit,
	}
}

var editBlock = regexp.MustCompile(`(.*)\n<<<<<<< SEARCH\n([\s\S]*?)\n=======\n([\s\S]*?)\n>>>>>>> REPLACE`)

const editShape = `Failed to parse the edit tool call. Make sure it has the following format:

<tool: edit>
[path]
<<<<<<< SEARCH
[search_lines]
=======
[replacement_lines]
>>>>>>> REPLACE
</tool>`

func parseEdit(text string) (Args, error) {
	switch blocks := editBlock.FindAllStringSubmatch(text, -1); len(blocks) {
	case 0:
		return nil, mistake(editShape)
	case 1:
		return Args{"path": blocks[0][1], "search": blocks[0][2], "replace": blocks[0][3]}, nil
	default:
		return nil, mistakef("Only one search/replace block is allowed. Got: %d.", len(blocks))
	}
}

func runEdit(ctx context.Context, e *Env, args Args) (Result, error) {
	name := args["path"]
	full, err := e.place(name)
	if err != nil {
		return failed(err)
	}
	content, what, err := e.read(ctx, full)
	if err != nil {
		return failed(err)
	}
	if what != isFile {
		return Result{unfit(name, what), true}, nil
	}
	r := replacement{path: name, search: args["search"], replace: args["replace"], whole: true}
	after, message, ok := r.apply(string(content))
	if !ok {
		return Result{message + r.nearMisses(string(content)), true}, nil
	}
	if err := e.write(ctx, writeProgram, full, []byte(after)); err != nil {
		return failed(err)
	}
	return Result{Text: message}, nil
}

// unfit says why what is at a path cannot be edited.
func unfit(name, what string) string {
	switch what {
	case isFolder:
		return fmt.Sprintf("The path %s is a folder. Please provide the path of a file.", name)
	case isOutside:
		return outside(name)
	case isLarge:
		return fmt.Sprintf("The file %s has more than %d bytes, too many for edit; use bash.", name, maxFile)
	case isSecret:
		return fmt.Sprintf("The file %s may not be read; see its mode.", name)
	case isOther:
		return fmt.Sprintf("The path %s is neither a file nor a folder. Please provide the path of a file.", name)
	}
	return fmt.Sprintf("The path %s does not exist. Please provide a valid path.", name)
}
