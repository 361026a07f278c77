package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"porchlight/knowledge/index"
	"porchlight/knowledge/language"
	"porchlight/knowledge/measure"
)

// evalRetrievalCmd is `porchlight eval retrieval DIR…`. The environment does not
// reach its flags: a figure must not depend on how the bot is set up.
type evalRetrievalCmd struct {
	Dirs       []string `arg:"" name:"dir" type:"existingdir" help:"Folders with corpus.tsv (id, title, body), queries.tsv (id, question) and qrels.tsv (question id, passage id, grade)."`
	Lang       string   `env:"-" placeholder:"CODE" help:"Language of the passages. Without it: xx for a folder named xquad-xx, else en."`
	Typos      uint64   `env:"-" placeholder:"SEED" help:"Damage three in ten long words of the questions the way people mistype. Equal seeds give equal damage."`
	Unaccented bool     `env:"-" help:"Ask without accents and tones."`
	Foreign    []string `env:"-" placeholder:"DIR" type:"existingdir" sep:"none" help:"More folders whose questions the others cannot answer. May be repeated; a folder is never foreign to itself."`
	Common     string   `env:"-" placeholder:"FILE" type:"existingfile" help:"Everyday words of the language, one a line, commonest first. Without it: the lists of the program."`
	JSON       bool     `env:"-" name:"json" help:"Write one JSON document instead of a table."`
	Limit      int      `env:"-" placeholder:"N" help:"Ask at most N questions of each folder, spread evenly."`
}

// Run measures folder after folder. It writes to k.Stdout and stops at the
// first folder that cannot be read.
func (c *evalRetrievalCmd) Run(k *kong.Context) error {
	if c.Limit < 0 {
		return fmt.Errorf("eval retrieval: --limit %d: write 1 or more, or leave it out to ask everything", c.Limit)
	}
	loaded := map[string]*measure.Collection{}
	var all []measure.Metrics
	for _, dir := range c.Dirs {
		col, err := loadOnce(loaded, dir)
		if err != nil {
			return fmt.Errorf("eval retrieval: %w", err)
		}
		o, err := c.options(loaded, dir)
		if err != nil {
			return fmt.Errorf("eval retrieval: %w", err)
		}
		all = append(all, measure.Run(col, o))
	}
	if c.JSON {
		return c.writeJSON(k.Stdout, all)
	}
	return writeTable(k.Stdout, all)
}

func loadOnce(loaded map[string]*measure.Collection, dir string) (*measure.Collection, error) {
	dir = filepath.Clean(dir)
	if c, ok := loaded[dir]; ok {
		return c, nil
	}
	c, err := measure.Load(os.DirFS(dir), filepath.Base(dir))
	if err == nil {
		loaded[dir] = c
	}
	return c, err
}

func (c *evalRetrievalCmd) options(loaded map[string]*measure.Collection, dir string) (measure.Options, error) {
	lang := c.Lang
	if lang == "" {
		lang = folderLang(dir)
	}
	o := measure.Options{Index: index.Options{Lang: lang}, Typos: c.Typos, Unaccented: c.Unaccented, Limit: c.Limit}
	if c.Common == "" {
		o.Index.Common = language.Common(lang)
	} else {
		words, err := readWords(c.Common)
		if err != nil {
			return o, fmt.Errorf("--common: %w", err)
		}
		o.Index.Common = words
	}
	for _, f := range c.Foreign {
		if filepath.Clean(f) == filepath.Clean(dir) {
			continue
		}
		col, err := loadOnce(loaded, f)
		if err != nil {
			return o, err
		}
		o.Foreign = append(o.Foreign, col)
	}
	return o, nil
}

// folderLang is xx for xquad-xx and en for anything else.
func folderLang(dir string) string {
	if lang, ok := strings.CutPrefix(filepath.Base(dir), "xquad-"); ok && lang != "" {
		return lang
	}
	return "en"
}

// readWords reads a list of words, one a line; # begins a comment line.
func readWords(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var words []string
	for line := range strings.Lines(string(data)) {
		if w := strings.TrimSpace(line); w != "" && !strings.HasPrefix(w, "#") {
			words = append(words, w)
		}
	}
	return words, nil
}

func (c *evalRetrievalCmd) writeJSON(w io.Writer, all []measure.Metrics) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(struct {
		Typos       uint64            `json:"typos_seed,omitempty"`
		Unaccented  bool              `json:"unaccented,omitempty"`
		Limit       int               `json:"limit,omitempty"`
		Collections []measure.Metrics `json:"collections"`
	}{c.Typos, c.Unaccented, c.Limit, all})
}

func writeTable(w io.Writer, all []measure.Metrics) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "collection\tlang\tpassages\tasked\tnDCG@10\tMRR@10\t95 % of draws\trecall@10\tP@1\tforeign\tAUROC\tkept\tp50 µs\tp99 µs\tbuild ms\tKB\t")
	for _, m := range all {
		foreign, auroc, kept := "-", "-", "-"
		if r := m.Refusal; r != nil {
			foreign = fmt.Sprint(r.Unanswerable)
			auroc, kept = fmt.Sprintf("%.3f", r.Signals[0].AUROC), fmt.Sprintf("%.2f", r.Signals[0].Kept)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%.3f\t%.3f\t%.3f-%.3f\t%.3f\t%.3f\t%s\t%s\t%s\t%.1f\t%.1f\t%.1f\t%d\t\n",
			m.Collection, m.Lang, m.Passages, m.Questions, m.NDCG, m.MRR, m.MRR95.Low, m.MRR95.High,
			m.Recall, m.First, foreign, auroc, kept, m.P50, m.P99, m.Build, m.IndexBytes/1000)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return writeSignals(w, all)
}

// writeSignals adds a line for every signal that could have told foreign
// questions apart; nothing where no foreign question was asked.
func writeSignals(w io.Writer, all []measure.Metrics) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := false
	for _, m := range all {
		if m.Refusal == nil {
			continue
		}
		if !head {
			head = true
			fmt.Fprintln(w, "\nAUROC of each signal, and the share of answerable questions kept where it refuses 95 % of the foreign ones")
			fmt.Fprint(t, "collection\t")
			for _, s := range m.Refusal.Signals {
				fmt.Fprintf(t, "%s\tkept\t", s.Name)
			}
			fmt.Fprintln(t)
		}
		fmt.Fprintf(t, "%s\t", m.Collection)
		for _, s := range m.Refusal.Signals {
			fmt.Fprintf(t, "%.3f\t%.2f\t", s.AUROC, s.Kept)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
