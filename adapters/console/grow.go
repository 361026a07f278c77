package console

import "strings"

// growing remembers which parts of a growing reply were shown, so that none is
// shown twice, not even when the delivery begins anew after an error.
type growing struct {
	shown []string
	end   string // what stands last on the screen
}

// fresh are the parts of all that were not shown yet, in reading order. Of a
// part that became longer it is the new lines; a part that changed comes whole.
// joined tells whether the first of them goes on with what stands last.
func (g *growing) fresh(all []string) (out []string, joined bool) {
	left := append([]string(nil), g.shown...)
	var rest []string
	for _, p := range all { // first what is the same, so that no other part uses it up
		if i := find(left, func(s string) bool { return s == p }); i >= 0 {
			left = append(left[:i], left[i+1:]...)
			continue
		}
		rest = append(rest, p)
	}
	for _, p := range rest {
		i := find(left, func(s string) bool { return strings.HasPrefix(p, s+"\n") })
		if i < 0 {
			out = append(out, p)
			g.shown = append(g.shown, p)
			continue
		}
		s := left[i]
		joined = joined || len(out) == 0 && s == g.end
		left = append(left[:i], left[i+1:]...)
		out = append(out, p[len(s)+1:])
		g.shown[find(g.shown, func(t string) bool { return t == s })] = p
	}
	if len(rest) > 0 {
		g.end = rest[len(rest)-1]
	}
	return out, joined
}

func find(list []string, is func(string) bool) int {
	for i, s := range list {
		if is(s) {
			return i
		}
	}
	return -1
}
