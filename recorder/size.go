package recorder

import "github.com/sidebyside/replay/corpus"

// fixtureSize is about how many bytes fixture and effects of a case take in memory.
func fixtureSize(c *corpus.Case) int64 {
	var n int64
	for _, s := range c.Fixture.Stores {
		for _, e := range s.Entities {
			n += propertiesSize(e.Properties)
		}
		n += 64 * int64(len(s.Absent))
	}
	for _, list := range c.Expect.Effects {
		for _, e := range list {
			n += propertiesSize(e.Properties)
		}
	}
	for _, call := range c.Expect.Calls {
		n += int64(len(call.Request.Document) + len(call.Request.Variables) + len(call.Request.Body) + len(call.Response.Body))
	}
	return n
}

func propertiesSize(properties map[string]corpus.Value) int64 {
	n := int64(64)
	for name, v := range properties {
		n += int64(len(name)) + valueSize(v)
	}
	return n
}

func valueSize(v corpus.Value) int64 {
	const word = 32
	switch v := v.(type) {
	case string:
		return word + int64(len(v))
	case []byte:
		return word + int64(len(v))
	case []corpus.Value:
		n := int64(word)
		for _, element := range v {
			n += valueSize(element)
		}
		return n
	case *corpus.Entity:
		return word + propertiesSize(v.Properties)
	}
	return word
}
