package openai_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/policy/openai"
)

func serve(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server
}

// clientOf returns a client of a server that does as the handler says.
func clientOf(t *testing.T, o openai.Options, handle http.HandlerFunc) *openai.Client {
	o.Endpoint, o.Model = serve(t, handle).URL, "toy"
	client, err := openai.New(o, nil)
	require.NoError(t, err)
	return client
}
