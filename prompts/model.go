package prompts

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"
	"unicode"
)

//go:embed model/*.tmpl
var modelFiles embed.FS

// Writing is what a model is to write an answer from. Its fields hold what
// people and passages said; the templates make that inert.
type Writing struct {
	Lang     string // of the answer
	Passages []WritingPassage
	Before   string // what was spoken of before, "" for a first question
	Asked    string // what the person wrote
}

// WritingPassage is one piece of the knowledge base; help lines stand in it as {id}.
type WritingPassage struct {
	Title, Text string
	Details     []string
	Archived    bool
	AsOf        string
}

// Model renders the prompts for a model.
type Model struct {
	all     *template.Template
	static  string
	version string
}

// LoadModel reads the embedded templates. The error names the file and line.
func LoadModel() (*Model, error) {
	t, err := template.New("model").Option("missingkey=error").Funcs(template.FuncMap{
		"inert": inert, "inc": func(i int) int { return i + 1 },
	}).ParseFS(modelFiles, "model/*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	m := &Model{all: t}
	if m.static, err = m.render("static", nil); err != nil {
		return nil, err
	}
	text, err := modelFiles.ReadFile("model/write.tmpl")
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	sum := sha256.Sum256(text)
	m.version = hex.EncodeToString(sum[:6])
	return m, nil
}

// Version changes whenever a template does.
func (m *Model) Version() string { return m.version }

// Write gives the prompt in its two parts: static is the same for every
// question, data is of this one.
func (m *Model) Write(w Writing) (static, data string, err error) {
	data, err = m.render("data", w)
	return m.static, data, err
}

func (m *Model) render(name string, data any) (string, error) {
	var b strings.Builder
	if err := m.all.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("prompts: %w", err)
	}
	return b.String(), nil
}

// inert is a text on one line in which nothing begins or ends a block: no angle
// brackets, no square brackets, no control or invisible characters.
func inert(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '<', r == '[':
			return '('
		case r == '>', r == ']':
			return ')'
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	return strings.Join(strings.Fields(s), " ")
}
