package mutate

import (
	"regexp"
	"strings"

	"github.com/alecthomas/chroma/v2"
)

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

// scriptStatements removes statements that have a line to themselves: those that
// end with a semicolon, and begin where one can begin.
func scriptStatements(file, src string, tokens []scriptToken, owners scriptOwner, yield func(Edit) bool) bool {
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
			if !yield(Edit{"stmt-remove", file, n + 1, owners.at(n + 1), []Change{{file, at, text, ""}}}) {
				return false
			}
		}
		if statement != "" {
			previous = statement
		}
		at += len(text)
	}
	return true
}

// scriptFollows says whether a statement can begin after a line.
func scriptFollows(previous string) bool {
	return strings.HasSuffix(previous, ";") || strings.HasSuffix(previous, "{") && !strings.HasSuffix(previous, "({") || previous == "}"
}

var scriptStatement = regexp.MustCompile(`^(?:[A-Za-z_$][\w$.\[\]]*\s*(?:[-+*/]?=[^=>]|\(|\+\+|--)|return\b|throw\b|break\b|continue\b|delete\b|await\b).*;$`)
