package corpus

// Save writes a case below a corpus directory to the file of its name, replacing
// one that is there, and returns the file's path. The file appears whole or not
// at all, also after a crash.
func Save(dir string, c *Case) (path string, err error) {
	text, err := Format(c)
	if err != nil {
		return "", err
	}
	return SaveText(dir, c.Name, text)
}

// SaveText is [Save] for a case of which the text is known: what [Format] gave.
func SaveText(dir, name string, text []byte) (path string, err error) {
	return (&Saver{Dir: dir}).SaveText(name, text)
}
