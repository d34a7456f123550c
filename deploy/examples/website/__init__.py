"""An agency's own web site that books appointments at Sendero, from another origin. To be copied.

The site is the folder `site/`: static files, no build, no library. Its pages call Sendero's public API from the
person's browser; Sendero lets them if `CORS_ORIGINS` names the site's origin.

* `site/sendero.js` is the whole client: every booking carries an `Idempotency-Key`, which stays the same until the
  answers change, so pressing twice or losing the connection books once. What went wrong comes as problem+json, with
  the fields at fault, in the reader's language.
* `site/site.js` shows it; `site/texts.js` is what it says, in Spanish and English.
* Reference and code are kept in the page's memory only: nothing of them in the address or in the browser's store.
* What a page of another site cannot do (a contact to be verified, a request for a draw) leads to Sendero's own pages.

A real site serves `site/` as it likes, with `settings.json` beside it: `{"api": "https://citas.example.org"}`, and with
the Content-Security-Policy of `program`. `python -m deploy.examples.website`; setting: BOOKING_API_URL.
"""

from deploy.examples.website.program import Settings, load, start

__all__ = ["Settings", "load", "start"]
