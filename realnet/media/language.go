package media

import "strings"

// shortTags are the two letters (ISO 639-1) of languages that files name by three (ISO 639-2, both of its codes): browsers
// want the short ones (RFC 5646, section 2.2.1).
var shortTags = map[string]string{
	"alb": "sq", "ara": "ar", "arm": "hy", "baq": "eu", "ben": "bn", "bul": "bg", "bur": "my", "cat": "ca", "ces": "cs",
	"chi": "zh", "cym": "cy", "cze": "cs", "dan": "da", "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "est": "et",
	"eus": "eu", "fas": "fa", "fin": "fi", "fra": "fr", "fre": "fr", "geo": "ka", "ger": "de", "gle": "ga", "gre": "el",
	"heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ice": "is", "ind": "id", "isl": "is", "ita": "it",
	"jpn": "ja", "kat": "ka", "kor": "ko", "lav": "lv", "lit": "lt", "mac": "mk", "may": "ms", "mkd": "mk", "msa": "ms",
	"mya": "my", "nld": "nl", "nob": "nb", "nor": "no", "per": "fa", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro",
	"rus": "ru", "slk": "sk", "slo": "sk", "slv": "sl", "spa": "es", "sqi": "sq", "srp": "sr", "swe": "sv", "tam": "ta",
	"tel": "te", "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "wel": "cy", "zho": "zh",
}

// maxTag bounds a language tag, see maxPart.
const maxTag = maxPart - len(subtitleExt)

// languageTag returns what a file says of a language as a tag for browsers; "" if it says nothing that is one.
func languageTag(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", "-")
	primary, rest, _ := strings.Cut(s, "-")
	primary = strings.ToLower(primary)
	if short := shortTags[primary]; short != "" {
		primary = short
	}
	if primary == "und" || len(primary) < 2 || len(primary) > 3 || strings.Trim(primary, "abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	if rest == "" {
		return primary
	}
	tag := primary + "-" + rest
	for _, part := range strings.Split(rest, "-") {
		if len(part) == 0 || len(part) > 8 || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return ""
		}
	}
	if len(tag) > maxTag {
		return ""
	}
	return tag
}
