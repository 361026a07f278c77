package eval

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
)

//go:embed report.html.tmpl
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"percent": Percent,
	"px":      func(x float64) string { return fmt.Sprintf("%.2f", 100*x) },
	"sub":     func(a, b float64) float64 { return a - b },
	"title":   title,
}).Parse(page))

// titles are what sets are called in a report.
var titles = map[string]string{
	Info: "Information", Danger: "Danger", SelfHarm: "Self-harm", Disclosure: "Disclosure", Tip: "Tips",
	Refusal: "Refusals", Honest: "Honest employers", Benign: "Look-alikes", OffTopic: "Off topic",
	About: "About the bot", Follow: "Follow-ups",
}

func title(set string) string { return titles[set] }

// HTML writes the report as one page that needs no network.
func (r *Report) HTML(w io.Writer) error {
	return pageTemplate.Execute(w, struct {
		*Report
		Wrong []Outcome
	}{r, r.Misses()})
}

// JSON writes the report so that a later run can be compared with it.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// ReadJSON reads what JSON wrote.
func ReadJSON(rd io.Reader) (*Report, error) {
	var r Report
	if err := json.NewDecoder(rd).Decode(&r); err != nil {
		return nil, fmt.Errorf("read an earlier report: %w", err)
	}
	return &r, nil
}
