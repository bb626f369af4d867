// Package judge says whether what happened at a vendor is what was due there.
//
// What is due comes from the story that was played and from the words of its
// rules; what happened comes from the vendor's own log. Nothing of the product's
// is asked, so that a product that deceives itself does not deceive the judge.
package judge
