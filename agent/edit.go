package agent

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/textdiff"
)

// Edit is the tool that replaces lines of a file, once: CWM's, cwm/rl/swerl/
// plugins/edit.py, with three differences. What is searched must end where a line
// ends, so that half a line is not left; files whose lines end in CRLF keep them;
// and where nothing matches, lines that nearly do are shown (SkyRL-Agent,
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
		Parse: parseEdit,
		Run:   runEdit,
	}
}

func notThere(name string) string {
	return fmt.Sprintf("The path %s does not exist. Please provide a valid path.", name)
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
	switch what {
	case isFile:
	case isFolder:
		return Result{fmt.Sprintf("The path %s is a folder. Please provide the path of a file.", name), true}, nil
	case isOutside:
		return Result{outside(name), true}, nil
	case isLarge:
		return Result{fmt.Sprintf("The file %s has more than %d bytes, too many for edit; use bash.", name, maxFile), true}, nil
	case isSecret:
		return Result{fmt.Sprintf("The file %s may not be read; see its mode.", name), true}, nil
	case isOther:
		return Result{fmt.Sprintf("The path %s is neither a file nor a folder. Please provide the path of a file.", name), true}, nil
	default:
		return Result{notThere(name), true}, nil
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

// A replacement is an edit of a text.
type replacement struct {
	path, search, replace string
	whole                 bool // the search must end where a line ends; CWM's does not have to
}

// apply returns the text after the edit, and what the model is shown.
func (r replacement) apply(text string) (after, message string, ok bool) {
	crlf := strings.Contains(text, "\r\n") && strings.Count(text, "\r\n") == strings.Count(text, "\n")
	if crlf {
		text = strings.ReplaceAll(text, "\r\n", "\n")
		r.search, r.replace = strings.ReplaceAll(r.search, "\r\n", "\n"), strings.ReplaceAll(r.replace, "\r\n", "\n")
	}
	lines := r.places(text)
	switch len(lines) {
	case 0:
		return "", r.notFound(text), false
	case 1:
	default:
		return "", fmt.Sprintf("No replacement was performed. Multiple occurrences of the search text in lines %s of %s. Please ensure it is unique.", listed(lines), r.path), false
	}
	if r.whole && strings.HasSuffix(r.search, "\n") && r.replace != "" && !strings.HasSuffix(r.replace, "\n") {
		r.replace += "\n" // or the line after would be glued to it
	}
	after = r.at(text, lines[0])
	message = r.done(after, lines[0])
	if crlf {
		after = strings.ReplaceAll(after, "\n", "\r\n")
	}
	return after, message, true
}

// places lists the lines, from 1, at which the search matches.
func (r replacement) places(text string) (lines []int) {
	for line, rest := 1, text; ; line++ {
		if found, ok := strings.CutPrefix(rest, r.search); ok && (!r.whole || r.endsLine(found)) {
			lines = append(lines, line)
		}
		_, after, more := strings.Cut(rest, "\n")
		if !more {
			return lines
		}
		rest = after
	}
}

// endsLine says whether the search, which this follows, ends a line.
func (r replacement) endsLine(rest string) bool {
	return rest == "" || rest[0] == '\n' || strings.HasSuffix(r.search, "\n")
}

// at replaces what is searched at a line.
func (r replacement) at(text string, line int) string {
	start := 0
	for range line - 1 {
		start += strings.IndexByte(text[start:], '\n') + 1
	}
	return text[:start] + r.replace + text[start+len(r.search):]
}

const snippetLines = 8

// done says what was done, with the lines around it.
func (r replacement) done(after string, line int) string {
	lines := strings.Split(after, "\n")
	first := max(1, line-snippetLines)
	last := min(len(lines), line+snippetLines+strings.Count(r.replace, "\n"))
	var shown []string
	for i := first; i <= last; i++ {
		shown = append(shown, fmt.Sprintf("%6d\t%s", i, lines[i-1]))
	}
	return fmt.Sprintf("File %s has been successfully updated at line %d and now contains %d lines. "+
		"The surrounding lines after the edit are shown below:\n%s\nReview the changes and make sure they are as expected.",
		r.path, line, len(lines), strings.Join(shown, "\n"))
}

// notFound says that nothing matches.
func (r replacement) notFound(text string) string {
	message := fmt.Sprintf("No replacement was performed, the search lines did not appear verbatim in %s.", r.path)
	first, _, _ := strings.Cut(r.search, "\n")
	if strings.Contains("\n"+text, strings.TrimLeftFunc(first, isSpace)) {
		message += " The search lines must exactly match one or more consecutive lines from the file, with indentations preserved."
	}
	return message
}

// listed is Python's way to print a list.
func listed(lines []int) string {
	return strings.ReplaceAll(fmt.Sprint(lines), " ", ", ")
}

// nearMisses shows the lines that the first line of what was searched may have
// meant, as SkyRL-Agent does (str_replace_editor.py: at most 3, from a ratio of
// 0.6), where nothing matches; "" if there are none, or too many lines to look.
func (r replacement) nearMisses(text string) string {
	const most, cutoff, longest, width = 3, 0.6, 5000, 500
	text = strings.ReplaceAll(text, "\r\n", "\n")
	lines := strings.Split(text, "\n")
	first, _, _ := strings.Cut(strings.TrimSpace(r.search), "\n")
	if first == "" || len(lines) > longest || len(r.places(text)) > 0 {
		return ""
	}
	var short []string
	for _, line := range lines {
		if len(line) <= width {
			short = append(short, line)
		}
	}
	close, err := textdiff.CloseMatches(first, short, most, cutoff)
	if err != nil || len(close) == 0 {
		return ""
	}
	shown := "\nLines of the file like the first search line:"
	for _, line := range slices.Compact(close) {
		shown += fmt.Sprintf("\n%6d\t%s", slices.Index(lines, line)+1, line)
	}
	return shown
}
