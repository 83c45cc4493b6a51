package agent

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/selfplay-swe/ssr/sandbox"
)

// maxFile bounds files that edit reads and edit and create write, in bytes.
const maxFile = 1 << 20

// What the programs below find at a path.
const (
	isFile    = "file"
	isNone    = "none"
	isOrphan  = "orphan" // nothing, and no folder that it could be in
	isFolder  = "folder"
	isOutside = "outside"
	isLarge   = "large"
	isSecret  = "secret" // a file that may not be read
	isOther   = "other"  // a pipe, a socket, a device, a link to nothing
)

// The programs below run in a bash of their own, with an empty environment, which
// the player's shell only starts: what a player did to that one (functions,
// aliases, PATH, traps, set -eux) does not reach them. They answer in a line that
// begins with a mark, since a server in the background may print meanwhile, and
// contents travel as base64 with their size, since they may be any bytes and such
// a server may print into them. A player who wants to can still break them, and
// only its own edits by it.
//
// That a path leads out of the tree is looked at before it is opened, so a link
// that is swapped in between is followed. It leads to what is inside the sandbox,
// where the player's own bash writes anyway.
const (
	mark = "\x1eagent:"

	inspect = `p=$1
say() { printf '\n\036agent:%s\n' "$1"; exit; }
case $(realpath -m -- "$p") in "$2"/*) ;; *) say outside;; esac
[ ! -d "$p" ] || say folder
`
	readProgram = inspect + `[ -e "$p" ] || [ -L "$p" ] || { [ -d "${p%/*}" ] && say none; say orphan; }
[ -f "$p" ] || say other
[ -r "$p" ] || say secret
size=$(stat -L -c %s -- "$p")
[ "$size" -le "$3" ] || say large
printf '\n\036agent:file %s %s\n' "$size" "$(base64 -w0 -- "$p")"` // in one write, if it is small
	writeProgram  = `base64 -d >"$1" && printf '\n\036agent:file\n'`
	createProgram = "set -C; " + writeProgram // what came there meanwhile is not overwritten

	clean = "/usr/bin/env -i PATH=/usr/bin:/bin bash --norc --noprofile -c "
)

// read returns the content of a file of the sandbox, and what is there.
func (e *Env) read(ctx context.Context, full string) (content []byte, what string, err error) {
	result, err := e.Do(ctx, fmt.Sprintf("%s %s - %s %s %d 2>/dev/null", clean, quote(readProgram), quote(full), sandbox.WorkDir, maxFile))
	if err != nil {
		return nil, "", err
	}
	words := marked(result)
	switch {
	case len(words) == 1 && words[0] != isFile:
		return nil, words[0], nil
	case len(words) == 2 && words[1] == "0":
		return nil, isFile, nil
	case len(words) == 3:
		content, err = base64.StdEncoding.DecodeString(words[2])
		if err == nil && strconv.Itoa(len(content)) == words[1] {
			return content, isFile, nil
		}
	}
	return nil, "", e.unwell("read", result)
}

// marked are the words of a program's answer; nil if there is none.
func marked(r sandbox.ShellResult) []string {
	_, after, _ := strings.Cut(string(r.Output), mark)
	answer, _, whole := strings.Cut(after, "\n")
	if !whole || !r.OK() {
		return nil
	}
	return strings.Fields(answer)
}

// unwell is the mistake of a player whose shell could not do what was asked.
func (e *Env) unwell(what string, r sandbox.ShellResult) error {
	why := strings.TrimSpace(strings.ReplaceAll(text(r.Output), mark, ""))
	lines := append([]string{"The file could not be " + what + "; something else may print meanwhile, or the shell be broken."}, ending(e, r)...)
	if what == "written" && why != "" {
		lines = append(lines, cut(why, minObservation))
	}
	return mistake(strings.Join(lines, "\n"))
}

// write writes a file of the sandbox, by one of the programs for that. What was
// there keeps its mode.
func (e *Env) write(ctx context.Context, program, full string, content []byte) error {
	result, err := e.Do(ctx, fmt.Sprintf("%s %s - %s <<'end'\n%s\nend\n", clean, quote(program), quote(full), base64.StdEncoding.EncodeToString(content)))
	if err != nil {
		return err
	}
	if answer := marked(result); len(answer) != 1 || answer[0] != isFile {
		return e.unwell("written", result)
	}
	return nil
}

// quote quotes a word for a shell.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
