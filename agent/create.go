package agent

import (
	"context"
	"fmt"
	"path"
	"strings"
)

// Create is the tool that writes a new file: CWM's, cwm/rl/swerl/plugins/create.py.
func Create() Tool {
	return Tool{
		Name: "create",
		Doc:  "Creates a new file. Its folder must exist, and nothing at its path.",
		Parameters: []Parameter{
			{"path", "the file, from the current folder of bash or absolute"},
			{"content", "what is written, exactly"},
		},
		Parse: func(text string) (Args, error) {
			name, content, _ := strings.Cut(text, "\n")
			return Args{"path": name, "content": content}, nil
		},
		Example: "path/of/file\nfirst line of the content",
		Run:     runCreate,
	}
}

func runCreate(ctx context.Context, e *Env, args Args) (Result, error) {
	name, content := args["path"], args["content"]
	full, err := e.place(name)
	if err != nil {
		return failed(err)
	}
	if len(content) > maxFile {
		return Result{fmt.Sprintf("File creation failed. The content has %d bytes; at most %d can be written at once.", len(content), maxFile), true}, nil
	}
	_, what, err := e.read(ctx, full)
	if err != nil {
		return failed(err)
	}
	switch what {
	case isNone:
	case isOrphan:
		return Result{fmt.Sprintf("File creation failed. The parent directory %s does not exist.", path.Dir(full)), true}, nil
	case isOutside:
		return Result{outside(name), true}, nil
	default:
		return Result{fmt.Sprintf("%s already exists. Cannot create a new file at an existing path.", name), true}, nil
	}
	if err := e.write(ctx, createProgram, full, []byte(content)); err != nil {
		return failed(err)
	}
	return Result{Text: fmt.Sprintf("File created successfully at: %s (%d lines).", name, strings.Count(content, "\n")+1)}, nil
}

// failed turns a mistake into a result; any other error stays one.
func failed(err error) (Result, error) {
	if m, ok := err.(mistake); ok {
		return Result{string(m), true}, nil
	}
	return Result{}, err
}

func outside(name string) string {
	return fmt.Sprintf("The path %s leads out of the repository. Please provide a path inside it.", name)
}
