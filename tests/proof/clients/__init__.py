"""Who uses the system while it is being broken: people who book and cancel, staff who attend and refer."""

from tests.proof.clients.crowd import Crowd

__all__ = ["Crowd"]
