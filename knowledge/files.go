package knowledge

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// strays refuses content that nothing would read: its writer believes it in
// force. A README and what is hidden are the folder's own.
func (ld *loader) strays(fsys fs.FS) (n int) {
	_ = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return nil //nolint:nilerr // what cannot be read is told of where it is read
		case d.IsDir() && len(base) > 1 && base[0] == '.':
			return fs.SkipDir
		case d.IsDir() || ld.read[name] || base[0] == '.' || strings.HasPrefix(strings.ToLower(base), "readme"):
			return nil
		}
		switch strings.ToLower(path.Ext(base)) {
		case ".md", ".yaml", ".yml":
			n++
			ld.ps.add(name, 0, "name it topics/ID.LANG.md, resources/COUNTRY.yaml, synonyms/LANG.yaml, outside/LANG.yaml, sources.yaml or hide.yaml",
				"no content is read from here")
		}
		return nil
	})
	return n
}

// files reads every file that matches the pattern, in the order of names.
func (ld *loader) files(fsys fs.FS, pattern string, use func(name string, data []byte)) int {
	dir, base := path.Split(pattern)
	dir = path.Clean(dir)
	entries, err := fs.ReadDir(fsys, dir) // fs.Glob would not tell of one that cannot be read
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p := Problem{File: dir, What: pathless(err).Error(), Mend: "make the folder readable"}
		if !slices.Contains(ld.ps, p) {
			ld.ps = append(ld.ps, p)
		}
		ld.broken = true
		return 1
	}
	n := 0
	for _, e := range entries {
		if ok, err := path.Match(base, e.Name()); !ok || err != nil {
			continue
		}
		n++
		name := path.Join(dir, e.Name())
		ld.read[name] = true
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			ld.ps.add(name, 0, "make the file readable", "%v", pathless(err))
			ld.lost(name)
			continue
		}
		data, bad := plainText(data)
		if bad > 0 {
			ld.ps.add(name, bad, "save the file as UTF-8", "this is not UTF-8")
			ld.lost(name)
			continue
		}
		fmt.Fprintf(ld.sum, "%s %d\n%s", name, len(data), data)
		use(name, data)
	}
	return n
}

// lost notes a file whose records are not there, so that those that point to
// them are not called wrong.
func (ld *loader) lost(name string) {
	if strings.HasPrefix(name, "topics/") {
		id, _, _ := strings.Cut(path.Base(name), ".")
		ld.absent[id] = true
		return
	}
	ld.broken = true
}

func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// decode reads strict YAML, reporting what is wrong.
func (ld *loader) decode(name string, data []byte, into any) bool {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		for line, what := range yamlErrors(err) {
			ld.ps.add(name, line, "mend the YAML; the shipped files show the form", "%s", what)
		}
		ld.broken = true
		return false
	}
	var rest yaml.Node
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		ld.ps.add(name, rest.Line, "take out the --- in the middle", "only what stands before a second --- is read")
		ld.broken = true
		return false
	}
	return true
}

// itemLine is the line of the i-th entry, from 0, of the list that the file
// is, or that it has under resources.
func itemLine(data []byte, i int) int {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 {
		return 1
	}
	list := doc.Content[0]
	for k := 0; list.Kind == yaml.MappingNode && k+1 < len(list.Content); k += 2 {
		if list.Content[k].Value == "resources" {
			list = list.Content[k+1]
		}
	}
	if list.Kind != yaml.SequenceNode || i >= len(list.Content) {
		return 1
	}
	return list.Content[i].Line
}
