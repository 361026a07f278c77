package language

import (
	"strings"
	"testing"
	"unicode/utf8"
)

var samples = map[string]string{
	"en":      "hello my boss took my passport and he does not pay me what can i do",
	"es":      "hola mi jefe me quitó el pasaporte y no me paga desde hace dos meses qué hago",
	"vi":      "ông chủ không trả lương cho tôi hai tháng rồi tôi phải làm gì bây giờ",
	"ru":      "здравствуйте начальник забрал у меня паспорт и не платит два месяца что мне теперь делать",
	"ar":      "صاحب العمل أخذ جواز سفري ولم يدفع لي منذ شهرين ماذا أفعل الآن من فضلك ساعدني",
	"zh":      "老板拿走了我的护照两个月没给我发工资了我现在该怎么办",
	"unknown": "qwrt zxcv plokm wertu asdfg hjklo zxcvb nmqwe rtyui opasd fghjk lzxcv bnmas dfghj klqwe",
}

func BenchmarkDetect(b *testing.B) {
	for name, text := range samples {
		b.Run(name, func(b *testing.B) {
			Detect(text)
			b.ReportAllocs()
			for b.Loop() {
				Detect(text, "es", "en")
			}
		})
	}
	long := strings.Repeat(samples["en"]+" ", 1<<20/len(samples["en"]))
	b.Run("1MB", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Detect(long)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load()
	}
}

func TestAllocs(t *testing.T) {
	for name, text := range samples {
		if n := testing.AllocsPerRun(100, func() { Detect(text, "es-MX", "en") }); n > 2 {
			t.Errorf("%s: %.0f allocations a message, want at most 2", name, n)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, text := range samples {
		f.Add(text, "es-MX")
	}
	f.Add("l'l'l'\xff--'’\u0301\u200c", "EN")
	f.Add("www.x.com <@1> :a: 好a好 2day ١٢٣ \u200d", "-_")
	f.Fuzz(func(t *testing.T, text, prior string) {
		alone, g := Detect(text), Detect(text, prior)
		for _, g := range []Guess{alone, g} {
			if g.Margin < 0 || g.Margin > maxMargin {
				t.Errorf("margin of %+v", g)
			}
			if g.Sure && g.Lang == "" || g.Lang != "" && g.Lang == g.Second {
				t.Errorf("%+v makes no sense", g)
			}
			if !utf8.ValidString(g.Lang) {
				t.Errorf("%+v holds foreign bytes", g)
			}
		}
		if alone.Sure && (g.Lang != alone.Lang || !g.Sure) {
			t.Errorf("prior %q made %+v of %+v", prior, g, alone)
		}
		if again := Detect(text); again != alone {
			t.Errorf("%+v, then %+v", alone, again)
		}
	})
}
