package main

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// origins are the settings of a file, and where every setting came from. It is a
// resolver: kong asks it for what no flag says.
type origins struct {
	from map[string]string
	// wrong is all that cannot be read, of file and environment at once.
	wrong []error

	loaded bool
	file   string
	values map[string]any
	known  map[string]bool
}

// of tells where a setting came from: "default", "flag --x", "environment X" or
// "file F".
func (o *origins) of(name string) string {
	if s := o.from[name]; s != "" {
		return s
	}
	return "default"
}

// Validate has nothing to look at.
func (o *origins) Validate(*kong.Application) error { return nil }

// Resolve gives the value that the file has for a flag, unless the environment
// has one.
func (o *origins) Resolve(ctx *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	if !o.loaded {
		o.loaded = true
		o.load(ctx)
	}
	for _, env := range f.Envs {
		if raw, ok := os.LookupEnv(env); ok {
			o.from[f.Name] = "environment " + env
			o.try(f, raw, env)
			return nil, nil
		}
	}
	raw, ok := o.values[f.Name]
	if !ok || !o.try(f, raw, o.file) {
		return nil, nil
	}
	o.from[f.Name] = "file " + o.file
	return raw, nil
}

// try reads a value as the flag would, so that all that is wrong can be said.
func (o *origins) try(f *kong.Flag, raw any, where string) bool {
	decode := kong.DecodeContext{Value: f.Value, Scan: kong.Scan().PushTyped(raw, kong.FlagValueToken)}
	err := f.Mapper.Decode(&decode, reflect.New(f.Target.Type()).Elem())
	if err == nil && f.Enum != "" && !f.EnumMap()[fmt.Sprint(raw)] {
		err = fmt.Errorf("must be one of %s", f.Enum)
	}
	if err != nil {
		o.wrong = append(o.wrong, fmt.Errorf("%s: %s: %w", where, f.Name, err))
	}
	return err == nil
}

// load notes which flags are on the command line and reads the file.
func (o *origins) load(ctx *kong.Context) {
	o.known = map[string]bool{}
	for _, p := range ctx.Path {
		if p.Flag != nil {
			o.from[p.Flag.Name] = "flag --" + p.Flag.Name
		}
	}
	if n := ctx.Selected(); n != nil {
		for _, f := range slices.Concat(n.Flags, ctx.Model.Flags) {
			o.known[f.Name] = f.Name != "help"
			if v, ok := ctx.FlagValue(f).(string); ok && f.Name == "config" {
				o.file = v
			}
		}
	}
	if o.file == "" {
		return
	}
	raw, err := os.ReadFile(o.file)
	if err == nil {
		err = yaml.Unmarshal(raw, &o.values)
	}
	if err != nil {
		o.wrong = append(o.wrong, fmt.Errorf("config: %w", err))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(o.values)) {
		if !o.known[name] {
			o.wrong = append(o.wrong, fmt.Errorf("%s: no setting is called %q; porchlight config lists them", o.file, name))
		}
	}
}
