package answer

import (
	"fmt"
	"strconv"
	"strings"

	"porchlight/bot"
	"porchlight/knowledge"
)

// source is the line of publishers and dates.
func (j *job) source(cites []bot.Citation) string {
	const most = 3
	if len(cites) == 0 {
		return ""
	}
	var list []string
	seen := map[string]bool{}
	rest := 0
	for _, c := range cites {
		about := []string{j.say("undated")}
		if c.Published != "" {
			about[0] = j.date(c.Published)
		}
		if c.ID == "general-knowledge" {
			about = nil
		}
		if c.Copy {
			about = append(about, j.say("copy"))
		}
		if c.Archived {
			about = append(about, j.say("archived_word"))
		}
		s := c.Publisher
		if len(about) > 0 {
			s += " (" + strings.Join(about, ", ") + ")"
		}
		switch {
		case seen[s]:
		case len(list) == most:
			rest++
		default:
			seen[s] = true
			list = append(list, s)
		}
	}
	line := strings.Join(list, "; ")
	if rest > 0 {
		line += "; +" + strconv.Itoa(rest)
	}
	key := "source"
	if len(list) > 1 {
		key = "sources"
	}
	return strings.ReplaceAll(j.say(key), "{list}", line)
}

// date writes a date as people of the language do.
func (j *job) date(d knowledge.Date) string {
	t, ok := d.Time()
	if !ok || len(d) == 4 {
		return string(d)
	}
	if j.lang == "es" {
		months := strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
		m := months[t.Month()-1]
		if len(d) == 7 {
			return fmt.Sprintf("%s de %d", m, t.Year())
		}
		return fmt.Sprintf("%d de %s de %d", t.Day(), m, t.Year())
	}
	if len(d) == 7 {
		return t.Format("January 2006")
	}
	return t.Format("January 2, 2006")
}
