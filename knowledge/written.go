package knowledge

// Written gives the answer and the details as they stand in the file, where a
// help line is its id in braces and not its name.
func (t *Topic) Written() (answer string, details []string) {
	_, body, err := frontMatter([]byte(t.raw))
	if err != nil {
		return t.Answer, t.Details
	}
	w := Topic{raw: t.raw}
	w.body(string(body), new(Problems))
	return w.Answer, w.Details
}
