package agent

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy/scripted"
	"github.com/selfplay-swe/ssr/sandbox"
)

// A call that is understood is in the text once, between its marks.
func FuzzParseCall(f *testing.F) {
	for _, text := range []string{
		"<tool: bash>\nls\n</tool>", "think\n<tool: edit>\na\n</tool>\n", "<tool: a>\n\n</tool>", "<tool:\u2028a>\n\x1c\n</tool>",
		"<tool: a>\n<tool: b>\nx\n</tool>\n</tool>", "<tool: bash>\nls</tool>", "</tool><tool: bash>\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tool, arguments, err := ParseCall(text)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.Equal(t, 1, strings.Count(text, callBegins))
		require.Contains(t, text, tool+">\n"+arguments+"\n"+callEnds)
		require.Regexp(t, toolName, tool[:min(len(tool), 64)])
	})
}

func FuzzParseEdit(f *testing.F) {
	f.Add("a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE")
	f.Add("a.py\n<<<<<<< SEARCH\n\n=======\n\n>>>>>>> REPLACE\n>>>>>>> REPLACE")
	f.Add("\n<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE")
	f.Fuzz(func(t *testing.T, text string) {
		args, err := parseEdit(text)
		if err != nil {
			return
		}
		require.NotContains(t, args["path"], "\n")
		require.Contains(t, text, args["path"]+"\n<<<<<<< SEARCH\n"+args["search"]+"\n=======\n"+args["replace"]+"\n>>>>>>> REPLACE")
	})
}

// Arguments that are taken are those of the JSON, each there once.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"path":"a","search":"b","replace":"c"}`, `{"path":"a","path":"b","search":"","replace":""}`, `{"path":1}`, `null`, `[]`, `{"path":`,
		`{"path":"\ud800","search":"\u0000","replace":"` + "\xff" + `"}`, strings.Repeat(`{"path":`, 10_001), `{"Path":"a","search":"b","replace":"c"}`,
		`{"path":"a","search":"b","replace":"c"} {}`, `"{\"path\":\"a\"}"`,
	} {
		f.Add(text)
	}
	tool := Edit()
	f.Fuzz(func(t *testing.T, text string) {
		args, err := tool.decode(text)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		var same Args
		require.NoError(t, json.Unmarshal([]byte(text), &same))
		require.Equal(t, same, args)
		require.Len(t, args, len(tool.Parameters))
	})
}

// An edit differs from the text at one place alone, which was whole lines.
func FuzzReplacement(f *testing.F) {
	f.Add("a\nb\nc\n", "b", "x\ny")
	f.Add("a\r\nb\r\n", "b\r\n", "")
	f.Add("", "", "x")
	f.Add("a\nb", "b", "")
	f.Add("a\n\nb\r\n", "b\r", "\r\n")
	f.Fuzz(func(t *testing.T, text, search, replace string) {
		r := replacement{path: "a", search: search, replace: replace, whole: true}
		after, _, ok := r.apply(text)
		if !ok {
			r.nearMisses(text)
			return
		}
		lf := strings.NewReplacer("\r\n", "\n")
		if strings.Contains(text, "\r\n") && !strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") {
			text, after, search, replace = lf.Replace(text), lf.Replace(after), lf.Replace(search), lf.Replace(replace)
		}
		if strings.HasSuffix(search, "\n") && replace != "" && !strings.HasSuffix(replace, "\n") {
			replace += "\n"
		}
		places := 0
		for i := range len(text) - len(search) + 1 {
			end := i + len(search)
			begins := i == 0 || text[i-1] == '\n'
			ends := end == len(text) || text[end] == '\n' || strings.HasSuffix(search, "\n")
			if begins && ends && text[i:end] == search {
				places++
				require.Equal(t, text[:i]+replace+text[end:], after)
			}
		}
		require.Equal(t, 1, places)
	})
}

// No text makes an observation too large, nor half a character.
func FuzzCut(f *testing.F) {
	f.Add(strings.Repeat("€", 200), 256)
	f.Add(strings.Repeat("a\xff", 200), 300)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		limit = minObservation + max(0, limit)%1000
		short := cut(strings.ToValidUTF8(text, "\uFFFD"), limit)
		require.LessOrEqual(t, len(short), limit)
		require.True(t, utf8.ValidString(short))
	})
}

// Whatever stands in a journal, a conversation is played to its end, and what is
// there afterwards is good.
func FuzzJournal(f *testing.F) {
	l := Loop{Policy: scripted.Say(bash("true"), bash("true"), call("submit", nil))}
	header, err := json.Marshal(l.opening(Job{ID: "one"}, l.all()))
	if err != nil {
		f.Fatal(err)
	}
	const step = `{"step":{"shared":0,"answer":{"message":{"role":"assistant","content":"hm"}},"malformed":"no","observation":"no"}}` + "\n"
	for _, rest := range []string{
		step, step + step[:40], "{}\n", "null\n", `{"step":null}` + "\n", `{"step":{}}` + "\n", "\x00\x00\x00\n", step + "\n" + step,
		`{"step":{"shared":-1,"answer":{}}}` + "\n", `{"step":{"shared":9999999999,"answer":{"prompt_ids":[1]}}}` + "\n",
		step + `{"step":{"shared":9999999999,"answer":{"prompt_ids":[1]}}}` + "\n" + step,
		`{"step":{"answer":{},"action":{"tool":"submit"}}}` + "\n", `{"step":{"answer":{},"action":{"tool":"edit","args":{}}}}` + "\n" + step,
		`{"step":{"answer":{}},"tokens":{"prompt_ids":"AQAAAA==","logprobs":"AAA="}}` + "\n", `{"step":{"shared":7,"answer":{}},"tokens":{"prompt_ids":"AQAAAA=="}}` + "\n" + step,
		`{"resumed":{"after":-7,"differs":[100]}}` + "\n",
	} {
		f.Add(rest)
	}
	fake := printer()
	f.Fuzz(func(t *testing.T, rest string) {
		if strings.Count(rest, "\n") > 20 {
			t.Skip("the limits end what the script does not")
		}
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "one.jsonl"), []byte(string(header)+"\n"+rest), 0o644))
		journal, err := OpenJournal(dir)
		require.NoError(t, err)
		defer journal.Close()
		loop := l
		loop.Journal = journal
		for range 2 {
			b, err := fake.New(t.Context(), sandbox.Spec{})
			require.NoError(t, err)
			got, err := loop.Run(t.Context(), Job{ID: "one", Box: b})
			if err == nil {
				require.NotZero(t, got.Stop)
				for i := range got.Steps {
					got.Prompt(i)
				}
			}
		}
	})
}
