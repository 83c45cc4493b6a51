package agent

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/internal/vectors"
)

func TestParseCallVectors(t *testing.T) {
	type vector struct {
		Raw   string
		Calls [][2]string
		Error *string
	}
	for _, v := range vectors.Read[vector](t, "cwm_parse_tool_calls.json") {
		tool, arguments, err := ParseCall(v.Raw)
		if v.Error != nil {
			require.EqualError(t, err, *v.Error, v.Raw)
			require.Empty(t, tool+arguments)
			continue
		}
		require.NoError(t, err, v.Raw)
		require.Equal(t, v.Calls, [][2]string{{tool, arguments}})
	}
}

// An editVector is a file before and after. A new content that is null is none: the
// path is not there.
type editVector struct {
	Files      map[string]string
	Command    string
	Success    bool
	Message    string
	NewContent *string `json:"new_content"`
}

// By its parts, edit does what CWM's does, to the letter.
func TestEditVectors(t *testing.T) {
	for _, v := range vectors.Read[editVector](t, "cwm_edit_create.json") {
		after, message, ok := editFiles(v.Files, v.Command)
		require.Equal(t, v.Success, ok, v.Command)
		require.Equal(t, v.Message, message, v.Command)
		if ok {
			require.NotNil(t, v.NewContent, v.Command)
			require.Equal(t, *v.NewContent, after, v.Command)
		}
	}
}

// As a tool it does the same in a sandbox, but for what it adds to the message
// where nothing matches.
func TestEditVectorsInASandbox(t *testing.T) {
	for _, v := range vectors.Read[editVector](t, "cwm_edit_create.json") {
		args, err := Edit().Parse(v.Command)
		if err != nil {
			continue // TestEditVectors saw it
		}
		e := newEnv(box(t, v.Files), time.Minute)
		result, err := runEdit(t.Context(), e, args)
		require.NoError(t, err)
		require.Equal(t, v.Success, !result.Failed, v.Command)
		require.Contains(t, result.Text, v.Message)
		if v.NewContent != nil {
			content, _, err := e.read(t.Context(), "/work/"+args["path"])
			require.NoError(t, err)
			require.Equal(t, *v.NewContent, string(content), "the file after it, or as it was")
		}
	}
}

// editFiles does what CWM's edit does to files, by the parts of ours.
func editFiles(files map[string]string, command string) (after, message string, ok bool) {
	args, err := parseEdit(command)
	if err != nil {
		return "", err.Error(), false
	}
	content, there := files[args["path"]]
	if !there {
		return "", unfit(args["path"], isNone), false
	}
	return replacement{path: args["path"], search: args["search"], replace: args["replace"]}.apply(content)
}

func TestCreateVectors(t *testing.T) {
	var file struct {
		Vectors []struct {
			Command    string
			Success    bool
			Message    string
			NewContent *string `json:"new_content"`
		} `json:"create_vectors"`
	}
	vectors.Load(t, "cwm_edit_create.json", &file)
	for _, v := range file.Vectors {
		e := newEnv(box(t, nil), time.Minute)
		args, err := Create().Parse(v.Command)
		require.NoError(t, err)
		result, err := runCreate(t.Context(), e, args)
		require.NoError(t, err)
		require.Equal(t, v.Success, !result.Failed, v.Command)
		require.Equal(t, strings.ReplaceAll(v.Message, "<CWD>", "/work"), result.Text)
		if v.NewContent != nil {
			content, _, err := e.read(t.Context(), "/work/"+args["path"])
			require.NoError(t, err)
			require.Equal(t, *v.NewContent, string(content))
		}
	}
}
