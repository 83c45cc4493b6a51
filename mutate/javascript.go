package mutate

import (
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// JavaScriptEdits yields edits of a JavaScript or TypeScript file, in the order
// of its tokens. There is no parser of these languages without cgo, so they are
// edits of tokens, which chroma tells from strings, comments, templates and
// regular expressions; whether a result is still a program only Node can say.
// Func is the innermost function around that has a name.
func JavaScriptEdits(file string, src []byte) iter.Seq[Edit] {
	return func(yield func(Edit) bool) {
		tokens := scriptTokens(file, string(src))
		functions := scriptFunctions(file, tokens)
		line := 1
		for i, t := range tokens {
			function := functionAt(functions, line)
			for _, op := range scriptOperators {
				for _, after := range op.after(tokens, i) {
					if after == t.text {
						continue
					}
					if !yield(Edit{op.name, file, line, function, []Change{{file, t.start, t.text, after}}}) {
						return
					}
				}
			}
			for _, e := range scriptConditions(tokens, i) {
				if !yield(Edit{e.operator, file, line, function, e.changes(file, tokens)}) {
					return
				}
			}
			line += strings.Count(t.text, "\n")
		}
		scriptStatements(file, string(src), tokens, functions, yield)
	}
}

// JavaScriptOperators lists the operators for JavaScript.
func JavaScriptOperators() []Operator {
	var list []Operator
	for _, op := range scriptOperators {
		list = append(list, Operator{op.name, op.doc, gremlins, false})
	}
	for _, c := range scriptConditionals {
		list = append(list, Operator{c.operator, c.doc, measured, false})
	}
	return append(list, Operator{"stmt-remove", "a statement that has its line to itself goes", measured, false})
}

// A scriptToken is a token and where it stands. White space is a token, too.
type scriptToken struct {
	kind  chroma.TokenType
	text  string
	start int
}

// maxScript bounds the work for a file; what is larger is generated.
const maxScript = 1 << 20

// scriptTokens splits a source; none where the lexer fails or loses bytes.
func scriptTokens(file, src string) (tokens []scriptToken) {
	language := "javascript"
	if strings.HasSuffix(file, "ts") || strings.HasSuffix(file, "tsx") {
		language = "typescript"
	}
	lexer := lexers.Get(language)
	if lexer == nil || len(src) > maxScript {
		return nil
	}
	defer func() {
		if recover() != nil {
			tokens = nil // the lexer's, over somebody's source
		}
	}()
	iterator, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root"}, src)
	if err != nil {
		return nil
	}
	at := 0
	for _, t := range iterator.Tokens() {
		if !strings.HasPrefix(src[min(at, len(src)):], t.Value) {
			break
		}
		for _, text := range scriptWords(t) {
			tokens = append(tokens, scriptToken{t.Type, text, at})
			at += len(text)
		}
	}
	return tokens
}

var scriptWord = regexp.MustCompile(`[+*/%<>=!&|^~?-]+|[^+*/%<>=!&|^~?-]+`)

// scriptWords splits what the lexer takes for one token but is several, as "!("
// and "(-".
func scriptWords(t chroma.Token) []string {
	if t.Type.InCategory(chroma.Operator) || t.Type.InCategory(chroma.Punctuation) {
		return scriptWord.FindAllString(t.Value, -1)
	}
	return []string{t.Value}
}

// code says whether a token is neither white space nor comment.
func (t scriptToken) code() bool {
	return strings.TrimSpace(t.text) != "" && !t.kind.InCategory(chroma.Comment)
}

// beside returns the nearest code before or after a token.
func beside(tokens []scriptToken, i, step int) scriptToken {
	for i += step; i >= 0 && i < len(tokens); i += step {
		if tokens[i].code() {
			return tokens[i]
		}
	}
	return scriptToken{}
}

// JavaScriptFunctions lists the functions of a file that have a name and a body
// in braces, in the order of their lines.
func JavaScriptFunctions(file string, src []byte) []Function {
	return scriptFunctions(file, scriptTokens(file, string(src)))
}

func scriptFunctions(file string, tokens []scriptToken) (list []Function) {
	line := 1
	for i, t := range tokens {
		if t.kind.InCategory(chroma.Name) && t.code() {
			if length, ok := scriptFunction(tokens, i); ok {
				list = append(list, Function{file, t.text, line, line + length})
			}
		}
		line += strings.Count(t.text, "\n")
	}
	return list
}

// functionAt is the name of the innermost function at a line: of those around
// it, the one that begins last.
func functionAt(functions []Function, line int) (name string) {
	for _, f := range functions {
		if f.First <= line && line <= f.Last {
			name = f.Name
		}
	}
	return name
}

// scriptFunction says whether the name at i is that of a function, and how many
// lines below it ends: "function name(…) {", "name(…) {", "name = (…) => {" or
// "name = function (…) {".
func scriptFunction(tokens []scriptToken, i int) (lines int, ok bool) {
	var head strings.Builder
	depth := 0
	for j := i + 1; j < len(tokens) && j < i+400; j++ {
		t := tokens[j]
		if t.text == "{" && depth == 0 {
			if !scriptHead.MatchString(head.String()) {
				return 0, false
			}
			return strings.Count(head.String(), "\n") + scriptBody(tokens[j:]), true
		}
		if depth += scriptDepth(t); depth < 0 || depth == 0 && t.text == ";" {
			return 0, false
		}
		if depth > 0 || t.kind.InCategory(chroma.Comment) {
			head.WriteString(strings.Repeat("\n", strings.Count(t.text, "\n")))
			continue
		}
		head.WriteString(t.text)
	}
	return 0, false
}

// scriptHead is what stands between a function's name and its body, without what
// is in parentheses.
var scriptHead = regexp.MustCompile(`^\s*(?:[=:]\s*(?:async\s*)?(?:function\b\s*\*?\s*\w*\s*)?)?\s*\)\s*(?::\s*[\w<>\[\]| ]+)?\s*(?:=>)?\s*$`)

// scriptBody counts the lines of a body that begins with its brace.
func scriptBody(tokens []scriptToken) (lines int) {
	depth := 0
	for _, t := range tokens {
		if depth += scriptDepth(t); depth == 0 {
			break
		}
		lines += strings.Count(t.text, "\n")
	}
	return lines
}

func scriptDepth(t scriptToken) int {
	if !t.kind.InCategory(chroma.Punctuation) {
		return 0
	}
	return strings.Count(t.text, "(") + strings.Count(t.text, "{") + strings.Count(t.text, "[") -
		strings.Count(t.text, ")") - strings.Count(t.text, "}") - strings.Count(t.text, "]")
}

// scriptStatements removes statements that have a line to themselves: those that
// end with a semicolon, and begin where one can begin.
func scriptStatements(file, src string, tokens []scriptToken, functions []Function, yield func(Edit) bool) {
	inside, line := map[int]bool{}, 1 // lines that begin within a token
	for _, t := range tokens {
		for range strings.Count(t.text, "\n") {
			line++
			inside[line] = strings.TrimSpace(t.text) != ""
		}
	}
	at, previous := 0, ";"
	for n, text := range strings.SplitAfter(src, "\n") {
		statement := strings.TrimSpace(text)
		if len(tokens) > 0 && !inside[n+1] && scriptStatement.MatchString(statement) && scriptFollows(previous) {
			if !yield(Edit{"stmt-remove", file, n + 1, functionAt(functions, n+1), []Change{{file, at, text, ""}}}) {
				return
			}
		}
		if statement != "" {
			previous = statement
		}
		at += len(text)
	}
}

// scriptFollows says whether a statement can begin after a line.
func scriptFollows(previous string) bool {
	return strings.HasSuffix(previous, ";") || strings.HasSuffix(previous, "{") && !strings.HasSuffix(previous, "({") || previous == "}"
}

var scriptStatement = regexp.MustCompile(`^(?:[A-Za-z_$][\w$.\[\]]*\s*(?:[-+*/]?=[^=>]|\(|\+\+|--)|return\b|throw\b|break\b|continue\b|delete\b|await\b).*;$`)

// A scriptOperator says what else may stand in a token's place.
type scriptOperator struct {
	name, doc string
	after     func(tokens []scriptToken, i int) []string
}

var scriptOperators = []scriptOperator{
	{"eq-flip", "=== becomes !==, == becomes !=, and back", replacing(map[string][]string{
		"===": {"!=="}, "!==": {"==="}, "==": {"!="}, "!=": {"=="}})},
	{"rel-boundary", "< becomes <=, >= becomes >, and so on", replacing(map[string][]string{
		"<": {"<="}, "<=": {"<"}, ">": {">="}, ">=": {">"}})},
	{"rel-change", "< becomes > and >=, <= becomes >= and >, and so on", replacing(map[string][]string{
		"<": {">", ">="}, "<=": {">=", ">"}, ">": {"<", "<="}, ">=": {"<=", "<"}})},
	{"logic-change", "&& becomes || and the other way round, ?? becomes ||", replacing(map[string][]string{
		"&&": {"||"}, "||": {"&&"}, "??": {"||"}})},
	{"arith-change", "+ becomes -, * becomes /, and so on", replacing(map[string][]string{
		"+": {"-"}, "-": {"+"}, "*": {"/"}, "/": {"*"}, "%": {"*"}, "+=": {"-="}, "-=": {"+="}, "*=": {"/="}, "/=": {"*="}})},
	{"bit-change", "& becomes |, << becomes >>, and so on", replacing(map[string][]string{
		"&": {"|"}, "|": {"&"}, "^": {"&"}, "<<": {">>"}, ">>": {"<<"}, ">>>": {">>"}})},
	{"accumulate-drop", "x += y becomes x = y", replacing(map[string][]string{"+=": {"="}, "-=": {"="}, "*=": {"="}})},
	{"step-flip", "++ becomes -- and the other way round", replacing(map[string][]string{"++": {"--"}, "--": {"++"}})},
	{"unary-drop", "!x becomes x", dropNot},
	{"bool-flip", "true becomes false and the other way round", word(map[string][]string{"true": {"false"}, "false": {"true"}})},
	{"const-change", "a whole number grows or shrinks by one", scriptNumber},
	{"break-continue", "break becomes continue and the other way round", word(map[string][]string{"break": {"continue"}, "continue": {"break"}})},
	{"call-change", "min becomes max, startsWith becomes endsWith, and other pairs of the library", word(map[string][]string{
		"min": {"max"}, "max": {"min"}, "startsWith": {"endsWith"}, "endsWith": {"startsWith"}, "some": {"every"}, "every": {"some"},
		"push": {"unshift"}, "unshift": {"push"}, "pop": {"shift"}, "shift": {"pop"}, "indexOf": {"lastIndexOf"}, "lastIndexOf": {"indexOf"},
		"toLowerCase": {"toUpperCase"}, "toUpperCase": {"toLowerCase"}, "trimStart": {"trimEnd"}, "trimEnd": {"trimStart"}, "floor": {"ceil"}, "ceil": {"floor"}})},
}

// A scriptConditional wraps the condition of an if or while.
type scriptConditional struct {
	operator, doc string
	before, after string // put inside of the condition's parentheses
	open, close   int    // these, as indices of tokens
}

var scriptConditionals = []scriptConditional{
	{operator: "if-negate", doc: "the condition of an if or while is negated", before: "!(", after: ")"},
	{operator: "if-true", doc: "the condition of an if becomes true", before: "true || (", after: ")"},
	{operator: "if-false", doc: "the condition of an if or while becomes false", before: "false && (", after: ")"},
}

// scriptConditions are the edits of a condition whose first parenthesis is at i.
func scriptConditions(tokens []scriptToken, i int) (list []scriptConditional) {
	keyword := beside(tokens, i, -1).text
	if !strings.HasPrefix(tokens[i].text, "(") || !tokens[i].kind.InCategory(chroma.Punctuation) || keyword != "if" && keyword != "while" {
		return nil
	}
	depth := 0
	for j := i; j < len(tokens); j++ {
		if !tokens[j].kind.InCategory(chroma.Punctuation) {
			continue
		}
		depth += strings.Count(tokens[j].text, "(") - strings.Count(tokens[j].text, ")")
		if depth > 0 {
			continue
		}
		for _, c := range scriptConditionals {
			if c.open, c.close = i, j; c.operator != "if-true" || keyword == "if" {
				list = append(list, c)
			}
		}
		return list
	}
	return nil
}

func (c scriptConditional) changes(file string, tokens []scriptToken) []Change {
	end := tokens[c.close].start + strings.LastIndexByte(tokens[c.close].text, ')')
	return []Change{
		{file, tokens[c.open].start, "(", "(" + c.before},
		{file, end, ")", c.after + ")"},
	}
}

// replacing puts another operator in place of one. Binary ones only: what
// stands before is a value.
func replacing(table map[string][]string) func([]scriptToken, int) []string {
	return func(tokens []scriptToken, i int) []string {
		t := tokens[i]
		if !t.kind.InCategory(chroma.Operator) && !t.kind.InCategory(chroma.Punctuation) {
			return nil
		}
		if (t.text == "+" || t.text == "-" || t.text == "*") && !scriptOperand.MatchString(beside(tokens, i, -1).text) {
			return nil
		}
		return table[t.text]
	}
}

var scriptOperand = regexp.MustCompile("[\\w$)\\]'\"`]$")

func word(table map[string][]string) func([]scriptToken, int) []string {
	return func(tokens []scriptToken, i int) []string {
		if t := tokens[i]; t.kind.InCategory(chroma.Keyword) || t.kind.InCategory(chroma.Name) {
			return table[t.text]
		}
		return nil
	}
}

func dropNot(tokens []scriptToken, i int) []string {
	if t := tokens[i]; t.text == "!" && (t.kind.InCategory(chroma.Operator) || t.kind.InCategory(chroma.Punctuation)) {
		return []string{""}
	}
	return nil
}

func scriptNumber(tokens []scriptToken, i int) []string {
	var n int64
	t := tokens[i]
	if !t.kind.InSubCategory(chroma.LiteralNumber) || len(t.text) > 9 {
		return nil
	}
	if _, err := fmt.Sscanf(t.text, "%d", &n); err != nil || fmt.Sprint(n) != t.text {
		return nil
	}
	return []string{fmt.Sprint(n + 1), fmt.Sprint(max(n-1, 0))}
}
