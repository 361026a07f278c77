package verify

import "slices"

// numbers joins numbers that are written in several words ("two hundred", "5
// thousand") into one token each, and gives numbers their unit.
func (l *language) numbers(in []token) []token {
	out := make([]token, 0, len(in))
	for i := 0; i < len(in); i++ {
		t := in[i]
		if v, n := l.numberAt(in[i:]); n > 0 && !(v == 2 && i > 0 && pointing[in[i-1].word]) {
			t.number, t.value, t.name = true, v, false
			i += n - 1
		} else if v, ok := l.ordinal[t.word]; ok && !t.name {
			t.number, t.value, t.name = true, v, false
		} else if v, ok := l.month[t.word]; ok && (t.name || l.code == "es") {
			t.number, t.value, t.unit, t.name = true, v, "month", false
		}
		if t.number && len(out) > 0 && out[len(out)-1].raw == "$" {
			t.unit = "$"
		}
		out = append(out, t)
	}
	for i := range out {
		if out[i].number {
			out[i].unit = l.unit(out[i], out[:i], out[i+1:])
		}
	}
	return out
}

// pointing are the words after which two says no number: the two of them.
var pointing = map[string]bool{"the": true, "these": true, "those": true, "los": true, "las": true, "estos": true, "estas": true}

// unit is that of a number, by what stands before and behind it.
func (l *language) unit(t token, before, behind []token) string {
	if t.unit != "" {
		return t.unit
	}
	if len(before) > 0 && paragraph[before[len(before)-1].word] || len(behind) > 0 && behind[0].word == "usc" {
		return "§"
	}
	if len(behind) > 0 {
		next, two := behind[0], behind[0].word
		if len(behind) > 1 {
			two += " " + behind[1].word
		}
		switch {
		case next.raw == "%", next.word != "" && l.percent[next.word], l.percent[two]:
			return "%"
		case next.word != "" && l.money[next.word], l.money[two]:
			return "$"
		case l.unitOf[next.word] != "":
			return l.unitOf[next.word]
		}
	}
	if len(t.word) == 4 && allDigits(t.word) && t.value >= 1800 && t.value < 2100 {
		return "date"
	}
	return ""
}

// paragraph are the words beside a number of a law.
var paragraph = map[string]bool{"usc": true, "section": true, "sections": true, "seccion": true, "secciones": true, "title": true, "titulo": true, "part": true, "law": true, "ley": true, "articulo": true, "cfr": true}

// alike tells whether two units may be the same: one of time is often left out.
func alike(a, b string) bool {
	if a == b {
		return true
	}
	return a == "" && timely[b] || b == "" && timely[a]
}

var timely = map[string]bool{"hour": true, "day": true, "week": true, "month": true, "year": true, "minute": true, "§": true}

// numberAt reads the number that starts here, and tells of how many tokens it
// is; 0 where there is none.
func (l *language) numberAt(in []token) (v float64, n int) {
	sum, cur := 0.0, 0.0
	for n < len(in) {
		t := in[n]
		small, isSmall := l.number[t.word]
		big, isScale := l.scale[t.word]
		switch {
		case t.word == "":
			return sum + cur, n
		case t.number && n == 0:
			cur = t.value
		case isSmall && (n == 0 || fits(cur, small)):
			cur += small
		case isScale && n > 0 && cur > 0:
			cur *= big
			if big >= 1000 {
				sum, cur = sum+cur, 0
			}
		case t.word == "y" && n > 0 && n+1 < len(in) && l.number[in[n+1].word] > 0 && fits(cur, l.number[in[n+1].word]):
		default:
			return sum + cur, n
		}
		n++
	}
	return sum + cur, n
}

// fits tells whether 5 may follow 20, or 35 follow 200.
func fits(cur, small float64) bool {
	whole := int(cur)
	if float64(whole) != cur || whole == 0 {
		return cur == 0
	}
	return whole%1000 == 0 && small < 1000 || whole%100 == 0 && small < 100 || whole%10 == 0 && whole%100 >= 20 && small > 0 && small < 10
}

// figure is a number with its unit.
type figure struct {
	value float64
	unit  string
}

// has tells whether a sentence has a number with its unit.
func (s *sentence) has(f figure) bool {
	for _, i := range s.words {
		if t := s.tokens[i]; t.number && t.value == f.value && alike(t.unit, f.unit) {
			return true
		}
	}
	return false
}

// A date is a run of numbers that name a day, a month, a year.
type date []figure

// dates are those of a sentence: runs of a month and what stands by it, parted
// by marks and short words only, and single years.
func (s *sentence) dates() (out []date) {
	var run date
	near := 0
	flush := func() {
		if run.dated() {
			out = append(out, run)
		}
		run = nil
	}
	for _, t := range s.tokens {
		switch {
		case t.number && (t.unit == "month" || t.unit == "date" || t.unit == "" && t.value >= 1 && t.value <= 31):
			if near > 1 || len(run) > 0 && run[len(run)-1].unit == "date" && t.unit != "month" {
				flush()
			}
			if len(run) > 0 && run.holds(t.unit) && t.unit != "" {
				flush()
			}
			run, near = append(run, figure{t.value, t.unit}), 0
		case t.word == "" && t.raw == ",":
		case near == 0 && dateGlue[t.word]:
			near++
		default:
			near += 2
		}
	}
	flush()
	return out
}

var dateGlue = map[string]bool{"of": true, "the": true, "in": true, "de": true, "del": true}

func (d date) dated() bool { return d.holds("month") || d.holds("date") }

func (d date) holds(unit string) bool {
	return slices.ContainsFunc(d, func(f figure) bool { return f.unit == unit })
}

// within tells whether a date says no more than another one.
func (d date) within(o date) bool {
	for _, f := range d {
		if !slices.Contains(o, f) {
			return false
		}
	}
	return true
}
