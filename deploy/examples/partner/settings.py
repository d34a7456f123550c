"""Settings: which partners this program is, with their keys, and where Sendero is."""

from dataclasses import dataclass

from deploy.examples import serving


@dataclass(frozen=True)
class Partner:
    id: str
    key: str
    webhook_secret: str


@dataclass(frozen=True)
class Settings:
    partners: tuple[Partner, ...]
    referrals_url: str = "http://127.0.0.1:8002"
    auto: str = ""  # "accept": every offer is accepted at once
    host: str = "127.0.0.1"
    port: int = 8026


def load() -> Settings:
    """PARTNERS names further ones: `iom` brings PARTNER_IOM_KEY and PARTNER_IOM_WEBHOOK_SECRET."""
    read = serving.setting
    partners = [Partner(read("PARTNER_ID", "unhcr"), read("PARTNER_KEY"), read("PARTNER_WEBHOOK_SECRET"))]
    for name in filter(None, read("PARTNERS", "").split(",")):
        prefix = f"PARTNER_{name.upper()}"
        partners.append(Partner(name, read(f"{prefix}_KEY"), read(f"{prefix}_WEBHOOK_SECRET")))
    return Settings(
        tuple(partners),
        referrals_url=read("REFERRALS_URL", "http://127.0.0.1:8002"),
        auto=read("PARTNER_AUTO", ""),
        host=read("HOST", "127.0.0.1"),
        port=int(read("PARTNER_PORT", "8026")),
    )
