"""Human review: signed forms that work offline, their answers, and the scores that come of them."""
