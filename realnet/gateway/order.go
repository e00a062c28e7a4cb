package gateway

import (
	"slices"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// sortByTitle puts cards in the order in which people look for them: Unicode's, where case and accents decide last, and 2 comes
// before 10.
func sortByTitle(all []card) {
	c := collate.New(language.Und, collate.Numeric) // not for several goroutines
	slices.SortStableFunc(all, func(a, b card) int { return c.CompareString(a.Title, b.Title) })
}
