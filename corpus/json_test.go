package corpus_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sidebyside/replay/corpus"
)

func TestParseJSONKeepsWhatMatters(t *testing.T) {
	for _, row := range []struct{ text, want, reason string }{
		{` { "b" : 1 , "a" : [ 1 , 2 ] } `, `{"b":1,"a":[1,2]}`, "space between tokens goes, order stays"},
		{`[1.0,1e3,1E+3,-0,9223372036854775808,1E400]`, `[1.0,1e3,1E+3,-0,9223372036854775808,1E400]`, "number literals stay"},
		{`{"a":1,"a":2}`, `{"a":1,"a":2}`, "repeated members stay"},
		{`"caf\u00e9 \/ \u003c"`, `"café / <"`, "escapes that say nothing go"},
		{`"\ud83d\ude00"`, `"😀"`, "a pair of surrogates is one character"},
		{`"\ud800\ud800\udc00\udc00"`, `"\ud800𐀀\udc00"`, "unpaired ones stay escaped"},
		{`"\ud800\u0041"`, `"\ud800A"`, "an escape after a lone surrogate is its own character"},
		{`"\u0000\u001f\b\f\n\r\t\"\\"`, `"\u0000\u001f\b\f\n\r\t\"\\"`, "what must be escaped is"},
		{`""`, `""`, "an empty string is one"},
		{`{}`, `{}`, "an empty object is one"},
		{"\n[]\r\n", `[]`, "a list without items is one"},
	} {
		have, err := corpus.ParseJSON([]byte(row.text))
		if err != nil || string(have) != row.want {
			t.Errorf("%s: want %s, have %s, %v", row.reason, row.want, have, err)
		}
	}
}

func TestParseJSONRefusesWhatIsNone(t *testing.T) {
	for text, want := range map[string]string{
		``:             "decode JSON: byte 1: the text ends where a value is due",
		`{`:            "decode JSON: byte 2: want a member name in double quotes",
		`{"a"}`:        "decode JSON: byte 5: want a colon",
		`{"a":1,}`:     "decode JSON: byte 8: want a member name in double quotes",
		`[1,]`:         "decode JSON: byte 4: want a value, have ']'",
		`[1 2]`:        "decode JSON: byte 4: want a comma or ']'",
		`01`:           "decode JSON: byte 2: want the end, have more text",
		`1.`:           "decode JSON: byte 2: want the end, have more text",
		`-`:            "decode JSON: byte 1: not a number",
		`nul`:          "decode JSON: byte 1: want null",
		`"a`:           "decode JSON: byte 3: the text ends within a string",
		`"\x"`:         "decode JSON: byte 2: unknown escape in a string",
		`"\u12g4"`:     "decode JSON: byte 2: unknown escape in a string",
		`"\`:           "decode JSON: byte 2: the text ends within an escape",
		"\"a\tb\"":     "decode JSON: byte 3: a control character in a string must be escaped",
		"\"\xff\"":     "decode JSON: byte 3: the string is not UTF-8",
		"\"\\n\xff\"":  "decode JSON: byte 4: the string is not UTF-8",
		`{"a":1} true`: "decode JSON: byte 9: want the end, have more text",
	} {
		if have, err := corpus.ParseJSON([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: want %q, have %s, %v", text, want, have, err)
		}
	}
}

func TestDecodeIsATree(t *testing.T) {
	have, err := corpus.JSON(`{"a":[1.0,null,true,"x"],"a":{}}`).Decode()
	want := corpus.Object{
		{Name: "a", Value: []any{json.Number("1.0"), nil, true, "x"}},
		{Name: "a", Value: corpus.Object{}},
	}
	if diff := cmp.Diff(want, have); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if last, ok := want.Get("a"); !ok || !cmp.Equal(last, corpus.Object{}) {
		t.Errorf("the last member wins, have %v", last)
	}
	if _, ok := want.Get("b"); ok {
		t.Error("there is no b")
	}
	if _, err := corpus.JSON(nil).Decode(); err == nil {
		t.Error("absent was decoded")
	}
}

func TestEncodeRefusesOtherTypes(t *testing.T) {
	for _, tree := range []any{1, []any{1.5}, corpus.Object{{Name: "a", Value: map[string]any{}}}, json.Number("0x1")} {
		if have, err := corpus.EncodeJSON(tree); err == nil {
			t.Errorf("%v was encoded as %s", tree, have)
		}
	}
}

func TestJSONTextsDecodeAndEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := jsons().Draw(t, "json")
		if !json.Valid(text) {
			t.Fatalf("the generator made no JSON: %s", text)
		}
		once, err := corpus.ParseJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		twice, err := corpus.ParseJSON(once)
		if err != nil || string(once) != string(twice) {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
	})
}

// FuzzParseJSON holds the decoder against encoding/json.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"x\u00e9",null]}`, `"\ud800"`, "[1", ` true `, `{"a":1,"a":2}`, "\"\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		have, err := corpus.ParseJSON(text)
		if valid := json.Valid(text) && utf8.Valid(text); valid != (err == nil) {
			t.Fatalf("valid: %v, but %v", valid, err)
		}
		if err != nil {
			return
		}
		var before, after any
		if json.Unmarshal(text, &before) == nil && json.Unmarshal(have, &after) == nil && !cmp.Equal(before, after) {
			t.Fatalf("%s means something else than %s", have, text)
		}
		if again, err := corpus.ParseJSON(have); err != nil || string(again) != string(have) {
			t.Fatalf("%s became %s, %v", have, again, err)
		}
	})
}
