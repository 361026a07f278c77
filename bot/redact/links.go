package redact

import (
	"regexp"
	"slices"
	"strings"
)

const (
	dot  = `(?:\s?[.。]\s?|\s?[(\[]\s?(?:dot|punto|\.)\s?[)\]]\s?|\s(?:dot|punto)\s)`
	at   = `(?:@\s?|\s@\s|\s?[(\[]\s?(?:at|arroba|@|a)\s?[)\]]\s?|\s(?:at|arroba)\s)`
	tlds = `com|net|org|edu|gov|gob|mil|int|info|biz|io|app|dev|xyz|online|site|store|shop|club|live|work|works|jobs|link|click|page|tv|mx|ar|cl|gt|hn|sv|cr|do|cu|ve|ec|uy|py|br|uk|fr|eu|ru|cn|ph|jp|kr|vn|th|pk|ng|ke|gh|ca|us|es|co|me|in|de|it|ly|gl|example`
)

var (
	mail = needs("@ at arroba", `[\p{L}\d_+-][\p{L}\d_.+-]*(?:`+dot+`[\p{L}\d_+-]+)?`+at+
		`([\p{L}\d-]+(?:`+dot+`[\p{L}\d-]+){0,3}?`+dot+`(?:`+tlds+`))\b(?:`+dot+`(?:mx|ar|uk|br|co|ph|pe)\b)?`)
	url  = needs("// www.", `\b(?:[a-z][a-z\d+.-]{1,9}|hxxps?)\s?:\s?//\s?([^\s/?#<>"|]+)[^\s<>"|]*|\bwww\.([^\s/?#<>"|]+)[^\s<>"|]*`)
	host = needs(".", `\b((?:[\p{L}\d-]+\.)+(?:`+tlds+`))\b((?:[/?#:][^\s<>"|]*)?)`)
	said = needs("dot punto [.] (.)", `\b(?:(?:w\s?w\s?w|www)`+dot+`)?(?:[\p{L}\d-]+(?:\s(?:dot|punto)\s|\s?[(\[]\s?(?:dot|punto|\.)\s?[)\]]\s?)){1,4}(?:`+tlds+`)\b(?:(?:\s(?:dot|punto)\s|\.)(?:mx|ar|uk|br|co|pe)\b)?`)
	ip   = needs("0", `\b\d{1,3}(?:\.\d{1,3}){3}\b(?:[:/]\S*)?`)

	at1   = needs("@ <", `<[@#!&][^>\s]{1,40}>|(?:^|[^\p{L}\d])(@[\p{L}\d_][\p{L}\d_.-]*)`)
	under = needs("_ #", `[\p{L}\d]+(?:_[\p{L}\d]+)+|\b[\p{L}\d]{2,}#\d{4}\b`)
)

// words ends that are also words: a host that ends so is one only with a path,
// since people forget the space after a full stop.
var wordEnds = regexp.MustCompile(`\.(?:do|me|in|de|it|es|us|co|work|works|jobs|live|page|link|click|site|store|shop|club|online|info|app)$`)

// links takes e-mails, links and handles.
func links(t *text) {
	t.each(mail, func(m []int) { t.address(m, t.fold[m[2]:m[3]], email) })
	t.each(url, func(m []int) {
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		t.address(m, t.fold[from:to], link)
	})
	t.each(host, func(m []int) {
		if h := t.fold[m[2]:m[3]]; m[4] < m[5] || !wordEnds.MatchString(h) || !t.sentence(h) {
			t.address(m, h, link)
		}
	})
	t.each(said, func(m []int) { t.mark(m[0], m[1], link) })
	t.each(ip, func(m []int) { t.mark(m[0], m[1], link) })
	t.each(at1, func(m []int) {
		if m[2] >= 0 {
			m = m[2:]
		}
		t.mark(m[0], m[1], name)
	})
	t.each(under, func(m []int) { t.mark(m[0], m[1], name) })
}

// A pattern is an expression and what a text must hold for it to be tried: any of
// a few strings, where 0 stands for a digit. Most texts hold none of them.
type pattern struct {
	*regexp.Regexp
	holds []string
}

func needs(some, expression string) pattern {
	return pattern{regexp.MustCompile(expression), strings.Fields(some)}
}

func (p pattern) tried(s string) bool {
	return slices.ContainsFunc(p.holds, func(need string) bool {
		if need == "0" {
			return strings.ContainsAny(s, "0123456789")
		}
		return strings.Contains(s, need)
	})
}

// each calls do for each place where a pattern fits on nothing painted.
func (t *text) each(re pattern, do func(m []int)) {
	if !re.tried(t.fold) {
		return
	}
	for _, m := range re.FindAllStringSubmatchIndex(t.fold, -1) {
		if m[1] > m[0] && t.paint[m[0]] == 0 && t.paint[m[1]-1] == 0 {
			do(m)
		}
	}
}

// address marks an e-mail or a link, or lets it stay when its host may and it
// says no more than where.
func (t *text) address(m []int, host, marker string) {
	host = strings.TrimPrefix(strings.TrimRight(host, ".,;:)"), "www.")
	if t.Host != nil && t.Host(host) && !strings.ContainsAny(t.fold[m[0]:m[1]], "?#") {
		t.brush(m[0], m[1], stay)
		return
	}
	for m[1] > m[0]+1 && strings.IndexByte(".,;:!)'", t.fold[m[1]-1]) >= 0 {
		m[1]--
	}
	t.mark(m[0], m[1], marker)
}

// sentence tells whether what looks like a host is two sentences without a space
// between them: all before its last dot is known.
func (t *text) sentence(h string) bool {
	first, _, _ := strings.Cut(h, ".")
	return strings.Count(h, ".") == 1 && (in("stop").has(first) || t.Known != nil && t.Known(first))
}
