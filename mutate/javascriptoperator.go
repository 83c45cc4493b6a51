package mutate

import (
	"fmt"
	"regexp"

	"github.com/alecthomas/chroma/v2"
)

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
