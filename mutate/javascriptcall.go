package mutate

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/alecthomas/chroma/v2"
)

// A Call is a call in a JavaScript file that stands where a statement does, or
// may stand there.
type Call struct {
	Callee     string // with dots: "t.test"
	Name       string // its first argument, where that is a string; "" where it is computed
	Start, End int    // bytes, with the await before and the semicolon behind it
	Statement  bool   // without it, the file still parses
}

// JavaScriptCalls lists the calls of a file whose callee is a name or names with
// dots between them, in the order of their beginnings.
func JavaScriptCalls(file string, src []byte) (list []Call) {
	tokens := codeOf(scriptTokens(file, string(src)))
	ends := scriptEnds(tokens)
	heads := scriptHeads(tokens, ends)
	for i, t := range tokens {
		if t.text != "(" || i == 0 || !tokens[i-1].kind.InCategory(chroma.Name) {
			continue
		}
		first := scriptCallee(tokens, i-1)
		end := ends[i]
		call := Call{Start: tokens[first].start, Name: scriptText(tokens[i+1 : max(i+1, end)]), Statement: tokens[end].text == ")"}
		for _, part := range tokens[first:i] {
			call.Callee += part.text
		}
		if first > 0 && tokens[first-1].text == "await" {
			first--
			call.Start = tokens[first].start
		}
		if end+1 < len(tokens) && tokens[end+1].text == ";" {
			end++
		}
		call.End = tokens[end].start + len(tokens[end].text)
		call.Statement = call.Statement && scriptBegins(src, tokens, first, heads) && !scriptGoesOn(src, tokens, end)
		list = append(list, call)
	}
	return list
}

// codeOf drops white space and comments.
func codeOf(tokens []scriptToken) (code []scriptToken) {
	for _, t := range tokens {
		if t.code() {
			code = append(code, t)
		}
	}
	return code
}

// scriptCallee is where names with dots between them begin that end at i.
func scriptCallee(tokens []scriptToken, i int) int {
	for i >= 2 && tokens[i-1].text == "." && tokens[i-2].kind.InCategory(chroma.Name) {
		i -= 2
	}
	return i
}

// scriptText is the text of a first argument that is one string and no more.
func scriptText(arguments []scriptToken) string {
	var text strings.Builder
	n := 0
	for n < len(arguments) && arguments[n].kind.InSubCategory(chroma.LiteralString) {
		text.WriteString(arguments[n].text)
		n++
	}
	if n == 0 || n < len(arguments) && arguments[n].text != "," || text.Len() < 2 {
		return ""
	}
	return unquoted(text.String())
}

// unquoted reads a string literal: escapes of one letter and of hexadecimal
// digits as Go has them, any other letter for itself.
func unquoted(literal string) string {
	quote, rest := literal[0], literal[1:len(literal)-1]
	if literal[len(literal)-1] != quote || !strings.ContainsRune("'\"`", rune(quote)) {
		return ""
	}
	var text strings.Builder
	for rest != "" {
		c, _, tail, err := strconv.UnquoteChar(rest, 0)
		switch {
		case err == nil:
			text.WriteRune(c)
			rest = tail
		case rest[0] == '\\' && len(rest) > 1:
			rest = rest[1:]
			fallthrough
		default: // a quote of another kind, or an escape that Go has not
			text.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	return text.String()
}

// scriptBegins says whether a statement begins at token i, which no if or loop
// has for its only one: after a brace or semicolon, or in a new line where what
// stands before it is the end of something.
func scriptBegins(src []byte, tokens []scriptToken, i int, heads map[int]bool) bool {
	if i == 0 {
		return true
	}
	before := tokens[i-1]
	switch {
	case before.text == ";" || before.text == "}" || before.text == "{":
		return before.kind.InCategory(chroma.Punctuation)
	case !bytes.ContainsRune(src[before.start+len(before.text):tokens[i].start], '\n'):
		return false
	case before.text == ")":
		return !heads[i-1]
	}
	return before.text == "]" || before.kind.InCategory(chroma.Literal) || before.kind.InCategory(chroma.Name)
}

// scriptHeads are the parentheses that close what an if, for, while or with has.
func scriptHeads(tokens []scriptToken, ends map[int]int) map[int]bool {
	heads := map[int]bool{}
	for open, end := range ends {
		if open == 0 || open > 1 && tokens[open-2].text == "." {
			continue // a method may have such a name, as catch
		}
		word := tokens[open-1]
		heads[end] = word.kind.InCategory(chroma.Keyword) && word.text != "super" && word.text != "import"
	}
	return heads
}

// scriptGoesOn says whether the statement that ends with token i may not end
// there, or what follows it would go on with what stands before it.
func scriptGoesOn(src []byte, tokens []scriptToken, i int) bool {
	if i+1 == len(tokens) {
		return false
	}
	next := tokens[i+1]
	if strings.ContainsAny(next.text[:1], "([`+-/*.?,<>=&|^%:)]") {
		return true
	}
	return tokens[i].text != ";" && next.text != "}" &&
		!bytes.ContainsRune(src[tokens[i].start+len(tokens[i].text):next.start], '\n')
}
