module github.com/selfplay-swe/ssr

go 1.26
