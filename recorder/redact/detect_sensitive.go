package redact

import (
	"slices"
	"strings"
	"sync"
	"unicode"
)

// A name says that its value is a credential by its last words, however they are
// joined: clientSecret, refresh_token, x-api-key, PASSWORDS, password_hash.

// telling is what every sensitive name holds a part of: most names are not looked
// at any further.
var telling = sync.OnceValue(func() *keywords {
	k := &keywords{}
	for _, word := range [...]string{
		"pass", "pwd", "secret", "key", "token", "cred", "auth", "cookie", "session", "otp", "pin", "ssn",
		"jwt", "csrf", "xsrf", "cvv", "cvc", "bearer", "code", "security", "pswd", "contraseña", "kennwort",
	} {
		k.add(word, 0)
	}
	k.link()
	return k
})

// endings are what single words end with that name a credential.
var endings = []string{
	"password", "passwd", "passwort", "kennwort", "passphrase", "passcode", "secret", "token", "apikey", "privatekey",
	"secretkey", "accesskey", "sessionid", "sessionkey",
}

// alone are words that name a credential as they are.
var alone = words("pwd pswd credential cred authorization otp totp jwt ssn cvv cvc csrf xsrf bearer contraseña")

// behind are words that name one only behind others.
var behind = map[string]map[string]bool{
	"key":    words("api private secret access signing sign encryption master session auth ssh hmac shared admin deploy webhook cipher"),
	"id":     words("session"),
	"code":   words("otp totp mfa tfa verification recovery backup security pin access auth authorization sms reset login pass"),
	"pin":    words("card user security login account door parental sim code"),
	"pass":   words("user db database smtp ftp http mail login admin auth basic"),
	"cookie": words("set session auth login"),
	"auth":   words("basic http proxy"),
	"answer": words("security"),
	"number": words("security"), // social security number
	"word":   words("pass"),
	"phrase": words("pass"),
}

// trailing words say of a credential how it is kept or that it is given again.
var trailing = words("value hash hashed digest confirmation confirm repeat repeated again plain plaintext text raw encrypted string")

// asking words begin the name of a yes or no: hasPassword.
var asking = words("is has have had needs require requires should can show hide forgot allow enable use with no")

// harmless words before "token" say that it is none of a person's: of pages, of
// versions, of a language model's counts.
var harmlessToken = words("page next prev previous continuation cursor sync delta start resume skip pagination after before watermark " +
	"max min total prompt completion input output used concurrency version revision etag lock design")

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// sensitive reports whether a name says that its value is a credential.
func sensitive(name string) bool {
	const longest = 128 // bytes; what is longer is no name
	if name == "" || len(name) > longest || len(telling().find(name)) == 0 {
		return false
	}
	parts := nameWords(name)
	for len(parts) > 1 && (trailing[parts[len(parts)-1]] || unicode.IsDigit(rune(parts[len(parts)-1][0]))) {
		parts = parts[:len(parts)-1]
	}
	n := len(parts)
	if n == 0 || n > 1 && asking[parts[0]] {
		return false
	}
	last, before := parts[n-1], ""
	if n > 1 {
		before = parts[n-2]
	}
	return credentialWord(last, before) || len(last) > 3 && credentialWord(strings.TrimSuffix(last, "s"), before)
}

func credentialWord(last, before string) bool {
	if last == "token" || last == "tokens" {
		return !harmlessToken[before]
	}
	if alone[last] || before == "" && (last == "pin" || last == "cookie") || behind[last][before] {
		return true
	}
	return slices.ContainsFunc(endings, func(ending string) bool {
		return strings.HasSuffix(last, ending) && (ending != "token" || !endsHarmless(strings.TrimSuffix(last, ending)))
	})
}

// endsHarmless is harmlessToken for words that are joined, nextpagetoken.
func endsHarmless(v string) bool {
	for word := range harmlessToken {
		if strings.HasSuffix(v, word) {
			return true
		}
	}
	return false
}

// nameWords are the words of a name in lower case: parted by what is no letter,
// and where small letters, capitals and digits meet.
func nameWords(name string) []string {
	var parts []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			parts = append(parts, strings.ToLower(string(word)))
		}
		word = word[:0]
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case i == 0:
		case unicode.IsDigit(r) != unicode.IsDigit(runes[i-1]):
			end()
		case unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			end() // apiKey, APIKey
		}
		word = append(word, r)
	}
	end()
	return parts
}

// harmlessValues are none that a credential has.
var harmlessValues = words("true false null nil none undefined yes no on off required optional include omit same-origin n/a unset missing invalid expired")

// harmless reports whether what has a sensitive name is no credential: a yes or no,
// a mask, or the place for one.
func harmless(v string) bool {
	v = strings.TrimSpace(v)
	return v == "" || harmlessValues[strings.ToLower(v)] || strings.Trim(v, "*") == "" || strings.Trim(v, "•") == "" ||
		strings.HasPrefix(v, "${") && strings.HasSuffix(v, "}") || strings.HasPrefix(v, "{{") && strings.HasSuffix(v, "}}")
}

// mixed reports whether a text is made as keys and good passwords are: letters and
// digits in one word.
func mixed(v string) bool {
	const fewest = 6
	return len(v) >= fewest && strings.ContainsAny(v, "0123456789") && strings.ContainsFunc(v, unicode.IsLetter) &&
		!strings.ContainsFunc(v, unicode.IsSpace)
}

// sentence reports whether a text says something: at least three words, and no
// digits.
func sentence(v string) bool {
	return len(strings.Fields(v)) > 2 && !strings.ContainsAny(v, "0123456789")
}

// random reports whether a text is made like a key, and not like a time, an
// address, a path or a constant.
func random(v string) bool {
	const fewest = 8
	return len(v) >= fewest && mixed(v) && !strings.ContainsAny(v, ".:@") && v[0] != '/' &&
		(!strings.Contains(v, "_") || strings.ToUpper(v) != v)
}
