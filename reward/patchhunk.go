package reward

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// appendToHunk adds a line that stands after the last hunk.
func (r *patchReader) appendToHunk(line string) error {
	if r.current == nil || len(r.current.hunks) == 0 {
		return fmt.Errorf("%q without a hunk before", line)
	}
	r.current.hunks[len(r.current.hunks)-1] += line
	return nil
}

// readHunk takes the lines of a hunk, exactly as many as its header says.
func (r *patchReader) readHunk(header []string) error {
	r.preface = false
	if r.current == nil {
		return errors.New("a hunk of no file")
	}
	numbers, err := hunkNumbers(header)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "@@ -%d,%d +%d,%d @@", numbers[0], numbers[1], numbers[2], numbers[3])
	if header[5] != "" {
		text.WriteString(" " + header[5])
	}
	text.WriteByte('\n')
	sources, targets := numbers[1], numbers[3]
	for r.at < len(r.lines) {
		line, kind := hunkLine(r.lines[r.at])
		r.at++
		switch kind {
		case '+':
			targets--
		case '-':
			sources--
		case ' ':
			sources, targets = sources-1, targets-1
		case '\\':
		default:
			return fmt.Errorf("%q stands in a hunk; its lines begin with a space, +, - or \\", line)
		}
		if sources < 0 || targets < 0 {
			return errors.New("the hunk is longer than its header says")
		}
		text.WriteString(line)
		if sources == 0 && targets == 0 {
			break
		}
	}
	if sources > 0 || targets > 0 {
		return errors.New("the hunk is shorter than its header says")
	}
	r.current.hunks = append(r.current.hunks, text.String())
	return nil
}

// hunkLine is a line and its kind; one that is empty is context.
func hunkLine(line string) (text string, kind byte) {
	if line[0] != '\r' && line[0] != '\n' {
		return line, line[0]
	}
	end := 1
	if len(line) > 1 && (line[1] == '\r' || line[1] == '\n') {
		end = 2
	}
	return " " + line[:end], ' '
}

func hunkNumbers(header []string) (numbers [4]int, err error) {
	for i, digits := range header[1:5] {
		numbers[i] = 1
		if digits == "" {
			continue
		}
		if numbers[i], err = strconv.Atoi(digits); err != nil {
			return numbers, fmt.Errorf("a hunk header with the number %s, which is too large", digits)
		}
	}
	return numbers, nil
}
