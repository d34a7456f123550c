"""Settings of the postbox."""

from dataclasses import dataclass

from deploy.examples import serving

CALLBACK_URL = "http://127.0.0.1:8003/api/v1/providers/demo-sms/receipts"


@dataclass(frozen=True)
class Settings:
    sms_key: str
    receipt_secret: str
    callback_url: str = CALLBACK_URL
    incoming_url: str = ""  # empty: beside the receipts
    host: str = "127.0.0.1"
    port: int = 8025
    smtp_port: int = 2525
    timezone: str = "America/Guatemala"
    receipt_delay_seconds: float = 0.5
    retry_seconds: float = 1.0

    def replies_url(self) -> str:
        return self.incoming_url or self.callback_url.rsplit("/", 1)[0] + "/incoming"


def load() -> Settings:
    return Settings(
        sms_key=serving.setting("SMS_KEY"),
        receipt_secret=serving.setting("SMS_RECEIPT_SECRET"),
        callback_url=serving.setting("SMS_CALLBACK_URL", CALLBACK_URL),
        incoming_url=serving.setting("SMS_INCOMING_URL", ""),
        host=serving.setting("HOST", "127.0.0.1"),
        port=int(serving.setting("POSTBOX_PORT", "8025")),
        smtp_port=int(serving.setting("POSTBOX_SMTP_PORT", "2525")),
        timezone=serving.setting("DEMO_TIMEZONE", "America/Guatemala"),
        receipt_delay_seconds=float(serving.setting("RECEIPT_DELAY_SECONDS", "0.5")),
    )
