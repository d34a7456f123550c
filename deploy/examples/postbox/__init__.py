"""The demo's phone and mailbox: shows every SMS and email that the demo sent."""

from deploy.examples.postbox.program import Postbox, start
from deploy.examples.postbox.settings import Settings, load

__all__ = ["Postbox", "Settings", "load", "start"]
