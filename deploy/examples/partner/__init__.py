"""A partner agency's program: takes Sendero's webhooks, reads the referrals and answers them. To be copied.

A partner has two things from Sendero: a key, to ask with, and a webhook secret (`whsec_…`), to check with.

* `program.webhook`: check the signature over the body as it came, before reading it; remember `webhook-id`, as
  the same one may come again and counts once; answer 2xx within seconds and do the work afterwards. What is not
  answered with 2xx comes again later.
* `sendero.Sendero`: ask with `Authorization: Bearer <key>`. Every answer carries an `Idempotency-Key` made from
  what is answered, so repeating it after a lost connection is safe.
* A webhook holds no personal data. Details are fetched when somebody needs them, and forgotten when the referral
  is withdrawn. 403 `consent-withdrawn` means: stop.
* What was missed while your program was away is in `GET /api/v1/events?after=<cursor>`, with the same bodies.

A real program keeps `desk.Desk` in its database. `serving` and `behaviour` belong to the demo, leave them out.
`python -m deploy.examples.partner`; settings: PARTNER_ID, PARTNER_KEY, PARTNER_WEBHOOK_SECRET, REFERRALS_URL.
"""

from deploy.examples.partner.program import start
from deploy.examples.partner.settings import Partner, Settings, load

__all__ = ["Partner", "Settings", "load", "start"]
