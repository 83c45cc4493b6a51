package mutate

import (
	"regexp"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

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
