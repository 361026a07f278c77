package console

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain ñ 护照 👩‍👩‍👧 سفر", "plain ñ 护照 👩‍👩‍👧 سفر"},
		{"a\tb\nc", "a\tb\nc"},
		{"\x1b[31mred\x1b[0m", "red"},
		{"\x1b]0;title\x07rest", "rest"},
		{"\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"},
		{"\x1b[2J\x1b[Hgone", "gone"},
		{"a\x00b\x07c\x7fd", "abcd"},
		{"safe\rfake", "safe\nfake"},
		{"dos\r\nline", "dos\nline"},
		{"\u009b31mc1", "31mc1"},
		{"\x9b31mraw", "�31mraw"},
		{"ab\u202ecd\u202c\u2066e\u2069\u200ef\u061c", "abcdef"},
		{"bad\xff\xfe", "bad�"},
	} {
		if got := clean(c.in); got != c.want {
			t.Errorf("clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a", "\x1b[31mx", "\x9bx", "\u202e", "护\x1b照", "\x1b]0;x", "\xf0\x9f", "\x1bP\x1b\\", "�\x1b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || strings.IndexFunc(got, steers) >= 0 {
			t.Errorf("clean(%q) = %q", s, got)
		}
		if again := clean(got); again != got {
			t.Errorf("cleaning %q again gives %q", got, again)
		}
		if utf8.ValidString(s) && strings.IndexFunc(s, steers) < 0 && got != s {
			t.Errorf("clean(%q) = %q, but it was clean", s, got)
		}
	})
}
